// Clients that mean no good, or cannot do better: what each comes to, and that others are served meanwhile.
#include "support/catch.hpp"
#include "unit/server/http_support.hpp"

#include <sys/resource.h>

#include <atomic>
#include <future>

using namespace autoscaler::server;
using namespace autoscaler::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

http::router routes() {
    http::router made;
    made.add("GET", "/page", [](http::request const&) { return http::text(200, "page"); });
    made.add("POST", "/echo", [](http::request const& asked) {
        return http::text(200, std::string(asked.body));
    });
    made.add("GET", "/big", [](http::request const&) { return http::text(200, std::string(4 << 20, 'b')); });
    made.add("GET", "/silence/{id}", [](http::request const& asked) {
        return http::text(200, http::percent_decode(asked.parameters[0]));
    });
    return made;
}

http::options with(http::limits const& limit) {
    http::options chosen;
    chosen.limit = limit;
    return chosen;
}

// Waits are short: a client under test is cut off by them.
http::limits hasty() {
    http::limits limit;
    limit.time_to_head = limit.time_to_body = limit.time_to_answer = limit.idle = limit.linger = 1500ms;
    return limit;
}

std::string get(std::string const& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n";
}

bool serves(running_server& server) {
    return ask(server.port(), get("/page")).body == "page";
}

void wait_empty(running_server& server) {
    while (server.connections() != 0) {
    }
}

// As many clients that each send `bytes`, and then nothing.
std::vector<std::unique_ptr<raw_client>>
crowd(running_server& server, std::size_t count, std::string const& bytes) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::max<rlim_t>(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 4096));
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::vector<std::unique_ptr<raw_client>> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(std::make_unique<raw_client>(server.port()));
        all.back()->send(bytes);
    }
    return all;
}

// The status of the one answer to `bytes`, behind which nothing else is answered.
int status_of(running_server& server, std::string const& bytes) {
    raw_client client(server.port());
    client.send(bytes);
    client.end_sending();
    int const status = client.read_answer().status;
    CHECK(client.closed());
    return status;
}

constexpr std::size_t many = 500;

} // namespace

TEST_CASE(
    "500 slow heads, bodies and silent connections end in time, and others are served meanwhile", "[abuse]"
) {
    std::string const bytes = GENERATE(
        std::string(),
        std::string("GET /page HTTP/1.1\r\nHost: t\r\nX: "),
        std::string("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\nx"),
        std::string("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\nx")
    );
    running_server server(routes(), with(hasty()));
    auto const clients = crowd(server, many, bytes);
    CHECK(serves(server));
    wait_empty(server);
    CHECK(server.buffered() == 0);
    CHECK(serves(server));
}

TEST_CASE("500 clients that never read end in time and hold no more than is allowed", "[abuse]") {
    auto limit = hasty();
    limit.buffered = std::size_t{32} << 20U;
    running_server server(routes(), with(limit));
    auto const clients = crowd(server, many, get("/big"));
    CHECK(server.buffered() <= limit.buffered + many * http::buffered_free);
    CHECK(serves(server));
    wait_empty(server);
    CHECK(server.buffered() == 0);
}

TEST_CASE("unfinished bodies of all clients together are bounded, and small requests pass still", "[abuse]") {
    http::limits limit;
    limit.buffered = std::size_t{2} << 20U;
    running_server server(routes(), with(limit));
    std::string const head = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n";
    std::string const part(600'000, 'x');
    std::vector<std::unique_ptr<raw_client>> clients;
    int refused = 0;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<raw_client>(server.port()));
        clients.back()->send(head + part);
        CHECK(serves(server)); // by then the part has arrived, as a rule
    }
    while (server.buffered() < limit.buffered / 2) {
    }
    CHECK(server.buffered() <= limit.buffered + 6 * http::buffered_free);
    for (auto& each : clients)
        each->send(std::string(3'000'000, 'y'));
    for (auto& each : clients)
        if (auto const answer = each->read_answer(); answer.status == 503) {
            ++refused;
            CHECK(answer.body == "503 Service Unavailable: too many unfinished requests at once");
        }
    CHECK(refused >= 4);
    clients.clear();
    wait_empty(server);
    CHECK(server.buffered() == 0);
    std::string const body(1'500'000, 'z');
    CHECK(ask(server.port(), post_request("/echo", body)).body == body);
}

