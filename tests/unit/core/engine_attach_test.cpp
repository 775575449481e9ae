// Policies whose services alerts name: when they come to a service, and when they leave it.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

service_policy by_label(std::string_view allow = "svc=~\"shop_.*\"") {
    auto policy = one_more();
    policy.name = "shop";
    policy.service.clear();
    policy.from_label = label_source{.label = "svc", .allow = must_match(allow)};
    std::get<alert_rule>(policy.rules[0].kind).repeat.what = repeat_rhythm::kind::once;
    return policy;
}

alert_spec naming(std::string service, time_point since = t0, std::string name = "X") {
    auto made = firing(std::move(name), since);
    made.labels["svc"] = std::move(service);
    return made;
}

alert_spec over(alert_spec alert, time_point when) {
    alert.ends_at = when;
    return alert;
}

service_view shop_web(std::int64_t replicas = 3) {
    auto view = a_service(replicas);
    view.name = "shop_web";
    view.opted_in = true;
    return view;
}

bool watches(engine_rig const& rig, std::string_view service) {
    auto const all = rig.machine.services(rig.now);
    return std::ranges::any_of(all, [service](auto const& each) { return each.service == service; });
}

// An engine whose policy has come to shop_web, and whose first step is written.
struct attached : engine_rig {
    service_view view = shop_web();

    explicit attached(service_policy const& policy = by_label()) : engine_rig(file_of({policy})) {
        hear({naming("shop_web")});
        look(view, "shop_web");
        view = accept(view);
        look(view, "shop_web");
    }

    // The engine looks at what has ended, now.
    void settle() {
        for (int turn = 0; turn < 2; ++turn) {
            now += 5s;
            tick();
            while (!inspects.empty())
                look(view, "shop_web");
        }
    }
};

} // namespace

TEST_CASE("an alert brings its policy to the service that it names", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    rig.tick();
    CHECK(rig.idle());
    rig.hear({naming("shop_web")});
    CHECK(rig.take_inspect().service == "shop_web");
    rig.observe(shop_web(), "shop_web");
    auto const write = rig.take_update();
    CHECK(write.replicas == 4);
    CHECK(write.what.policy == "shop");
    CHECK(write.state.episodes.contains("shop/x"));
}

TEST_CASE("an alert brings nothing that is not allowed, not named or not asked for", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    rig.hear({naming("bank_web"), naming(""), firing("X"), naming("shop_web", t0, "Y")});
    CHECK(rig.idle());
    CHECK(rig.machine.services(t0).empty());

    auto off = by_label();
    off.enabled = false;
    engine_rig other(file_of({off}));
    other.hear({naming("shop_web")});
    CHECK(other.idle());
}

TEST_CASE("an alert brings nothing to what is too long to be a service's name", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    std::string const longest = "shop_" + std::string(58, 'a');
    rig.hear({naming(longest), naming(longest + "a")});
    CHECK(watches(rig, longest));
    CHECK_FALSE(watches(rig, longest + "a"));
}

TEST_CASE("a service that has not agreed is left alone, and looked at again", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    rig.hear({naming("shop_web")});
    auto view = shop_web();
    view.opted_in = false;
    CHECK(rig.look(view, "shop_web").why == reason::not_opted_in);
    view.opted_in = true;
    ++view.version;
    rig.look(view, "shop_web");
    CHECK(rig.take_update().replicas == 4);
}

TEST_CASE("alerts of one service are no alerts of another", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    auto api = shop_web(5);
    api.id = "id2";
    api.name = "shop_api";
    rig.hear({naming("shop_web"), naming("shop_api")});
    rig.look(shop_web(), "shop_web");
    rig.look(api, "shop_api");
    CHECK(rig.take_update().service == "shop_web");
    CHECK(rig.take_update().replicas == 6);
    rig.hear({over(naming("shop_web"), t0)});
    CHECK(rig.machine.active_alerts(t0) == 1);
}

TEST_CASE("a policy leaves once its alert is over and its clocks have run down", "[engine][attach]") {
    auto policy = by_label();
    policy.cooldown = {.up = 60s, .down = 300s};
    attached rig(policy);
    rig.hear({over(naming("shop_web"), rig.now)});
    rig.look(rig.view, "shop_web");
    rig.now = t0 + 285s;
    rig.settle();
    CHECK(watches(rig, "shop_web"));
    rig.settle();
    CHECK_FALSE(watches(rig, "shop_web"));
}

TEST_CASE("a silence that a clock has ended brings the policy to its service", "[engine][attach]") {
    engine_rig rig(file_of({by_label()}));
    rig.silence({a_silence("s", {"alertname=\"X\""}, t0, t0 + 10min)});
    rig.hear({naming("shop_web")});
    CHECK_FALSE(watches(rig, "shop_web"));
    rig.now += 1h;
    rig.machine.on(event::clock_set{1h, rig.now});
    CHECK(watches(rig, "shop_web"));
}

