// What one autoscaler hands to another, and what the other one makes of it.
#include "server/http/message.hpp"
#include "server/relay/handover.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler;
using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;
using server::relay::handover;
using server::relay::render_handover;

namespace {

struct side {
    side() : machine({.instance = "me"}, std::make_shared<policy_set const>(), t0) {}

    void hear(std::vector<alert_spec> alerts, time_point now, std::optional<time_point> heard_at = {}) {
        tell(notices(std::move(alerts)).views(), now, heard_at, false);
    }

    void tell(
        std::span<alert_notice const> alerts,
        time_point now,
        std::optional<time_point> heard_at,
        bool second_hand
    ) {
        std::vector<alert_notice> told(alerts.begin(), alerts.end());
        for (auto& each : told)
            if (heard_at)
                each.heard_at = heard_at;
        machine.on(event::alerts_received{.alerts = told, .now = now, .second_hand = second_hand});
    }

    handover known(time_point now) const {
        return handover(render_handover(machine, now) + std::string(server::http::body_padding, '\0'), now);
    }

    void take_over(handover const& what, time_point now) { tell(what.firing(), now, {}, true); }

    bool fires(std::string const& name, time_point now, bool webhook = false) const {
        label const one{"alertname", name};
        return webhook ? machine.fires_by_webhook({&one, 1}, now) : machine.fires({&one, 1}, now);
    }

    engine machine;
};

alert_spec by_webhook(std::string name, bool over = false, time_point since = t0) {
    auto spec = firing(std::move(name), since);
    spec.source = alert_source::webhook;
    spec.ends_at = {};
    spec.resolved = over;
    return spec;
}

} // namespace

TEST_CASE("a webhook's alert stays one, with the time at which it was heard", "[relay]") {
    side old;
    auto spec = by_webhook("W");
    spec.annotations = {{"summary", "a \"b\"\n"}};
    spec.url = "http://p/";
    old.hear({spec}, t0);

    auto const list = old.known(t0 + 1h);
    CHECK(list.error() == "");
    REQUIRE(list.firing().size() == 1);
    auto const& told = list.firing().front();
    CHECK(told.source == alert_source::webhook);
    CHECK(told.heard_at == t0);
    CHECK(told.starts_at == t0);
    CHECK(told.annotations[0].value == "a \"b\"\n");
    CHECK(told.generator_url == "http://p/");

    side fresh;
    fresh.take_over(list, t0 + 1h);
    CHECK(fresh.fires("W", t0 + 1h, true));
    CHECK(fresh.fires("W", t0 + 5h - 1ms));
    CHECK_FALSE(fresh.fires("W", t0 + 5h)); // its time to live runs from there
    fresh.hear({by_webhook("W", true)}, t0 + 2h);
    CHECK_FALSE(fresh.fires("W", t0 + 2h));
}

TEST_CASE("an API alert keeps its own end, each stretch of it", "[relay]") {
    side old;
    auto first = firing("A", t0 - 10min);
    first.ends_at = t0 + 4min;
    auto second = firing("A", t0 - 5min);
    second.ends_at = t0 + 8min;
    old.hear({first, second}, t0);
    side fresh;
    fresh.take_over(old.known(t0 + 1min), t0 + 1min);
    CHECK_FALSE(fresh.fires("A", t0 + 1min, true));
    fresh.hear({resolved("A", t0 + 2min, t0 - 5min)}, t0 + 2min); // one Prometheus of two
    CHECK(fresh.fires("A", t0 + 2min));
    CHECK(fresh.fires("A", t0 + 4min - 1ms));
    CHECK_FALSE(fresh.fires("A", t0 + 4min));
}

TEST_CASE("what was heard here since counts, and not what a peer still believes", "[relay]") {
    side old;
    old.hear({by_webhook("W"), firing("A")}, t0);
    auto const list = old.known(t0 + 1s);
    side fresh;
    fresh.hear({by_webhook("W", true), resolved("A", t0 + 1s)}, t0 + 1s);
    fresh.take_over(list, t0 + 2s);
    CHECK_FALSE(fresh.fires("W", t0 + 2s));
    CHECK_FALSE(fresh.fires("A", t0 + 2s));
}

