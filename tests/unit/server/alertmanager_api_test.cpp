// What the API answers when something behind it fails, and what all of its answers have.
#include "server/alertmanager/read_api.hpp"
#include "server/alertmanager/silence_api.hpp"
#include "server/webhook/receiver.hpp"
#include "support/catch.hpp"
#include "support/memory_backend.hpp"
#include "unit/server/http_support.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::test;

namespace {

// A sink that fails as it is told, and copies what it stores before it waits.
class failing_sink final : public alert_sink {
public:
    alert_receipt on_alerts(alert_delivery const& delivery) override {
        delivered += delivery.notices.size();
        return {refuses};
    }

    boost::asio::awaitable<std::string> store(alert_delivery delivery) override {
        for (auto const& each : delivery.notices)
            stored.emplace_back(policy::value_of(each.labels, "a"));
        for (int i = 0; i < 3; ++i)
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        co_return fault;
    }

    std::size_t refuses = 0;
    std::string fault;
    std::size_t delivered = 0;
    std::vector<std::string> stored;
};

// Change its parts while no request is under way.
struct fixture {
    fixture()
        : backend({{{}, "none", {"alertname"}}, {}}, clock)
        , alerts(sink, [this] { return clock.now(); })
        , reads(backend, {}, [this] { return clock.now(); })
        , silences(backend, {}, [this] { return clock.now(); })
        , hooks(sink, alerts, [this] { return clock.now(); })
        , server(routes(), {}) {}

    http::router routes() {
        http::router made("/");
        alerts.add_to(made);
        reads.add_to(made);
        silences.add_to(made);
        hooks.add_to(made);
        return made;
    }

    http_answer send(std::string const& method, std::string const& path, std::string const& fields = {}) {
        return ask(server.port(), method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n");
    }

    http_answer post(std::string const& path, std::string const& body) {
        return ask(server.port(), post_request(path, body));
    }

    test_clock clock{policy::time_point(std::chrono::seconds(1767225600))};
    failing_sink sink;
    memory_backend backend;
    alertmanager::api alerts;
    alertmanager::read_api reads;
    alertmanager::silence_api silences;
    webhook::receiver hooks;
    running_server server;
};

constexpr char const* one_alert = R"([{"labels":{"a":"1"}}])";
constexpr char const* message =
    R"({"version":"4","alerts":[{"status":"firing","labels":{"a":"1"}},{"status":"firing","labels":{"a":"2"}}]})";
constexpr char const* silence =
    R"({"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z",)"
    R"("endsAt":"2026-01-01T01:00:00Z","createdBy":"ann","comment":"c"})";
constexpr char const* no_room = "2 new alerts were refused: the memory for alerts is used up";

} // namespace

TEST_CASE_METHOD(fixture, "alerts that find no room are answered 503 on every way in") {
    sink.refuses = 2;
    auto const v2 = post("/api/v2/alerts", one_alert);
    CHECK(v2.status == 503);
    CHECK(v2.body == "\"" + std::string(no_room) + "\"\n");
    auto const v1 = post("/api/v1/alerts", one_alert);
    CHECK(v1.status == 503);
    CHECK(
        v1.body == R"({"status":"error","errorType":"server_error","error":")" + std::string(no_room) + "\"}"
    );
    auto const hook = post("/webhook", message);
    CHECK(hook.status == 503);
    CHECK(hook.body == R"({"error":")" + std::string(no_room) + "\"}");
    CHECK(sink.stored.empty());
}

TEST_CASE_METHOD(fixture, "a webhook message is answered 200 once it is stored, and 503 where it cannot be") {
    CHECK(post("/webhook", message).status == 200);
    CHECK(sink.stored == std::vector<std::string>{"1", "2"});
    sink.fault = "disk full";
    auto const answer = post("/webhook", message);
    CHECK(answer.status == 503);
    CHECK(answer.body == R"({"error":"the alerts could not be stored: disk full"})");
    CHECK(sink.delivered == 4);
}

TEST_CASE_METHOD(fixture, "of a message with a bad alert the good ones are stored before its answer") {
    auto const answer =
        post("/webhook", R"({"version":"4","alerts":[{"status":"firing","labels":{"a":"1"}},7]})");
    CHECK(answer.status == 400);
    CHECK(sink.stored == std::vector<std::string>{"1"});
}

TEST_CASE_METHOD(fixture, "alerts of the API are not stored, whichever path they take") {
    CHECK(post("/api/v2/alerts", one_alert).status == 200);
    CHECK(post("/webhook", one_alert).status == 200);
    CHECK(sink.delivered == 2);
    CHECK(sink.stored.empty());
}

TEST_CASE_METHOD(fixture, "webhook messages at the same time each store their own alerts") {
    std::vector<std::unique_ptr<raw_client>> clients;
    std::multiset<std::string> wanted;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<raw_client>(server.port()));
        std::string const value = std::string(static_cast<std::size_t>(i) + 1, 'x');
        wanted.insert(value);
        clients.back()->send(post_request(
            "/webhook", R"({"version":"4","alerts":[{"status":"firing","labels":{"a":")" + value + R"("}}]})"
        ));
    }
    for (auto const& each : clients)
        CHECK(each->read_answer().status == 200);
    CHECK(std::multiset<std::string>(sink.stored.begin(), sink.stored.end()) == wanted);
}

