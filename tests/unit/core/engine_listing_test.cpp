// What the engine shows of its alerts, and what it takes from local storage and gives to it.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// A listed alert that owns its text.
struct shown {
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::string url;
    time_point starts_at;
    time_point ends_at;
    time_point updated_at;
    int starts_zone = 0;
    int ends_zone = 0;
};

std::vector<shown> list(engine const& machine, time_point now) {
    std::vector<shown> all;
    machine.visit_alerts(now, [&](listed_alert const& each) {
        auto& made = all.emplace_back();
        for (auto const& [name, value] : each.labels)
            made.labels.emplace(name, value);
        for (auto const& [name, value] : each.annotations)
            made.annotations.emplace(name, value);
        made.url = each.generator_url;
        made.starts_at = each.starts_at;
        made.ends_at = each.ends_at;
        made.updated_at = each.updated_at;
        made.starts_zone = each.starts_zone;
        made.ends_zone = each.ends_zone;
    });
    return all;
}

// Hears of alert X by the API, and how it is listed.
struct listing {
    engine_rig rig{file_of({})};

    void hear(std::optional<time_point> from, std::optional<time_point> until) {
        auto spec = firing("X");
        spec.starts_at = from;
        spec.ends_at = until;
        rig.hear({spec});
    }

    shown only() {
        auto const all = list(rig.machine, rig.now);
        REQUIRE(all.size() == 1);
        return all.front();
    }

    bool empty() { return list(rig.machine, rig.now).empty(); }
};

alert_spec kept_webhook(std::string name = "X") {
    auto spec = firing(std::move(name));
    spec.source = alert_source::webhook;
    spec.ends_at = {};
    return spec;
}

void preload(engine_rig& rig, alert_spec spec, time_point heard_at) {
    notices const one({std::move(spec)});
    rig.machine.preload_alert(one.views().front(), heard_at);
}

// A service whose label tells of an open episode that has acted.
service_view with_episode(bool by_webhook, time_point since = t0 - 1h) {
    auto view = a_service(3);
    view.state = service_state{};
    view.state->sequence = 1;
    view.state->writer = "before.1";
    view.state->last_set = 3;
    view.state->last_up = since;
    view.state->episodes["web/x"] =
        episode{.since = since, .start_count = 2, .acted = since, .by_webhook = by_webhook};
    return view;
}

std::shared_ptr<policy_set> reverting() {
    auto policy = one_more();
    auto& rule = std::get<alert_rule>(policy.rules[0].kind);
    rule.on_resolved.what = resolved_action::kind::revert;
    rule.repeat.what = repeat_rhythm::kind::once;
    return file_of({policy});
}

} // namespace

TEST_CASE("an alert is listed while it fires, with its own words", "[engine][listing]") {
    listing l;
    auto spec = firing("X");
    spec.annotations = {{"summary", "text"}, {"empty", ""}};
    spec.url = "http://p/graph";
    l.rig.hear({spec});
    auto const seen = l.only();
    CHECK(seen.labels == spec.labels);
    CHECK(seen.annotations == spec.annotations);
    CHECK(seen.url == spec.url);
    CHECK(seen.starts_at == t0);
    CHECK(seen.ends_at == t0 + 24h);
    CHECK(seen.updated_at == t0);
    l.rig.now += 1h;
    l.hear(t0, t0 + 1h);
    CHECK(l.empty());
}

TEST_CASE("times are listed in the zones of their sender", "[engine][listing]") {
    listing l;
    notices body({firing("X")});
    auto notice = body.views()[0];
    notice.starts_zone = 120;
    notice.ends_zone = -210;
    l.rig.machine.on(event::alerts_received{.alerts = std::span(&notice, 1), .now = t0});
    CHECK(l.only().starts_zone == 120);
    CHECK(l.only().ends_zone == -210);
}

