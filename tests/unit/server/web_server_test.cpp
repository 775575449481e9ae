// The HTTP server behind passwords, on loopback.
#include "unit/server/web_support.hpp"

using namespace autoscaler::test;

TEST_CASE("a request without a password is refused before its body is read", "[web]") {
    secured at(users);
    raw_client client(at.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 60000000\r\n\r\n");
    auto const answer = client.read_answer();
    CHECK(answer.status == 401);
    CHECK(answer.body == "Unauthorized\n");
    CHECK(answer.field("WWW-Authenticate") == "Basic realm=\"swarm-autoscaler\"");
    CHECK(answer.field("Connection") == "close");
    client.send(std::string(1 << 20, 'x')); // and is not kept
    CHECK(at.server.buffered() < 20'000);

    raw_client chunked(at.port());
    chunked.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\nabc");
    CHECK(chunked.read_answer().status == 401);

    raw_client polite(at.port());
    polite.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    CHECK(polite.read_head().starts_with("HTTP/1.1 401 ")); // no 100 before it
}

TEST_CASE("a whole request without a password is refused, and its connection stays", "[web]") {
    secured at(users);
    raw_client client(at.port());
    for (int i = 0; i < 3; ++i) {
        client.send(post("/echo", "a"));
        CHECK(client.read_answer().status == 401);
        client.send(get("/nowhere", ""));
        CHECK(client.read_answer().status == 401); // nor does it hear what exists
        client.send(post("/echo", "b", basic_prom));
        CHECK(client.read_answer().body == "echo|b");
        client.send(get("/nowhere", basic_prom));
        CHECK(client.read_answer().status == 404);
    }
    client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n" + get("/-/healthy", ""));
    CHECK(client.read_answer(true).status == 401);
    CHECK(client.read_answer().body == "OK");
}

TEST_CASE("a password is checked while the body arrives, in whatever pieces", "[web]") {
    secured at(users);
    std::string const chunked = std::string("POST /later HTTP/1.1\r\nHost: t\r\n") + basic_prom +
                                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
    std::string const plain = post("/echo", std::string(100'000, 'y'), basic_prom);
    for (std::string const& text : {chunked, plain})
        for (std::size_t const cut :
             {std::size_t{20}, text.find("\r\n\r\n") + 4, text.find("\r\n\r\n") + 7, text.size() - 1}) {
            secured fresh(users); // whose verdicts are not known yet
            raw_client client(fresh.port());
            client.send(text.substr(0, cut));
            ask(fresh.port(), post("/echo", "in between"));
            client.send(text.substr(cut));
            auto const answer = client.read_answer();
            CHECK(answer.status == 200);
            CHECK(answer.body.size() == (text == plain ? 100'005 : 18));
        }
}

TEST_CASE("pipelined requests with passwords are answered in their order", "[web]") {
    secured at(users);
    raw_client client(at.port());
    client.send(
        post("/echo", "1", basic_prom) + post("/echo", "2") + post("/later", "3", basic_prom) +
        post("/echo", "4", "Authorization: Basic cHJvbTp3cm9uZw==\r\n") + post("/echo", "5", basic_prom)
    );
    CHECK(client.read_answer().body == "echo|1");
    CHECK(client.read_answer().status == 401);
    CHECK(client.read_answer().body == "later|3");
    CHECK(client.read_answer().status == 401);
    CHECK(client.read_answer().body == "echo|5");
}

TEST_CASE("every answer carries the fields of the file", "[web]") {
    secured at(std::string(users) + "http_server_config: {headers: {X-Frame-Options: deny, X-Ours: ours}}\n");
    for (auto const& request :
         {get("/page"), get("/page", basic_prom), get("/-/healthy"), std::string("bad\r\n\r\n")}) {
        auto const answer = ask(at.port(), request);
        CHECK(answer.field("X-Frame-Options") == "deny");
        CHECK(answer.field("X-Ours") == "ours");
        CHECK_FALSE(answer.field("Content-Length").empty());
    }
}

TEST_CASE("a stop does not wait for passwords", "[web]") {
    std::string costly(users);
    costly.replace(costly.find("$04$"), 4, "$13$");
    secured at(costly);
    raw_client client(at.port());
    client.send(get("/page", basic_prom));
    while (at.server.connections() != 1) {
    }
    at.server.begin_stop(10ms);
    at.server.wait_stopped();
    auto const answer = client.read_answer();
    CHECK((answer.status == 0 || answer.status == 503 || answer.status == 401));
}
