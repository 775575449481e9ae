// What alerts may take together, and who has to go.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

#include <random>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using effect = alert_store::effect;

namespace {

// An alert whose text is as long as that of every other one.
alert_spec nr(int number, bool over = false, time_point when = t0) {
    auto spec = over ? resolved("X", when) : firing("X");
    spec.labels["nr"] = std::to_string(1000 + number);
    return spec;
}

std::size_t cost_of_one() {
    alert_store store(5h);
    apply(store, nr(0), t0);
    return store.bytes();
}

} // namespace

TEST_CASE("what alerts take is counted when they come, change and go", "[alert_memory]") {
    alert_store store(5h);
    CHECK(store.bytes() == 0);
    apply(store, nr(0), t0);
    auto const one = store.bytes();
    CHECK(one > 0);
    apply(store, nr(0), t0 + 1s);
    CHECK(store.bytes() == one);
    auto longer = nr(0);
    longer.annotations["text"] = std::string(1000, 'x');
    apply(store, longer, t0 + 2s);
    CHECK(store.bytes() > one + 1000);
    store.charge(0, 100);
    store.charge(0, 50);
    apply(store, nr(0), t0 + 3s);
    CHECK(store.bytes() == one + 50);
    apply(store, nr(0, true, t0 + 4s), t0 + 4s);
    store.sweep(t0 + 1h, [](auto) {});
    CHECK(store.bytes() == 0);
}

TEST_CASE("an alert as Prometheus sends it takes less than 700 bytes", "[alert_memory]") {
    alert_store store(5h);
    auto spec = firing("ContainerCpuHigh");
    spec.labels["container_label_com_docker_swarm_service_name"] = "shop_web";
    spec.labels["instance"] = "10.0.17.23:8080";
    spec.labels["job"] = "cadvisor";
    spec.labels["severity"] = "warning";
    spec.annotations["summary"] = "The tasks of shop_web use 93 % of their CPU on average.";
    spec.url = "http://prometheus:9090/graph?g0.expr=cpu+%3E+0.8&g0.tab=1";
    apply(store, spec, t0);
    CHECK(store.bytes() <= 700);
}

TEST_CASE("where there is no room the longest ended alerts go first, then new ones", "[alert_memory]") {
    alert_store store(5h, 3 * cost_of_one());
    for (int i = 0; i < 3; ++i)
        apply(store, nr(i), t0);
    CHECK(apply(store, nr(3), t0).what == effect::refused);
    CHECK(store.refused() == 1);
    CHECK(apply(store, nr(2, true, t0 + 1s), t0 + 1s).what == effect::ended);
    CHECK(apply(store, nr(0, true, t0 + 2s), t0 + 2s).what == effect::ended);

    auto const made = apply(store, nr(3), t0 + 3s);
    CHECK(made.what == effect::opened);
    CHECK(made.created);
    CHECK(made.forgotten == std::vector<alert_store::handle>{2});
    CHECK(apply(store, nr(4), t0 + 3s).forgotten == std::vector<alert_store::handle>{0});
    CHECK(apply(store, nr(5), t0 + 3s).what == effect::refused);
    CHECK(store.refused() == 2);
    CHECK(store.count_firing(t0 + 3s) == 3);
}

TEST_CASE("an alert that fires again has not ended long ago", "[alert_memory]") {
    alert_store store(5h, 2 * cost_of_one());
    apply(store, nr(0), t0);
    apply(store, nr(1), t0);
    apply(store, nr(0, true, t0 + 1s), t0 + 1s);
    apply(store, nr(1, true, t0 + 2s), t0 + 2s);
    auto again = nr(0);
    again.starts_at = t0 + 3s;
    apply(store, again, t0 + 3s);
    CHECK(apply(store, nr(2), t0 + 3s).forgotten == std::vector<alert_store::handle>{1});
    CHECK(apply(store, nr(3), t0 + 3s).what == effect::refused);
    again.ends_at = t0 + 4s;
    apply(store, again, t0 + 4s);
    CHECK(apply(store, nr(3), t0 + 4s).forgotten == std::vector<alert_store::handle>{0});
}

TEST_CASE("an alert that ran out makes room once a sweep has seen it", "[alert_memory]") {
    alert_store store(5h, cost_of_one());
    auto spec = nr(0);
    spec.ends_at = t0 + 1min;
    apply(store, spec, t0);
    store.sweep(t0 + 1min, [](auto) {});
    CHECK(apply(store, nr(1), t0 + 1min).what == effect::opened);
    CHECK(store.latest_expiry() == t0 + 1min);
}

TEST_CASE("an alert that fires again because the clock was set back stays", "[alert_memory]") {
    alert_store store(5h, cost_of_one());
    auto spec = nr(0);
    spec.ends_at = t0 + 1min;
    apply(store, spec, t0);
    store.sweep(t0 + 2min, [](auto) {});
    store.set_back(t0 + 30s);
    CHECK(apply(store, nr(1), t0 + 30s).what == effect::refused);
    CHECK(store.count_firing(t0 + 30s) == 1);
}

TEST_CASE("the end of an alert that nobody knew needs no room, and is not refused", "[alert_memory]") {
    alert_store store(5h, cost_of_one());
    apply(store, nr(0), t0);
    CHECK(apply(store, nr(1, true, t0 + 1s), t0 + 1s).what == effect::dropped);
    auto by_webhook = nr(1);
    by_webhook.source = alert_source::webhook;
    by_webhook.resolved = true;
    CHECK(apply(store, by_webhook, t0 + 1s).what == effect::dropped);
    CHECK(store.refused() == 0);
}