TEST_CASE("the same alert again is listed by Alertmanager's rules", "[engine][listing]") {
    listing l;
    SECTION("where the two overlap, the earliest start and the later end") {
        l.hear(t0, t0 + 10min);
        l.rig.now += 1min;
        l.hear(t0 + 1min, t0 + 5min);
        CHECK(l.only().starts_at == t0);
        CHECK(l.only().ends_at == t0 + 10min);
        CHECK(l.only().updated_at == t0 + 1min);
        l.hear(t0 + 2min, t0 + 20min);
        CHECK(l.only().starts_at == t0);
        CHECK(l.only().ends_at == t0 + 20min);
        l.rig.now = t0 + 15min; // the first stretch is over, the whole of it is not
        l.rig.tick();
        CHECK(l.only().starts_at == t0);
    }
    SECTION("where they do not, the new one") {
        l.hear(t0 - 10min, t0 + 1min);
        l.rig.now += 1min;
        l.hear(t0 + 1min, t0 + 5min);
        CHECK(l.only().starts_at == t0 + 1min);
    }
    SECTION("an end that is said counts, and no timeout") {
        l.hear(t0, {});
        CHECK(l.only().ends_at == t0 + resolve_timeout);
        l.rig.now += 1min;
        l.hear(t0 + 1min, t0 + 2min);
        CHECK(l.only().starts_at == t0);
        CHECK(l.only().ends_at == t0 + 2min);
        l.rig.now = t0 + 2min;
        CHECK(l.empty());
    }
    SECTION("a timeout prolongs, and shortens no end that was said") {
        l.hear(t0, t0 + 1h);
        l.rig.now += 1min;
        l.hear({}, {});
        CHECK(l.only().ends_at == t0 + 1h);
        l.rig.now = t0 + 59min;
        l.hear({}, {});
        CHECK(l.only().ends_at == t0 + 59min + resolve_timeout);
        CHECK(l.only().starts_at == t0);
    }
    SECTION("an alert without a start and with an end starts at its end") {
        l.hear({}, t0 + 1h);
        CHECK(l.only().starts_at == t0 + 1h);
        CHECK(l.only().ends_at == t0 + 1h);
    }
    SECTION("the end of one stretch leaves the other") {
        l.hear(t0, t0 + 10min);
        l.hear(t0 + 3s, t0 + 11min);
        l.rig.now += 1min;
        l.hear(t0, t0 + 1min);
        CHECK(l.only().ends_at == t0 + 11min);
        CHECK(l.only().updated_at == t0 + 1min);
    }
    SECTION("what has ended fires anew with its new start") {
        l.hear(t0, t0 + 10min);
        l.rig.now += 1min;
        l.hear(t0, t0 + 1min);
        l.hear(t0 + 1min, t0 + 11min);
        CHECK(l.only().starts_at == t0 + 1min);
    }
    SECTION("of two ends of one stretch the last word counts") {
        l.hear(t0, t0 + 10min);
        l.rig.now += 1min;
        l.hear(t0, t0 + 5min);
        CHECK(l.only().ends_at == t0 + 5min);
    }
}

TEST_CASE("a webhook alert is listed until its time to live is over", "[engine][listing]") {
    listing l;
    l.rig.hear({kept_webhook()});
    CHECK(l.only().starts_at == t0);
    CHECK(l.only().ends_at == t0 + 5h);
    l.rig.now += 5h;
    CHECK(l.empty());
}

// ---- local storage ----

TEST_CASE("a webhook alert that was kept acts, and runs out from when it was heard", "[engine][storage]") {
    engine_rig rig(file_of({one_more()}));
    preload(rig, kept_webhook(), t0 - 4h);
    CHECK(rig.machine.active_alerts(t0) == 1);
    rig.tick();
    rig.look(a_service(2));
    CHECK(rig.take_update().what.why == reason::alert);
    CHECK(list(rig.machine, t0).at(0).updated_at == t0 - 4h);
    CHECK(rig.machine.active_alerts(t0 + 1h - 1ms) == 1);
    CHECK(rig.machine.active_alerts(t0 + 1h) == 0);
}

TEST_CASE("what was kept for longer than the time to live does not fire", "[engine][storage]") {
    engine_rig rig(file_of({one_more()}));
    preload(rig, kept_webhook(), t0 - 5h);
    CHECK(rig.machine.active_alerts(t0) == 0);
    rig.tick();
    rig.look(a_service(2));
    CHECK(rig.updates.empty());
}

TEST_CASE("a webhook that has spoken since knows better than local storage", "[engine][storage]") {
    engine_rig rig(file_of({one_more()}));
    auto alert = kept_webhook();
    rig.hear({alert});
    alert.resolved = true;
    rig.hear({alert});
    preload(rig, kept_webhook(), t0 - 1min);
    CHECK(rig.machine.active_alerts(t0) == 0);
    preload(rig, alert, t0 - 1min); // only what fires is kept
    CHECK(rig.machine.active_alerts(t0) == 0);
}

