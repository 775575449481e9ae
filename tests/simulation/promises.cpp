#include "tests/simulation/promises.hpp"

#include "policy/core/bounds.hpp"
#include "server/driver/adapt.hpp"
#include "server/driver/state_label.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

using policy::decided_action;
using policy::reason;

// A deploy that Swarm does not start to roll out within this is none: a template change that no running task
// needs.
constexpr duration guard_patience = 30s;

bool is_correction(policy::decision const& what) {
    return what.why == reason::bounds_max || what.why == reason::bounds_min;
}

bool is_rollout(model::update_state state) {
    return state == model::update_state::updating || state == model::update_state::paused ||
           state == model::update_state::rollback_started || state == model::update_state::rollback_paused;
}

std::int64_t replicas_of(model::service const& of) {
    return static_cast<std::int64_t>(of.spec.replicas);
}

} // namespace

policy::service_policy const* policy_named(policy::policy_set const& all, std::string_view name) {
    auto const found = std::ranges::find(all.policies, name, &policy::service_policy::name);
    return found == all.policies.end() ? nullptr : &*found;
}

policy::rule const* rule_named(policy::service_policy const& of, std::string_view name) {
    auto const found = std::ranges::find(of.rules, name, &policy::rule::name);
    return found == of.rules.end() ? nullptr : &*found;
}

void promises::broken(attempt const& by, std::string_view promise) {
    stage_.break_promise(std::string(promise) + ": " + by.writer + " " + describe(by.what.what));
}

void promises::check(attempt const& by, model::service const& before, model::service const& after) {
    auto const text = after.spec.labels.find(server::state_label_name);
    stage_.say(
        by.writer,
        "has written " + before.spec.name + " as version " + std::to_string(after.version) + ": " +
            (text == after.spec.labels.end() ? "no state" : text->second)
    );
    check_bounds(by, before);
    check_rollout(by, before);
    check_pace(by);
    check_acts(by);
    check_undoing(by);
    check_switches(by, before);
    check_episode(by);
    check_label(by, before, after);
    auto const serial = writes_.size();
    writes_.push_back(
        {.by = by, .from = replicas_of(before), .to = replicas_of(after), .accepted = stage_.time.now()}
    );
    serial_of_[by.what.state.writer] = serial;
}

void promises::outside_change(std::string const& id, std::int64_t from, std::int64_t to) {
    if (from != to)
        outside_.push_back({.id = id, .at = stage_.time.now(), .delta = to - from});
}

void promises::shown(autoscaler& to, policy::service_view const& view) {
    bool const first = !to.knowledge().contains(view.id);
    auto& knowledge = to.knowledge()[view.id];
    auto const learn = [&](std::optional<policy::service_state> const& label, bool undone) {
        auto const found = label ? serial_of_.find(label->writer) : serial_of_.end();
        if (found == serial_of_.end())
            return;
        auto const& by = writes_[found->second].by;
        if (knowledge.knows.insert(found->second).second)
            knowledge.knows.insert(by.knows.begin(), by.knows.end());
        if (!undone && knowledge.told.insert(found->second).second)
            knowledge.told.insert(by.told.begin(), by.told.end());
    };
    learn(view.state, false);
    learn(view.previous_state, view.state.has_value()); // beside a label of its own it is what was undone
    if (first)
        knowledge.found = knowledge.knows;
    auto& last = shown_[{to.name(), view.id}];
    if (view.version < last.version)
        return stage_.counts.note(incident::stale_read_seen);
    if (view.state && view.state->sequence < last.sequence)
        stage_.counts.note(incident::label_below_known);
    if (!view.state && last.labelled)
        stage_.counts.note(incident::label_gone);
    std::string const writer = view.last_state() ? view.last_state()->writer : "";
    if (last.version == 0)
        last.first = stage_.time.now();
    // At first nothing is decided, for silences and pauses are read.
    bool const decides = stage_.time.now() - last.first > 6s;
    bool const by_others = decides && (writer.empty() || writer == last.writer);
    if (by_others && view.replicas != last.replicas)
        (view.replicas > last.replicas ? last.saw_up : last.saw_down) = stage_.time.now();
    last.writer = writer;
    last.replicas = view.replicas;
    last.version = view.version;
    last.labelled = view.state.has_value();
    if (view.state)
        last.sequence = view.state->sequence;
}

// A clock that is an hour wrong, one's own or another's, is not always found out: at a first look at a
// service it cannot be. What is promised then is tested with the engine alone.
bool promises::clocks_kept(attempt const& by) const {
    return by.clock_kept &&
           std::ranges::all_of(by.knows, [&](std::uint64_t serial) { return writes_[serial].by.clock_kept; });
}

void promises::check_bounds(attempt const& by, model::service const& before) {
    auto const& made = by.what.what;
    bool const scales = made.action == decided_action::up || made.action == decided_action::down;
    if (made.dry_run || made.action == decided_action::hold)
        broken(by, "a write that was not decided");
    if (by.what.replicas != made.to || (!scales && by.what.replicas != replicas_of(before)))
        broken(by, "a write that is not its decision");
    if (made.from != replicas_of(before))
        broken(by, "a write from a count that was not there");
    if (!scales)
        return;
    if ((made.action == decided_action::up) != (made.to > made.from))
        broken(by, "a write against its direction");
    std::int64_t least = 0;
    std::int64_t most = policy::unlimited_replicas;
    bool governed = false;
    for (auto const& each : by.policies->policies) {
        bool const names = each.from_label ? each.from_label->allow.matches_value(before.spec.name)
                                           : each.service == before.spec.name;
        if (!names || !each.enabled || each.dry_run || only_acts(each))
            continue;
        auto const allowed = before.spec.labels.find(server::enable_label_name);
        if (each.from_label && (allowed == before.spec.labels.end() || allowed->second != "true"))
            continue;
        policy::service_policy const* const one = &each;
        auto const bounds = policy::common_bounds({&one, 1}, made.at);
        least = std::max(least, bounds.min);
        most = std::min(most, bounds.max);
        governed = true;
    }
    if (!governed)
        broken(by, "a write to a service that no policy may write");
    // What a deploy took comes back also below a minimum that has risen since.
    if (made.to > most || (made.to < least && made.why != reason::restored_after_deploy))
        broken(by, "a write out of bounds");
}