TEST_CASE("a known alert is updated though there is no room", "[alert_memory]") {
    alert_store store(5h, cost_of_one());
    auto spec = nr(0);
    apply(store, spec, t0);
    spec.annotations["text"] = std::string(1000, 'x');
    CHECK(apply(store, spec, t0 + 1s).what == effect::confirmed);
    CHECK(store.bytes() > cost_of_one() + 1000);
    CHECK(apply(store, nr(1), t0 + 1s).what == effect::refused);
}

TEST_CASE("an alert that is larger than all the memory makes nobody go", "[alert_memory]") {
    alert_store store(5h, 2 * cost_of_one());
    apply(store, nr(0), t0);
    apply(store, nr(0, true, t0 + 1s), t0 + 1s);
    auto huge = nr(1);
    huge.annotations["text"] = std::string(10'000, 'x');
    CHECK(apply(store, huge, t0 + 2s).what == effect::refused);
    CHECK(store.size() == 1);
}

TEST_CASE("whatever comes and goes, the memory is kept and what fires is not forgotten", "[alert_memory]") {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        auto const below = [&](int limit) {
            return std::uniform_int_distribution<int>(0, limit - 1)(random);
        };
        std::size_t const most = 20 * cost_of_one();
        alert_store store(5h, most);
        std::map<int, time_point> firing_until; // of those that were taken in
        time_point now = t0;
        for (int step = 0; step < 3000; ++step) {
            now += std::chrono::milliseconds(below(3000));
            if (below(10) == 0)
                store.sweep(now, [](auto) {});
            int const which = below(60);
            auto spec = nr(which, below(3) == 0, now);
            spec.starts_at = now; // no late duplicate
            if (*spec.ends_at > now)
                spec.ends_at = now + std::chrono::seconds(1 + below(60));
            else
                spec.starts_at.reset();
            auto const applied = apply(store, spec, now);
            if (*spec.ends_at <= now)
                firing_until.erase(which);
            else if (applied.what != effect::refused)
                firing_until[which] = std::max(firing_until[which], *spec.ends_at);
            std::erase_if(firing_until, [now](auto const& each) { return each.second <= now; });
            REQUIRE(store.count_firing(now) == firing_until.size());
        }
        store.sweep(now + 24h, [](auto) {});
        REQUIRE(store.bytes() == 0);
        REQUIRE(store.size() == 0);
    }
}

// ---- in the engine ----

namespace {

engine_options with_room_for(std::size_t alerts) {
    return {.instance = "me", .alert_memory = alerts * (cost_of_one() + 2 * sizeof(std::uint32_t))};
}

} // namespace

TEST_CASE("an alert that is refused moves nothing, and is counted", "[engine][alert_memory]") {
    engine_rig rig(file_of({one_more()}), with_room_for(2));
    rig.tick();
    rig.look(a_service(2));
    auto other = nr(0);
    other.labels["alertname"] = "Y";
    auto another = nr(1);
    another.labels["alertname"] = "Y";
    rig.hear({other, another, nr(2)});
    CHECK(rig.inspects.empty());
    CHECK(rig.machine.alerts_refused() == 1);
    CHECK(rig.machine.active_alerts(rig.now) == 2);
    CHECK(rig.machine.alert_bytes() <= with_room_for(2).alert_memory);
}

TEST_CASE("an end that is forgotten in the same body is an end", "[engine][alert_memory]") {
    auto policy = one_more();
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    std::get<alert_rule>(policy.rules[0].kind).repeat.what = repeat_rhythm::kind::once;
    engine_rig rig(file_of({policy}), with_room_for(1));
    rig.tick();
    rig.look(a_service(2));
    rig.hear({nr(0)});
    rig.look(a_service(2));
    auto const view = rig.accept(a_service(2));
    rig.look(view);
    CHECK(rig.last().why == reason::already_acted);
    rig.now += 1min;
    auto other = nr(1);
    other.labels["alertname"] = "Y";
    rig.hear({nr(0, true, rig.now), other});
    rig.look(view);
    CHECK(rig.take_update().what.why == reason::resolved);
    CHECK(rig.machine.active_alerts(rig.now) == 1);
}

TEST_CASE("a place that is used again belongs to the rules of the new alert", "[engine][alert_memory]") {
    auto other = one_more();
    other.name = other.service = "api";
    other.rules = {on_alert("y", "Y", by(1))};
    engine_rig rig(file_of({one_more(), other}), with_room_for(1));
    rig.tick();
    rig.look(a_service(2), "web");
    auto api = a_service(2);
    api.id = "id2";
    api.name = "api";
    rig.look(api, "api");
    rig.silence({a_silence("s", {"alertname=X"})});
    rig.hear({nr(0)});
    rig.take_inspect();
    rig.observe(a_service(2), "web");
    auto y = nr(1);
    y.labels["alertname"] = "Y";
    rig.hear({nr(0, true, rig.now), y});
    while (!rig.inspects.empty()) {
        auto const asked = rig.take_inspect().service;
        rig.observe(asked == "api" ? api : a_service(2), asked);
    }
    auto const write = rig.take_update();
    CHECK(write.service == "api");
    CHECK(rig.updates.empty());
    CHECK(rig.last("web").why == reason::no_signal);
}

TEST_CASE("a liveness alert without room is a sign of life", "[engine][alert_memory]") {
    auto policy = one_more();
    policy.give_back = return_rule{.after = 1min, .by = by(1)};
    auto file = file_of({policy});
    file->liveness = liveness_rule{.matchers = {matcher::alert_name("Watchdog")}};
    engine_rig rig(file, with_room_for(0));
    rig.tick();
    rig.look(a_service(2));
    rig.hear({firing("Watchdog")});
    rig.now += 1min;
    rig.look(a_service(2));
    CHECK(rig.take_update().what.why == reason::give_back);
}