TEST_CASE("a kept alert that names a service attaches its policy", "[engine][storage]") {
    auto policy = one_more();
    policy.service.clear();
    policy.from_label = label_source{.label = "svc", .allow = must_match("svc=~\"w.*\"")};
    engine_rig rig(file_of({policy}));
    auto alert = kept_webhook();
    alert.labels["svc"] = "web";
    preload(rig, alert, t0 - 1h);
    CHECK(rig.machine.attachments() == std::set<attachment>{{"web", "web"}});
    rig.tick();
    auto view = a_service(2);
    view.opted_in = true;
    rig.look(view);
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a kept alert is silenced like any other", "[engine][storage]") {
    engine_rig rig(file_of({one_more()}));
    rig.silence({a_silence("s", {"alertname=X"})});
    preload(rig, kept_webhook(), t0 - 1h);
    rig.tick();
    CHECK(rig.look(a_service(2)).why == reason::silenced);
}

TEST_CASE("a kept alert speaks for a loaded episode of webhooks", "[engine][storage]") {
    engine_rig rig(reverting());
    preload(rig, kept_webhook(), t0 - 30min);
    rig.tick();
    CHECK(rig.look(with_episode(true)).why == reason::already_acted);
    auto over = kept_webhook();
    over.resolved = true;
    rig.now += 1min;
    rig.hear({over});
    rig.look(with_episode(true));
    CHECK(rig.take_update().what.why == reason::resolved);
}

TEST_CASE("a kept alert that has run out ends a loaded episode of webhooks", "[engine][storage]") {
    engine_rig rig(reverting());
    preload(rig, kept_webhook(), t0 - 30min);
    rig.tick();
    rig.look(with_episode(true));
    rig.sleep_until(t0 + 4h + 30min);
    while (!rig.inspects.empty())
        rig.look(with_episode(true));
    CHECK(rig.take_update().what.why == reason::resolved);
}

TEST_CASE("a kept alert is no word of the source that a loaded episode waits for", "[engine][storage]") {
    engine_rig rig(reverting());
    auto file = reverting();
    file->webhook_ttl = 1h;
    rig.reload(file);
    preload(rig, kept_webhook(), t0 - 1h + 1min); // runs out in a minute
    rig.tick();
    CHECK(rig.look(with_episode(false)).why == reason::already_acted);
    rig.sleep_until(t0 + 2min);
    CHECK(rig.look(with_episode(false)).why == reason::no_signal); // Prometheus has not spoken yet
    CHECK(rig.updates.empty());
    rig.sleep_until(t0 + source_patience + 15s);
    while (!rig.inspects.empty())
        rig.look(with_episode(false));
    CHECK(rig.take_update().what.why == reason::resolved);
}

TEST_CASE("a liveness alert that was kept is no sign of life", "[engine][storage]") {
    auto policy = one_more();
    policy.give_back = return_rule{.after = 1min, .by = by(1)};
    auto file = file_of({policy});
    file->liveness = liveness_rule{.matchers = {matcher::alert_name("Watchdog")}};
    engine_rig rig(file);
    preload(rig, kept_webhook("Watchdog"), t0);
    rig.tick();
    rig.look(a_service(2));
    rig.now += 1min;
    CHECK(rig.look(a_service(2)).why == reason::source_lost);
}

TEST_CASE("memories are handed out by service and group, once the service was seen", "[engine][storage]") {
    auto trial = one_more();
    trial.name = "trial";
    trial.dry_run = true;
    engine_rig rig(file_of({one_more(), trial}));
    std::map<std::string, history> kept;
    auto const visit = [&] {
        kept.clear();
        rig.machine.visit_memories([&](auto id, auto group, history const& memory) {
            kept.emplace(std::string(id) + "/" + std::string(group), memory);
        });
    };
    visit();
    CHECK(kept.empty());
    rig.hear({firing("X")});
    rig.look(a_service(2));
    auto const written_over = rig.accept(a_service(2));
    rig.look(written_over);
    visit();
    REQUIRE(kept.size() == 2);
    CHECK(kept.at("id1/").sequence == 1);
    CHECK(kept.at("id1/").last_up == t0);

    engine_rig successor(file_of({one_more(), trial}));
    for (auto const& [name, memory] : kept)
        successor.machine.preload("id1", name.substr(4), memory);
    successor.tick();
    successor.look(written_over);
    auto const before = kept;
    successor.machine.visit_memories([&](auto id, auto group, history const& memory) {
        CHECK(memory.last_up == before.at(std::string(id) + "/" + std::string(group)).last_up);
    });
}