TEST_CASE("a peer's later word about a webhook's alert counts, an older one does not", "[relay]") {
    side old;
    old.hear({by_webhook("W")}, t0 + 1h);
    side fresh;
    notices const kept({by_webhook("W")});
    fresh.machine.preload_alert(kept.views().front(), t0);
    fresh.take_over(old.known(t0 + 2h), t0 + 2h);
    CHECK(fresh.fires("W", t0 + 6h - 1ms));
    CHECK_FALSE(fresh.fires("W", t0 + 6h));

    side older;
    older.hear({by_webhook("W")}, t0);
    fresh.take_over(older.known(t0 + 2h), t0 + 2h);
    CHECK(fresh.fires("W", t0 + 6h - 1ms));
}

TEST_CASE("what a webhook has ended is told for a quarter of an hour", "[relay]") {
    side old;
    old.hear({by_webhook("W")}, t0);
    old.hear({by_webhook("W", true)}, t0 + 1min);
    auto const list = old.known(t0 + 10min);
    CHECK(list.firing().empty());
    REQUIRE(list.resolved().size() == 1);
    CHECK(list.resolved().front().heard_at == t0 + 1min);
    CHECK(list.resolved().front().resolved);
    old.machine.on(event::tick{t0 + 17min});
    CHECK(old.known(t0 + 17min).resolved().empty());
}

TEST_CASE("words that come late by a detour change nothing that was said since", "[relay]") {
    side one;
    one.hear({by_webhook("W")}, t0);
    one.hear({by_webhook("W", true)}, t0 + 5min);
    one.hear({by_webhook("W")}, t0 + 10min, t0 + 1min); // much later than late duplicates are expected
    CHECK_FALSE(one.fires("W", t0 + 10min));
    one.hear({by_webhook("W", false, t0 + 11min)}, t0 + 11min);
    one.hear({by_webhook("W", true)}, t0 + 12min, t0 + 5min);
    CHECK(one.fires("W", t0 + 12min));
    one.hear({by_webhook("W", true)}, t0 + 13min, t0 + 12min);
    CHECK_FALSE(one.fires("W", t0 + 13min));

    one.hear({firing("A")}, t0);
    one.hear({resolved("A", t0 + 5min)}, t0 + 5min);
    one.hear({firing("A")}, t0 + 8min, t0 + 4min);
    CHECK_FALSE(one.fires("A", t0 + 8min));
    one.hear({firing("A")}, t0 + 9min, t0 + 9min);
    CHECK(one.fires("A", t0 + 9min));
}

TEST_CASE("what cannot be read of a list is left out, and what is no list is refused", "[relay]") {
    auto const read = [](std::string text) {
        return handover(std::move(text) + std::string(server::http::body_padding, '\0'), t0);
    };
    for (auto const* const bad : {"", "{}", "nonsense", "[", "null"}) {
        INFO(bad);
        CHECK_FALSE(read(bad).error().empty());
    }
    std::string const stretch =
        R"("stretches":[{"source":"webhook","startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z",)"
        R"("resolved":false,"ageMs":5}])";
    CHECK(read(R"([{"labels":{"a":"b"},)" + stretch + "}]").firing().size() == 1);
    for (std::string const& bad :
         {std::string("1"),
          std::string(R"({"labels":{"a":"b"}})"),
          std::string(R"({"labels":{"a":"b"},"stretches":[1,{},{"source":"listed"}]})"),
          R"({"labels":{"a":""},)" + stretch + "}",
          R"({"labels":{"":"b"},)" + stretch + "}",
          R"({"labels":1,)" + stretch + "}",
          std::string(
              R"({"labels":{"a":"b"},"stretches":[{"source":"api","startsAt":"x","endsAt":"y","resolved":false,"ageMs":-1}]})"
          )}) {
        INFO(bad);
        auto const list = read("[" + bad + "]");
        CHECK(list.error() == "");
        CHECK(list.firing().empty());
        CHECK(list.resolved().empty());
    }
}
