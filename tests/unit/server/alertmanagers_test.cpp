// What is taken over from other Alertmanagers at the start, and until when it is followed.
#include "policy/core/alert_store.hpp"
#include "server/alertmanagers/follower.hpp"
#include "server/alertmanagers/taken_over.hpp"
#include "support/scripted_server.hpp"

using namespace autoscaler;
using namespace autoscaler::test;
using server::alertmanagers::follower;
using server::alertmanagers::taken_over;
namespace asio = boost::asio;

namespace {

policy::time_point at(int seconds) {
    return policy::time_point(std::chrono::seconds(1'800'000'000 + seconds));
}

// As Alertmanager lists one that ends in the year 2099.
std::string alert(std::string const& name, std::string const& since = "2027-01-15T08:00:00.000Z") {
    return R"({"annotations":{"a":"b"},"endsAt":"2099-01-01T00:00:00.000Z","fingerprint":"1c1b","receivers":[{"name":"x"}],)"
           R"("startsAt":")" +
           since +
           R"(","status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2027-01-15T08:00:00.000Z",)"
           R"("generatorURL":"http://p/","labels":{"alertname":")" +
           name + R"(","service":"web"}})";
}

// What was told: "firing NAME", "ending NAME" (within five minutes) or "resolved NAME", in order.
struct told_notices {
    std::vector<std::string> words;

    taken_over::deliver writer(policy::time_point now) {
        return [this, now](std::span<policy::alert_notice const> notices) {
            for (auto const& each : notices) {
                CHECK(each.source == policy::alert_source::api);
                bool const over = each.ends_at && *each.ends_at <= now;
                bool const ends = each.ends_at && *each.ends_at <= now + policy::resolve_timeout;
                words.push_back(
                    (over   ? "resolved "
                     : ends ? "ending "
                            : "firing ") +
                    std::string(value_of(each.labels, "alertname"))
                );
            }
        };
    }
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE(
    "every alert of the first list is taken over, later ones only while they were in it", "[alertmanagers]"
) {
    taken_over alerts;
    told_notices told;
    CHECK_FALSE(alerts.over());
    CHECK(alerts.read("[" + alert("A") + "," + alert("B") + "]", at(0), told.writer(at(0))) == "");
    CHECK(told.words == words{"firing A", "firing B"});
    told.words.clear();
    CHECK(alerts.read("[" + alert("B") + "," + alert("New") + "]", at(60), told.writer(at(60))) == "");
    CHECK(told.words == words{"firing B", "ending A"});
    told.words.clear();
    CHECK(alerts.read("[" + alert("New") + "]", at(120), told.writer(at(120))) == "");
    CHECK(told.words == words{"ending B"});
    CHECK_FALSE(alerts.over());
    told.words.clear();
    CHECK(alerts.read("[" + alert("New") + "]", at(420), told.writer(at(420))) == "");
    CHECK(told.words.empty());
    CHECK(alerts.over());
}

TEST_CASE("an alertmanager that has restarted, and lists nothing, ends nothing", "[alertmanagers]") {
    taken_over alerts;
    told_notices told;
    CHECK(alerts.read("[" + alert("A") + "]", at(0), told.writer(at(0))) == "");
    CHECK(alerts.read("[]", at(60), told.writer(at(60))) == "");
    CHECK(alerts.read("[]", at(120), told.writer(at(120))) == "");
    CHECK_FALSE(alerts.over());
    CHECK(alerts.read("[" + alert("A") + "]", at(180), told.writer(at(180))) == "");
    CHECK(told.words == words{"firing A", "ending A", "firing A"});
}

TEST_CASE("an empty first list is the end of it", "[alertmanagers]") {
    taken_over alerts;
    told_notices told;
    CHECK(alerts.read("[]", at(0), told.writer(at(0))) == "");
    CHECK(told.words.empty());
    CHECK(alerts.over());
}

TEST_CASE("another stretch of an alert ends the one that was taken over", "[alertmanagers]") {
    taken_over alerts;
    told_notices told;
    CHECK(alerts.read("[" + alert("A") + "]", at(0), told.writer(at(0))) == "");
    CHECK(alerts.read("[" + alert("A", "2027-01-15T08:01:00.000Z") + "]", at(60), told.writer(at(60))) == "");
    CHECK(told.words == words{"firing A", "resolved A", "firing A"});
}

TEST_CASE("an answer that is no list changes nothing and says why", "[alertmanagers]") {
    taken_over alerts;
    told_notices told;
    CHECK(alerts.read("[" + alert("A") + "]", at(0), told.writer(at(0))) == "");
    told.words.clear();
    for (std::string const body : {"", "{}", "<html>", "[1]", R"([{"no":"labels"}])", "["})
        CHECK(alerts.read(body, at(60), told.writer(at(60))).starts_with("the answer is no list of alerts"));
    CHECK(told.words.empty());
    CHECK_FALSE(alerts.over());
}

namespace {

asio::awaitable<int> all_of(follower& of) {
    for (auto& each : of.tasks())
        co_await std::move(each);
    co_return 0;
}

policy::alertmanager_source source_of(std::string url, std::string receiver = "") {
    policy::alertmanager_source made;
    made.url = std::move(url);
    made.receiver = std::move(receiver);
    return made;
}

server::alertmanagers::follower_timing const quick{
    std::chrono::milliseconds(1), std::chrono::milliseconds(1), std::chrono::milliseconds(1)
};

} // namespace

TEST_CASE(
    "an alertmanager is asked until it answers, and then until its alerts have ended", "[alertmanagers]"
) {
    asio::io_context io;
    int asked = 0;
    scripted_server server(io, [&](heard_request const&) {
        ++asked;
        return asked < 3   ? answer_with(503, "not yet")
               : asked < 5 ? answer_with(200, "[" + alert("A") + "]")
                           : answer_with(200, "[]");
    });
    told_notices told;
    follower one(
        io.get_executor(),
        {source_of(server.url() + "/am", "scale.er")},
        {.alerts = told.writer(at(0)), .now = [&asked] { return at(asked < 6 ? 0 : 300); }},
        quick
    );
    run(io, all_of(one));
    CHECK(told.words == words{"firing A", "firing A", "ending A"});
    REQUIRE(server.requests().size() == 6);
    std::string const list = "/am/api/v2/alerts?active=true";
    std::string const receiver = "&receiver=scale%5C.er";
    CHECK(server.requests()[2].target == list + "&silenced=false&inhibited=false" + receiver);
    // A silence or an inhibition over there ends nothing.
    CHECK(server.requests()[3].target == list + "&silenced=true&inhibited=true" + receiver);
}

TEST_CASE("a follower that is stopped ends, whatever the alertmanager does", "[alertmanagers]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    told_notices told;
    follower one(
        io.get_executor(),
        {source_of(server.url()), source_of("http://127.0.0.1:1")},
        {.alerts = told.writer(at(0)), .now = [] { return at(0); }}
    );
    asio::post(io, [&] { one.stop(); });
    run(io, all_of(one));
    CHECK(told.words.empty());
}