TEST_CASE("an announced length alone takes no memory", "[abuse]") {
    running_server server(routes(), with({}));
    auto const clients =
        crowd(server, many, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 67000000\r\n\r\n");
    while (server.connections() != many) {
    }
    CHECK(serves(server));
    CHECK(server.buffered() < many * 1024);
}

TEST_CASE("connections beyond the limit are told 503, and those within go on", "[abuse]") {
    http::limits limit;
    limit.connections = 50;
    running_server server(routes(), with(limit));
    raw_client first(server.port());
    first.send(get("/page"));
    CHECK(first.read_answer().body == "page");
    auto clients = crowd(server, 200, "");
    std::size_t told = 0;
    for (std::size_t i = limit.connections - 1; i < clients.size(); ++i)
        told += clients[i]->read_answer().status == 503 ? 1 : 0;
    CHECK(told == 151);
    CHECK(server.connections() == limit.connections);
    first.send(get("/page"));
    CHECK(first.read_answer().body == "page");
    clients.clear();
    while (server.connections() != 1) {
    }
    CHECK(serves(server));
}

TEST_CASE("clients that vanish at whatever point leave nothing behind", "[abuse]") {
    running_server server(routes(), with({}));
    std::string const whole = post_request("/echo", std::string(2000, 'x'));
    for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
        raw_client client(server.port());
        client.send(whole.substr(0, cut));
    }
    for (int i = 0; i < 20; ++i) {
        raw_client client(server.port());
        client.send(get("/big") + get("/big"));
    }
    wait_empty(server);
    CHECK(server.buffered() == 0);
    CHECK(serves(server));
}

TEST_CASE("5000 pipelined requests are answered in their order", "[abuse]") {
    running_server server(routes(), with({}));
    raw_client client(server.port());
    std::string all;
    for (int i = 0; i < 5000; ++i)
        all += i % 2 == 0 ? post_request("/echo", std::to_string(i)) : get("/silence/" + std::to_string(i));
    client.send(all);
    for (int i = 0; i < 5000; ++i)
        REQUIRE(client.read_answer().body == std::to_string(i));
}

TEST_CASE("whoever sends thousands of requests at once does not keep the others waiting", "[abuse]") {
    std::atomic<int> handled = 0;
    std::promise<void> begun;
    std::promise<void> others_asked;
    http::router counting;
    counting.add("GET", "/busy", [&](http::request const&) {
        if (++handled == 1) {
            begun.set_value();
            others_asked.get_future().wait();
        }
        return http::text(200, "busy");
    });
    std::atomic<int> seen = -1;
    counting.add("GET", "/other", [&](http::request const&) {
        seen = handled.load();
        return http::text(200, "other");
    });
    running_server server(std::move(counting), with({}));
    raw_client flood(server.port());
    std::string all;
    for (int i = 0; i < 1000; ++i)
        all += get("/busy");
    flood.send(all);
    begun.get_future().wait();
    raw_client other(server.port());
    other.send(get("/other"));
    others_asked.set_value();
    CHECK(other.read_answer().body == "other");
    CHECK(seen < 200); // a few turns: accepted, read
    for (int i = 0; i < 1000; ++i)
        REQUIRE(flood.read_answer().body == "busy");
}

