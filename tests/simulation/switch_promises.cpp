// The promises about silences, pauses, episodes, and two versions of the policy file.
#include "server/driver/adapt.hpp"
#include "tests/simulation/promises.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

using policy::decided_action;
using policy::reason;

// The clocks of two autoscalers differ by this at most.
constexpr duration clocks_apart = 10s;

bool is_correction(policy::decision const& what) {
    return what.why == reason::bounds_max || what.why == reason::bounds_min;
}

} // namespace

// Nobody acts on an alert that he knows to be silenced, or against a pause; and no silence is taken for an
// end.
void promises::check_switches(attempt const& by, model::service const& before) {
    auto const& made = by.what.what;
    auto const against = [&](policy::pause_mode mode) {
        return mode == policy::pause_mode::both ||
               (made.action == decided_action::up && mode == policy::pause_mode::up) ||
               (made.action == decided_action::down && mode == policy::pause_mode::down);
    };
    auto const label = before.spec.labels.find(server::pause_label_name);
    if (label != before.spec.labels.end() && against(server::pause_of(label->second, made.at)))
        broken(by, "a write against the label that pauses it");
    if (by.pauses)
        for (auto const& each : *by.pauses)
            if (each.service == before.spec.name && in_force(each, made.at) && against(each.mode))
                broken(by, "a write in a pause");
    if (by.silences && made.why == reason::alert)
        for (auto const& each : *by.silences) {
            policy::label const alert{"alertname", made.rule};
            if (state_of(each, made.at) == policy::silence_state::active && covers(each, {&alert, 1}))
                broken(by, "a write on a silenced alert");
        }
    bool const taken_back =
        made.why == reason::give_back || (made.why == reason::resolved && made.rule == "Up");
    if (by.hears_up && taken_back && made.action == decided_action::down && !made.rule.empty() &&
        !made.policy.empty())
        broken(by, "less while the alert for more fires");
}

// A rule with a rhythm of its own keeps it, whoever acted before in this episode.
void promises::check_episode(attempt const& by) {
    auto const& made = by.what.what;
    auto const* const policy = policy_named(*by.policies, made.policy);
    auto const* const rule = policy ? rule_named(*policy, made.rule) : nullptr;
    auto const* const alert = rule ? std::get_if<policy::alert_rule>(&rule->kind) : nullptr;
    if (!alert || made.why != reason::alert || alert->repeat.what == policy::repeat_rhythm::kind::always)
        return;
    auto const episode = by.what.state.episodes.find(made.policy + "/" + made.rule);
    auto const* const last = last_of(by.told, [&](written const& each) {
        auto const& was = each.by.what.what;
        return was.policy == made.policy && was.rule == made.rule && was.why == reason::alert;
    });
    // Clocks differ, and an alert that ended between the two acts has opened another episode. A rollback puts
    // back the episodes of the label, too.
    if (!last || !clocks_kept(by) || rolled_back_.contains(by.what.id) ||
        episode == by.what.state.episodes.end() ||
        episode->second.since + clocks_apart > last->by.what.what.at)
        return;
    // Who hears of no alert tells in his label that its episode is done.
    for (auto const serial : by.told)
        if (serial > serial_of_.at(last->by.what.state.writer) &&
            !writes_[serial].by.what.state.episodes.contains(episode->first))
            return;
    if (alert->repeat.what == policy::repeat_rhythm::kind::once)
        broken(by, "a second act in an episode, after that of " + last->by.writer);
    else if (by.decided - last->by.decided < alert->repeat.interval)
        broken(by, "an act before its time, after that of " + last->by.writer);
}

// Two versions of the policy file must not chase each other with corrections.
void promises::check_undoing(attempt const& by) {
    auto const& made = by.what.what;
    if (!is_correction(made) || !clocks_kept(by))
        return;
    auto const* const last = last_of(by.told, [](written const& each) { return each.up() || each.down(); });
    if (!last || last->by.index == by.index || last->to != made.from ||
        last->up() == (made.action == decided_action::up))
        return;
    // Who has just started cannot tell what another has done from what it has done itself, with another file.
    auto const* const found = last_of(by.found, [](written const& each) { return each.up() || each.down(); });
    if (found == last)
        return;
    // What others than autoscalers did in between is theirs, and may be corrected at once.
    bool const touched = std::ranges::any_of(outside_, [&](outside const& each) {
        return each.id == by.what.id && each.at >= last->accepted;
    });
    if (touched)
        return;
    duration cooldown{};
    for (auto const& each : by.policies->policies)
        if (each.service == last->by.what.service && !each.dry_run)
            cooldown =
                std::max(cooldown, made.action == decided_action::up ? each.cooldown.up : each.cooldown.down);
    if (by.decided - last->by.decided < cooldown)
        broken(by, "a correction that undoes at once what " + last->by.writer + " did");
}

} // namespace autoscaler::simulation
