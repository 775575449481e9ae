// Which decision is news to whom, and which autoscaler tells it.
#include "policy/core/notices.hpp"
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;
using did = decided_action;
using event::update_result;

namespace {

using occasions = std::vector<occasion>;

std::set<occasion> const everything{
    occasion::scaled, occasion::at_max, occasion::held, occasion::failed, occasion::fallback, occasion::bounds
};

struct row {
    did what;
    reason why;
    bool would;
    occasions news;
};

decision made_of(row const& from) {
    decision made;
    made.service = "shop_web";
    made.action = from.what;
    made.why = from.why;
    if (from.would)
        made.would = 5;
    return made;
}

service_policy named(std::string name, std::string service, std::vector<std::string> notify) {
    auto made = one_more();
    made.name = std::move(name);
    made.service = std::move(service);
    made.notify = std::move(notify);
    return made;
}

policy_set a_shop() {
    policy_set set;
    set.stack = "shop";
    for (auto const* name : {"a", "b", "c", "d"})
        set.notifiers.push_back({name, {}, everything});
    set.policies = {
        named("one", "web", {"a", "b"}), named("two", "shop_web", {"b", "c"}), named("three", "db", {"d"})
    };
    return set;
}

std::vector<std::string> told(policy_set const& set, decision const& what) {
    std::vector<std::string> names;
    for (auto const& each : notices_of(set, what))
        names.push_back(each.to->name);
    return names;
}

using names = std::vector<std::string>;

decision const a_failure = made_of({did::hold, reason::swarm_unavailable, false, {}});

} // namespace

TEST_CASE("a decision is news of what its action and its reason say", "[notices]") {
    using o = occasion;
    auto const given = GENERATE(values<row>({
        {did::up, reason::alert, false, {o::scaled}},
        {did::down, reason::give_back, false, {o::scaled}},
        {did::restart, reason::node_joined, false, {o::scaled}},
        {did::webhook, reason::alert, false, {o::scaled}},
        {did::up, reason::rate_limited_up, false, {o::scaled}},
        {did::up, reason::at_max, false, {o::scaled, o::at_max}},
        {did::hold, reason::at_max, false, {o::at_max}},
        {did::hold, reason::at_min, false, {}},
        {did::hold, reason::update_in_progress, true, {o::held}},
        {did::hold, reason::paused, true, {o::held}},
        {did::hold, reason::update_in_progress, false, {}},
        {did::hold, reason::lost_race, true, {}},
        {did::hold, reason::swarm_unavailable, false, {o::failed}},
        {did::hold, reason::swarm_unavailable, true, {o::failed}},
        {did::hold, reason::action_failed, false, {o::failed}},
        {did::up, reason::fallback, false, {o::scaled, o::fallback}},
        {did::hold, reason::fallback, false, {o::fallback}},
        {did::down, reason::bounds_max, false, {o::scaled, o::bounds}},
        {did::up, reason::bounds_min, false, {o::scaled, o::bounds}},
        {did::hold, reason::bounds_max, false, {}},
        {did::hold, reason::bounds_conflict, false, {o::bounds}},
        {did::hold, reason::cooldown_up, false, {}},
        {did::hold, reason::no_signal, false, {}},
        {did::hold, reason::service_not_found, false, {}},
        {did::hold, reason::dry_run, true, {}},
    }));
    auto made = made_of(given);
    CAPTURE(to_string(made.action), to_string(made.why));
    CHECK(occasions_of(made) == given.news);
    made.dry_run = true;
    CHECK(occasions_of(made).empty());
}

TEST_CASE("the policy that has decided says who is told", "[notices]") {
    auto made = made_of({did::up, reason::alert, false, {}});
    made.policy = "one";
    CHECK(told(a_shop(), made) == names{"a", "b"});
    made.policy = "two";
    CHECK(told(a_shop(), made) == names{"b", "c"});
    made.policy = "of another file";
    CHECK(told(a_shop(), made).empty());
    made.policy = "one";
    made.ours = false;
    CHECK(told(a_shop(), made).empty());
}

TEST_CASE("where no policy has decided, all live ones of the service say who is told", "[notices]") {
    auto set = a_shop();
    CHECK(told(set, a_failure) == names{"a", "b", "c"});
    set.policies[0].dry_run = true;
    CHECK(told(set, a_failure) == names{"b", "c"});
    set.policies[1].enabled = false;
    CHECK(told(set, a_failure).empty());
    set.policies[2].service.clear();
    set.policies[2].from_label = label_source{
        "svc", std::get<matcher>(matcher::make("svc", matcher::op::matches, GENERATE("web", "shop_.*")))
    };
    CHECK(told(set, a_failure) == names{"d"});
    auto other = a_failure;
    other.service = "shop_db";
    CHECK(told(a_shop(), other) == names{"d"});
    other.service = "web"; // never seen: the name as the policy writes it
    CHECK(told(a_shop(), other) == names{"a", "b"});
}

TEST_CASE("a notifier is told on its occasions alone, of all that the decision is", "[notices]") {
    auto set = a_shop();
    set.notifiers[0].on = {occasion::held};
    set.notifiers[1].on = {occasion::at_max, occasion::scaled, occasion::failed};
    auto made = made_of({did::up, reason::at_max, false, {}});
    made.policy = "one";
    auto const notices = notices_of(set, made);
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].to == &set.notifiers[1]);
    CHECK(notices[0].on == occasions{occasion::scaled, occasion::at_max});
}

TEST_CASE("a hold is told by everybody until somebody writes, then by that one", "[notices][engine]") {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 300s};
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    rig.unavailable("gone");
    CHECK(rig.take_record().ours);
    rig.sleep();
    rig.observe(a_service(2, 7));
    auto const write = rig.take_update();
    rig.finish(update_result::accepted);
    CHECK(rig.take_record().ours); // the act
    auto view = written(a_service(2, 7), write);
    CHECK(rig.look(view).why == reason::cooldown_up);
    CHECK(rig.last().ours);

    view.state->over_version = view.version++;
    ++view.state->sequence;
    view.state->writer = "me2.1"; // our name is only the beginning of this one
    CHECK_FALSE(rig.look(view).ours);
    view.state->over_version = view.version++;
    ++view.state->sequence;
    view.state->writer = "me.77";
    CHECK(rig.look(view).ours);
}