TEST_CASE("no shape of a request hides a second one in it", "[abuse]") {
    running_server server(routes(), with({}));
    std::string const hidden = "GET /page HTTP/1.1\r\nHost: t\r\n\r\n";
    auto const post = [&](std::string const& fields, std::string const& body) {
        return status_of(server, "POST /echo HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n" + body);
    };
    CHECK(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden) == 400);
    CHECK(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + hidden) == 400);
    CHECK(post("Content-Length: 0\r\nContent-Length: 44\r\n", hidden) == 400);
    CHECK(post("Content-Length: 0, 44\r\n", hidden) == 400);
    CHECK(post("Content-Length: +0\r\n", hidden) == 400);
    CHECK(post("Content-Length: 0\x0b\r\n", hidden) == 400);
    CHECK(post("Content-Length : 44\r\n", hidden) == 400);
    CHECK(post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden) == 400);
    CHECK(post(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden) == 400);
    CHECK(post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n" + hidden) == 400);
    CHECK(post("X: y\r\n\tz\r\n", hidden) == 400);
    for (auto const* const coding :
         {"xchunked",
          "chunked, identity",
          "identity",
          "chunked, chunked",
          "chunked;a=b",
          "\"chunked\"",
          "gzip, chunked",
          "chunked,",
          ",chunked"}) {
        INFO(coding);
        int const status = post("Transfer-Encoding: " + std::string(coding) + "\r\n", "0\r\n\r\n" + hidden);
        CHECK((status == 400 || status == 501));
    }
    CHECK(
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + hidden) / 100 >= 4
    );
    // Bare line feeds, and other white space where a field ends.
    CHECK(status_of(server, "GET /page HTTP/1.1\nHost: t\n\n" + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/1.1\r\nHost: t\nX: y\r\n\r\n" + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/1.1\r\nHost: t\rX: y\r\n\r\n" + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n"s + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/1.1\r\nHost: t\r\nX\0: b\r\n\r\n"s + hidden) == 400);
    CHECK(status_of(server, "GET /pa\0ge HTTP/1.1\r\nHost: t\r\n\r\n"s + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n" + hidden) == 400);
    CHECK(status_of(server, "GET /page HTTP/0.9\r\n\r\n" + hidden) == 400);
    CHECK(status_of(server, "GET /page\r\n\r\n" + hidden) == 400);
    CHECK(status_of(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden) == 400);
}

TEST_CASE("chunks hide nothing either", "[abuse]") {
    running_server server(routes(), with({}));
    auto const chunks = [&](std::string const& body) {
        return status_of(
            server, "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        );
    };
    for (std::string const body :
         {"0\n\n",
          "1\r\nab\r\n0\r\n\r\n",
          "1\r\na\n0\r\n\r\n",
          "0x1\r\na\r\n0\r\n\r\n",
          "+1\r\na\r\n0\r\n\r\n",
          " 1\r\na\r\n0\r\n\r\n",
          "1;\n\r\na\r\n0\r\n\r\n",
          "10000000000000001\r\na\r\n0\r\n\r\n",
          "1\r\na\r\n0\r\nX\n\r\n\r\n",
          "1\ra\r\n0\r\n\r\n"}) {
        INFO(body);
        CHECK(chunks(body) == 400);
    }
    CHECK(chunks("1;" + std::string(1'000'000, 'e') + "\r\na\r\n0\r\n\r\n") == 400);
    CHECK(chunks("0\r\n" + std::string(1'000'000, 't')) == 400);
    std::string trailers;
    for (int i = 0; i < 10'000; ++i)
        trailers += "T: x\r\n";
    CHECK(chunks("0\r\n" + trailers + "\r\n") == 400);
    std::string small;
    for (int i = 0; i < 20'000; ++i)
        small += "1;x=y\r\na\r\n";
    CHECK(
        ask(server.port(),
            "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + small + "0\r\n\r\n")
            .body.size() == 20'000
    );
}

TEST_CASE("tricks with paths lead nowhere", "[abuse]") {
    running_server server(routes(), with({}));
    auto const status = [&](std::string const& path) { return ask(server.port(), get(path)).status; };
    for (auto const* const path :
         {"//page",
          "/./page",
          "/x/../page",
          "/%70age",
          "/page%2f",
          "/page%00",
          "/page;a=b",
          "/page/..;/page",
          "/page//",
          "\\page",
          "/Page",
          "http://t/page",
          "page",
          "*",
          "/silence/a/../b",
          "/silence/a%2fb/c",
          "/page\xff",
          "/\xc0\xaepage"}) {
        INFO(path);
        CHECK((status(path) == 404 || status(path) == 400));
    }
    CHECK(ask(server.port(), get("/silence/a%2f..%2fb%00")).body == "a/../b\0"s); // one segment
    CHECK(ask(server.port(), get("/silence/\xff\xfe")).body == "\xff\xfe");
    CHECK(ask(server.port(), get("/page?" + std::string(500'000, 'q'))).status == 200);
    CHECK(ask(server.port(), get("/" + std::string(500'000, 'p'))).status == 404);
    CHECK(ask(server.port(), get("/" + std::string(2'000'000, 'p'))).status == 431);
    CHECK(serves(server));
}

TEST_CASE("heads of many fields and of long ones are refused, and cost the next nothing", "[abuse]") {
    running_server server(routes(), with({}));
    std::string head = "GET /page HTTP/1.1\r\nHost: t\r\n";
    for (int i = 0; i < 2000; ++i)
        head += "A: b\r\n";
    CHECK(ask(server.port(), head + "\r\n").status == 431);
    CHECK(
        ask(server.port(), "GET /page HTTP/1.1\r\nHost: t\r\nA: " + std::string(2 << 20, 'a') + "\r\n\r\n")
            .status == 431
    );
    CHECK(serves(server));
}
