// The messages of webhook actions: their body, and how they are delivered.
#include "server/notify/message.hpp"
#include "server/notify/sender.hpp"
#include "server/text/time.hpp"
#include "support/scripted_server.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::test;
using server::notify::sender;
namespace asio = boost::asio;
using nlohmann::json;

namespace {

policy::action::post message_to(std::string url) {
    policy::action::post made;
    made.target.url = std::move(url);
    made.what.at = server::text::parse_rfc3339("2026-11-20T09:00:00Z").value();
    made.what.service = "shop_web";
    made.what.action = policy::decided_action::webhook;
    made.what.why = policy::reason::alert;
    made.what.policy = "web";
    made.what.rule = "call";
    made.what.from = made.what.to = 3;
    made.alerts = {{{"alertname", "NodesFull"}, {"zone", "a"}}};
    return made;
}

// Without pauses: no test waits for a clock.
constexpr server::notify::limits hasty{
    .pauses = {std::chrono::milliseconds(0), std::chrono::milliseconds(0)},
    .most_at_once = 2,
    .longest_wait = std::chrono::seconds(60)
};

} // namespace

TEST_CASE("the body says what has happened, for machines and in one sentence", "[notify]") {
    auto message = message_to("http://x");
    message.target.fields = {{"channel", "#ops"}};
    auto const body = json::parse(server::notify::body(message));
    CHECK(
        body ==
        json::parse(R"({"version":"1","time":"2026-11-20T09:00:00.000Z","service":"shop_web","policy":"web",
        "rule":"call","action":"webhook","reason":"alert","replicas":3,
        "text":"Service shop_web (3 replicas): NodesFull is firing, says rule call of policy web.",
        "alerts":[{"labels":{"alertname":"NodesFull","zone":"a"}}],"channel":"#ops"})")
    );
}

TEST_CASE("the author's fields win, and any bytes make JSON", "[notify]") {
    auto message = message_to("http://x");
    message.target.fields = {{"text", "help \xFF\"\n"}};
    auto const body = json::parse(server::notify::body(message));
    CHECK(body["text"] == "help \xEF\xBF\xBD\"\n");
}

TEST_CASE("the sentence names the cause", "[notify]") {
    auto message = message_to("http://x");
    message.what.from = 1;
    message.alerts = {
        {{"alertname", "A"}}, {{"alertname", "A"}, {"zone", "b"}}, {{"alertname", "B"}}, {{"x", "y"}}
    };
    CHECK(
        server::notify::sentence(message) == "Service shop_web (1 replica): A, B and an alert without a name "
                                             "are firing, says rule call of policy web."
    );
    message.alerts.clear();
    CHECK(server::notify::sentence(message).find("an alert has fired") != std::string::npos);
    message.what.why = policy::reason::node_joined;
    CHECK(server::notify::sentence(message).find("a node has joined the swarm") != std::string::npos);
}

TEST_CASE("a message is posted as JSON, and 2xx is success", "[notify]") {
    auto const status = GENERATE(200U, 202U, 204U);
    asio::io_context io;
    scripted_server server(io, [status](heard_request const&) { return answer_with(status, ""); });
    sender sends(io.get_executor(), hasty);
    auto message = message_to(server.url() + "/hook?a=b");
    message.target.http.credentials = policy::authorization{.type = "Bearer", .credentials = {"s3cret", ""}};
    CHECK(run(io, sends.send(message)).empty());
    REQUIRE(server.requests().size() == 1);
    auto const& heard = server.requests()[0];
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/hook?a=b");
    CHECK(heard.header("Content-Type") == "application/json");
    CHECK(heard.header("Authorization") == "Bearer s3cret");
    CHECK(heard.body == server::notify::body(message));
}

TEST_CASE("it is tried three times, and the error holds no secret", "[notify]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) { return answer_with(500, "token-in-the-answer"); });
    sender sends(io.get_executor(), hasty);
    auto url = server.url() + "/services/T0K3N";
    url.insert(7, "user:hunter2@");
    auto const error = run(io, sends.send(message_to(url)));
    CHECK(error == server.url() + ": status 500");
    REQUIRE(server.requests().size() == 3);
    auto const key = server.requests()[0].header("Idempotency-Key");
    CHECK(key.size() == 16);
    CHECK(server.requests()[2].header("Idempotency-Key") == key);
}

TEST_CASE("what the receiver has refused is not sent again", "[notify]") {
    auto const status = GENERATE(400U, 401U, 404U, 302U);
    asio::io_context io;
    scripted_server server(io, [status](heard_request const&) { return answer_with(status, ""); });
    sender sends(io.get_executor(), hasty);
    auto const error = run(io, sends.send(message_to(server.url())));
    CHECK(error == server.url() + ": status " + std::to_string(status));
    CHECK(server.requests().size() == 1);
}

TEST_CASE("a receiver that is not there is an error without the path", "[notify]") {
    asio::io_context io;
    std::string gone;
    {
        scripted_server server(io, [](heard_request const&) { return answer_with(200, ""); });
        gone = server.url();
    }
    sender sends(io.get_executor(), hasty);
    auto const error = run(io, sends.send(message_to(gone + "/T0K3N")));
    CHECK(error == gone + ": Connection refused");
}

TEST_CASE("a later try may succeed", "[notify]") {
    asio::io_context io;
    int heard = 0;
    scripted_server server(io, [&heard](heard_request const&) {
        return answer_with(++heard < 3 ? 503 : 200, "");
    });
    sender sends(io.get_executor(), hasty);
    CHECK(run(io, sends.send(message_to(server.url()))).empty());
    CHECK(heard == 3);
}

TEST_CASE("a redirect is not followed", "[notify]") {
    asio::io_context io;
    scripted_server other(io, [](heard_request const&) { return answer_with(200, ""); });
    scripted_server server(io, [&](heard_request const&) {
        return answer_with(307, "", "Location: " + other.url() + "\r\n");
    });
    sender sends(io.get_executor(), hasty);
    CHECK(run(io, sends.send(message_to(server.url()))) == server.url() + ": status 307");
    CHECK(other.requests().empty());
}

TEST_CASE("a silent receiver costs the timeout of each try", "[notify]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    sender sends(io.get_executor(), hasty);
    auto message = message_to(server.url());
    message.target.timeout = std::chrono::milliseconds(20);
    CHECK(run(io, sends.send(message)) == server.url() + ": no answer in time (20 ms)");
    CHECK(server.requests().size() == 3);
}

TEST_CASE("stopping ends tries, pauses and what waits for a turn", "[notify]") {
    bool const silent = GENERATE(true, false);
    asio::io_context io;
    scripted_server server(io, [silent](heard_request const&) {
        return silent ? scripted_reply{"", scripted_reply::then::stall} : answer_with(500, "");
    });
    auto patient = hasty;
    patient.pauses = {std::chrono::hours(1), std::chrono::hours(1)};
    sender sends(io.get_executor(), patient);
    int ended = 0;
    for (int i = 0; i < 5; ++i) {
        auto message = message_to(server.url());
        message.target.timeout = std::chrono::hours(1);
        asio::co_spawn(io, sends.send(message), [&](std::exception_ptr const&, std::string const& error) {
            CHECK_FALSE(error.empty());
            ++ended;
        });
    }
    run_until(io, [&] { return server.requests().size() == 2; });
    CHECK(ended == 0);
    sends.stop();
    run_until(io, [&] { return ended == 5; });
    CHECK(server.requests().size() == 2);
}