TEST_CASE("a policy stays while it still has to give back", "[engine][attach]") {
    auto policy = by_label();
    policy.give_back = {.after = 60s, .by = by(2)};
    attached rig(policy);
    rig.hear({over(naming("shop_web"), rig.now)});
    rig.look(rig.view, "shop_web");
    rig.settle();
    CHECK(watches(rig, "shop_web"));
    while (rig.view.replicas > 1) {
        REQUIRE(rig.now < t0 + 10min);
        rig.now += 20s;
        rig.changed(rig.view.id);
        rig.look(rig.view, "shop_web");
        if (!rig.updates.empty())
            rig.view = rig.accept(rig.view);
    }
    rig.settle();
    rig.settle();
    CHECK_FALSE(watches(rig, "shop_web"));
}

TEST_CASE("a policy stays while the end of its alert still has to be acted upon", "[engine][attach]") {
    auto policy = by_label();
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    attached rig(policy);
    rig.view.update = update_state::updating;
    rig.now += 1s;
    rig.hear({over(naming("shop_web"), rig.now)});
    CHECK(rig.look(rig.view, "shop_web").why == reason::update_in_progress);
    rig.settle();
    CHECK(watches(rig, "shop_web"));
    rig.view.update = update_state::completed;
    rig.changed(rig.view.id);
    rig.look(rig.view, "shop_web");
    rig.view = rig.accept(rig.view);
    CHECK(rig.view.replicas == 3);
    rig.settle();
    rig.settle();
    CHECK_FALSE(watches(rig, "shop_web"));
}

TEST_CASE("after a restart the notice of the end suffices to end what the label holds", "[engine][attach]") {
    auto policy = by_label();
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    attached before(policy);
    engine_rig rig(file_of({policy}), {.instance = "again"});
    rig.now = t0 + 10s;
    rig.tick();
    CHECK(rig.idle());
    rig.hear({over(naming("shop_web"), t0 + 5s)});
    rig.look(before.view, "shop_web");
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a policy that leaves does not take others with it", "[engine][attach]") {
    auto fixed = one_more();
    fixed.service = "shop_web";
    std::get<alert_rule>(fixed.rules[0].kind).matchers = {matcher::alert_name("Y")};
    engine_rig rig(file_of({by_label(), fixed}));
    rig.tick();
    auto view = shop_web();
    rig.look(view, "shop_web");
    rig.hear({naming("shop_web")});
    rig.look(view, "shop_web");
    view = rig.accept(view);
    rig.look(view, "shop_web");
    CHECK(rig.machine.services(rig.now).front().policies.size() == 2);
    rig.hear({over(naming("shop_web"), rig.now)});
    rig.look(view, "shop_web");
    for (int turn = 0; turn < 3; ++turn) {
        rig.now += 5s;
        rig.tick();
        while (!rig.inspects.empty())
            rig.look(view, "shop_web");
    }
    CHECK(rig.machine.services(rig.now).front().policies == std::vector<std::string>{"web"});
    CHECK(rig.machine.services(rig.now).front().view->replicas == 4);
}

TEST_CASE("a reload attaches what fires, and detaches what is not allowed any more", "[engine][attach]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({naming("shop_web"), naming("bank_web")});
    rig.reload(file_of({by_label()}));
    CHECK(watches(rig, "shop_web"));
    CHECK_FALSE(watches(rig, "bank_web"));
    rig.reload(file_of({by_label("svc=~\"bank_.*\"")}));
    CHECK_FALSE(watches(rig, "shop_web"));
    CHECK(watches(rig, "bank_web"));
    rig.reload(file_of({one_more()}));
    CHECK_FALSE(watches(rig, "bank_web"));
}

TEST_CASE(
    "alerts cannot name services without end, and those that wait have their turn", "[engine][attach]"
) {
    engine_rig rig(file_of({by_label()}));
    std::vector<alert_spec> many;
    for (int i = 0; i < 1200; ++i)
        many.push_back(naming("shop_" + std::to_string(i)));
    rig.hear(many);
    CHECK(rig.machine.services(t0).size() == 1000);
    CHECK(watches(rig, "shop_999"));

    // Half of them end, and none is there.
    for (int turn = 0; turn < 3; ++turn) {
        while (!rig.inspects.empty())
            rig.not_found(rig.take_inspect().service);
        rig.now += 5s;
        if (turn == 0) {
            std::vector<alert_spec> ends;
            for (int i = 0; i < 500; ++i)
                ends.push_back(over(many[static_cast<std::size_t>(i)], rig.now));
            rig.hear(ends);
        }
        rig.tick();
    }
    CHECK_FALSE(watches(rig, "shop_0"));
    CHECK(watches(rig, "shop_1199"));
    CHECK(rig.machine.services(t0).size() == 700);
}

TEST_CASE("in dry run a policy comes to a service by its label, too", "[engine][attach]") {
    auto policy = by_label();
    policy.dry_run = true;
    engine_rig rig(file_of({policy}));
    rig.hear({naming("shop_web")});
    auto const made = rig.look(shop_web(), "shop_web");
    CHECK(made.why == reason::dry_run);
    CHECK(made.would == 4);
    CHECK(rig.updates.empty());
}