void promises::check_rollout(attempt const& by, model::service const& before) {
    bool const at_risk =
        !before.spec.update || before.spec.update->on_failure != model::failure_action::proceed;
    auto const* const policy = policy_named(*by.policies, by.what.what.policy);
    bool const scales = !by.what.restart && by.what.what.action != decided_action::webhook;
    bool const updating = before.status && before.status->state == model::update_state::updating;
    bool const permitted =
        updating && scales && !at_risk && (!policy || policy->during_update != policy::update_conduct::hold);
    if (before.status && is_rollout(before.status->state) && !permitted)
        broken(by, "a write into a rollout (" + std::string(to_string(before.status->state)) + ")");
    auto const age = to_model(stage_.time.now()) - before.updated_at;
    bool const just_deployed = deploy_in_flight(before) && age < guard_patience;
    if (just_deployed &&
        (at_risk || !scales || (policy && policy->during_update == policy::update_conduct::hold)))
        broken(by, "a write upon a deploy of this instant");
}

// Cooldowns in true time, whoever stepped before.
void promises::check_pace(attempt const& by) {
    auto const& made = by.what.what;
    auto const* const policy = policy_named(*by.policies, made.policy);
    if (!policy || is_correction(made) || made.why == reason::restored_after_deploy)
        return;
    if (!clocks_kept(by))
        return;
    check_adopted(by, *policy);
    auto const too_soon = [&](written const* last, duration pause) {
        return last && by.decided - last->by.decided < pause;
    };
    if (made.action == decided_action::up) {
        // Also where a rollback has undone it: then the autoscaler waits as if it had stepped by itself.
        auto const* const last = last_of(by.knows, [](written const& each) { return each.up(); });
        if (too_soon(last, policy->cooldown.up))
            broken(
                by,
                "an up " + std::to_string((by.decided - last->by.decided).count()) + " ms after that of " +
                    last->by.writer + ", cooldown " + std::to_string(policy->cooldown.up.count()) + " ms"
            );
    } else if (made.action == decided_action::down) {
        auto const* const last =
            last_of(by.told, [](written const& each) { return each.up() || each.down(); });
        if (too_soon(last, policy->cooldown.down))
            broken(
                by,
                "a down " + std::to_string((by.decided - last->by.decided).count()) +
                    " ms after the change by " + last->by.writer + ", cooldown " +
                    std::to_string(policy->cooldown.down.count()) + " ms"
            );
    }
    auto const* const rule = rule_named(*policy, made.rule);
    auto const* const steps = rule ? std::get_if<policy::step_rule>(&rule->kind) : nullptr;
    if (steps && made.why == reason::threshold) {
        auto const* const last =
            last_of(by.told, [](written const& each) { return each.up() || each.down(); });
        if (too_soon(last, steps->query.every))
            broken(by, "a step rule faster than its `every`");
    }
}

// What others have done to the count is adopted when it is first seen, and counts as a step.
void promises::check_adopted(attempt const& by, policy::service_policy const& policy) {
    auto const seen = shown_.find({by.writer, by.what.id});
    if (seen == shown_.end() || policy.from_label) // one that alerts bring begins anew each time
        return;
    auto const young = [&](std::optional<time_point> at, duration pause) {
        return at && by.decided - *at < pause;
    };
    // What a deploy has lowered may be waiting to be put back, by an autoscaler or by a rollback.
    for (auto const& each : by.policies->policies)
        if (each.on_external == policy::external_mode::restore)
            return;
    bool const up = by.what.what.action == decided_action::up;
    bool const down = by.what.what.action == decided_action::down;
    if (up && young(seen->second.saw_up, policy.cooldown.up))
        broken(by, "an up within the cooldown of what others did");
    if (down && (young(seen->second.saw_up, policy.cooldown.down) ||
                 young(seen->second.saw_down, policy.cooldown.down)))
        broken(by, "a down within the cooldown of what others did");
}

void promises::check_acts(attempt const& by) {
    auto const& made = by.what.what;
    if (made.action != decided_action::restart && made.action != decided_action::webhook)
        return;
    auto const* const policy = policy_named(*by.policies, made.policy);
    auto const* const rule = policy ? rule_named(*policy, made.rule) : nullptr;
    auto const* const act = rule ? std::get_if<policy::action_rule>(&rule->kind) : nullptr;
    if (!act)
        return broken(by, "an act of no rule");
    auto const* const last = last_of(by.told, [&](written const& each) {
        auto const& was = each.by.what.what;
        return was.action == made.action && was.policy == made.policy && was.rule == made.rule;
    });
    if (last && clocks_kept(by) && by.decided - last->by.decided < act->cooldown)
        broken(by, "an act within its cooldown, after " + last->by.writer);
}

} // namespace autoscaler::simulation