TEST_CASE_METHOD(fixture, "a silence that nobody can keep is answered 503 with the reason") {
    backend.out_of_order = "no manager answers";
    auto const posted = post("/api/v2/silences", silence);
    CHECK(posted.status == 503);
    CHECK(posted.body == "\"the silence could not be kept: no manager answers\"\n");
    auto const ended = send("DELETE", "/api/v2/silence/11111111-2222-3333-4444-555555555555");
    CHECK(ended.status == 503);
    CHECK(ended.body == "\"the end of the silence could not be kept: no manager answers\"\n");
}

TEST_CASE_METHOD(fixture, "of a silence times and id are judged before its matchers") {
    auto const posted = [&](std::string_view end, std::string_view id) {
        return post(
                   "/api/v2/silences",
                   R"({"matchers":[{"name":"a","value":"(","isRegex":true}],"startsAt":"2026-01-01T00:00:00Z",)"
                   R"("createdBy":"ann","comment":"c","endsAt":")" +
                       std::string(end) + R"(","id":")" + std::string(id) + "\"}"
        )
            .body;
    };
    CHECK(
        posted("2026-01-01T00:00:00Z", "x") ==
        "\"Failed to create silence: start time must be before end time\"\n"
    );
    CHECK(posted("2026-01-01T01:00:00Z", "x") == "\"silence not found\"\n");
    CHECK(posted("2026-01-01T01:00:00Z", "").starts_with("\"silence invalid: invalid label matcher 0"));
}

TEST_CASE_METHOD(fixture, "every answer of the API may vary by origin and is not to be stored") {
    std::pair<std::string, std::string> const requests[] = {
        {"GET", "/api/v2/status"},
        {"GET", "/api/v2/receivers"},
        {"GET", "/api/v2/alerts"},
        {"GET", "/api/v2/alerts/groups"},
        {"GET", "/api/v2/silences"},
        {"GET", "/api/v2/silence/x"},
        {"DELETE", "/api/v2/silence/x"},
        {"POST", "/api/v2/silences"},
        {"POST", "/api/v2/alerts"},
        {"GET", "/api/v2/nothing"},
        {"PUT", "/api/v2/status"},
    };
    for (auto const& [method, path] : requests) {
        INFO(method << " " << path);
        auto const answer = send(method, path);
        CHECK(answer.status != 0);
        CHECK(answer.field("Vary") == "Origin");
        CHECK(answer.field("Cache-Control") == "no-store");
    }
}

TEST_CASE_METHOD(fixture, "HEAD is refused, and so is a client that takes no JSON") {
    for (std::string const path :
         {"status", "receivers", "alerts", "alerts/groups", "silences", "silence/x"}) {
        INFO(path);
        auto const head = send("HEAD", "/api/v2/" + path);
        CHECK(head.status == 405);
        CHECK(head.field("Allow").find("GET") != std::string::npos);
        auto const html = send("GET", "/api/v2/" + path, "Accept: text/html\r\n");
        CHECK(html.status == 406);
        CHECK(
            html.body ==
            R"({"code":406,"message":"unsupported media type requested, only [application/json] are available"})"
        );
    }
}

TEST_CASE_METHOD(fixture, "an id of a silence is a UUID, with dashes or without") {
    for (std::string const id :
         {"11111111-2222-3333-4444-55555555555A",
          "11111111222233334444555555555555",
          "%311111111-2222-3333-4444-555555555555"}) {
        INFO(id);
        CHECK(send("GET", "/api/v2/silence/" + id).status == 404);
        CHECK(send("DELETE", "/api/v2/silence/" + id).status == 404);
    }
    for (std::string const id :
         {"x", "11111111-2222-3333-4444-5555555555551", "1-1111111-2222-3333-4444-555555555555"}) {
        INFO(id);
        CHECK(send("GET", "/api/v2/silence/" + id).status == 422);
        CHECK(send("DELETE", "/api/v2/silence/" + id).status == 422);
    }
}

TEST_CASE("every request is judged by what it sends and takes before its own work begins") {
    fixture at;
    std::string const id = "/api/v2/silence/00000000-0000-4000-8000-000000000000";
    std::string const body = "Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}";

    CHECK(at.send("DELETE", id, "Accept: text/html\r\n").status == 406);
    CHECK(at.send("DELETE", id, body).status == 415);
    CHECK(at.send("DELETE", id).status == 404);
    CHECK(at.send("GET", "/api/v2/receivers", body).status == 415);
    CHECK(at.send("POST", "/api/v2/silences", "Content-Length: 0\r\nAccept: text/html\r\n").status == 406);
}

TEST_CASE("several Accept fields are one list") {
    fixture at;
    CHECK(at.send("GET", "/api/v2/receivers", "Accept: text/html\r\nAccept: */*\r\n").status == 200);
    CHECK(at.send("GET", "/api/v2/receivers", "Accept: text/html\r\nAccept: image/*\r\n").status == 406);
}

TEST_CASE("the answer about an unknown path has no characters that a URL may not have") {
    fixture at;
    CHECK(
        at.send("GET", "/api/v2/<\"\xC3\xA9>%41:x").body ==
        R"({"code":404,"message":"path /api/v2/%3C%22%C3%A9%3E%41:x was not found"})"
    );
}
