#include "server/trial/world.hpp"

#include "server/driver/adapt.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::trial {

using policy::pause_mode;
using policy::time_point;

namespace {

policy::stuck_state stuck_of(test_file::stuck_kind kind) {
    switch (kind) {
    case test_file::stuck_kind::none:
        return policy::stuck_state::none;
    case test_file::stuck_kind::unschedulable:
        return policy::stuck_state::unschedulable;
    case test_file::stuck_kind::crash_looping:
        return policy::stuck_state::crash_looping;
    }
    return policy::stuck_state::none;
}

// Whoever pauses a direction is heard.
pause_mode both_of(pause_mode a, pause_mode b) {
    if (a == pause_mode::none || a == b)
        return b;
    return b == pause_mode::none ? a : pause_mode::both;
}

} // namespace

world::world(test_file::test const& test) : test_(test) {
    view_.id = "id";
    view_.name = test.service_name;
    view_.version = 1;
    view_.replicas = 1;
    auto first = test.service;
    bool const deployed = std::exchange(first.deployed, {}).value_or(false);
    set(first);
    view_.state = to_state(first_history(), "");
    view_.state->sequence = 1;
    if (deployed)
        deploy();
}

void world::set(test_file::service_fields const& fields) {
    view_.replicas = fields.replicas.value_or(view_.replicas);
    view_.mode = fields.mode.value_or(view_.mode);
    view_.update = fields.update.value_or(view_.update);
    view_.pause = fields.pause.value_or(view_.pause);
    view_.rollback_at_risk = fields.rollback_at_risk.value_or(view_.rollback_at_risk);
    running_ = fields.running.value_or(running_);
    labels_ = fields.labels.value_or(labels_);
    if (fields.stuck)
        stuck_ = stuck_of(*fields.stuck);
    missing_ = fields.missing || (missing_ && !fields.mode);
}

void world::change(test_file::service_fields const& fields) {
    set(fields);
    ++view_.version;
    if (fields.deployed.value_or(false))
        deploy();
}

// `docker stack deploy` with another image: it knows nothing of our label, which stays behind in
// PreviousSpec.
void world::deploy() {
    ++view_.version;
    ++view_.template_digest;
    if (view_.state) // else the label went with an earlier deploy
        view_.previous_state = std::exchange(view_.state, std::nullopt);
}

void world::apply(policy::action::update const& write) {
    ++view_.version;
    view_.replicas = write.replicas;
    if (write.restart)
        ++view_.template_digest;
    view_.previous_state = std::exchange(view_.state, write.state);
}

policy::service_view world::view(time_point now) const {
    auto shown = view_;
    shown.running = running_.count.value_or(view_.replicas);
    shown.stuck = stuck_;
    auto const opt_in = labels_.find(opt_in_label_name);
    shown.opted_in = opt_in != labels_.end() && opt_in->second == "true";
    if (auto const label = labels_.find(pause_label_name); label != labels_.end())
        shown.pause = both_of(shown.pause, pause_of(label->second, now));
    return shown;
}

std::variant<policy::service_view, policy::event::not_found, policy::event::unavailable>
world::answer(time_point now) const {
    if (missing_)
        return policy::event::not_found{};
    return view(now);
}

policy::history world::first_history() const {
    auto const& given = test_.history;
    if (given.fresh)
        return fresh_history(test_.clock);
    auto const time = [this](std::optional<policy::duration> at) {
        return at ? std::optional(test_.clock + *at) : std::nullopt;
    };
    policy::history memory = remembered_rules();
    memory.last_set = given.last_set.value_or(view_.replicas);
    memory.last_up = time(given.last_up);
    memory.last_down = time(given.last_down);
    memory.boot = time(given.boot).value_or(time_point{});
    memory.sequence = 1;
    auto events = given.events;
    std::ranges::sort(events, {}, &test_file::past_change::at);
    for (auto const& change : events)
        append(
            memory.changes,
            {.at = test_.clock + change.at, .delta = change.delta},
            policy::max_remembered_changes
        );
    auto wishes = given.recommendations;
    std::ranges::sort(wishes, {}, &test_file::past_wish::at);
    for (auto const& wish : wishes)
        memory.wishes.push_back({.at = test_.clock + wish.at, .replicas = wish.replicas});
    for (auto const& [policy, since] : given.idle_since)
        memory.busy[policy] = test_.clock + since;
    cap_times(memory, test_.clock);
    return memory;
}

std::vector<std::string> world::first_attached() const {
    auto const& given = test_.history;
    std::vector<std::string> names;
    for (auto const& policy : test_.policy->policies->policies) {
        bool const begun = std::ranges::any_of(policy.rules, [&](auto const& rule) {
            return given.episodes.contains(policy::memory_key(policy.name, rule.name));
        });
        if (begun || given.idle_since.contains(policy.name))
            names.push_back(policy.name);
    }
    return names;
}

policy::history world::remembered_rules() const {
    policy::history memory;
    for (auto const& [key, past] : test_.history.episodes)
        memory.rules[key].open = policy::episode{
            .since = test_.clock + past.since,
            .start_count = past.start,
            .acted = past.acted ? std::optional(test_.clock + *past.acted) : std::nullopt,
            .by_webhook = false
        };
    for (auto const& [key, since] : test_.history.missing_since)
        memory.rules[key].missing_since = test_.clock + since;
    return memory;
}

policy::history world::started(policy::history memory, time_point now) const {
    for (auto const& policy : test_.policy->policies->policies)
        memory.busy[policy.name] = now;
    return memory;
}

policy::history world::labelled_history(time_point now) const {
    return started(policy::first_history(view_, now), now);
}

policy::history world::fresh_history(time_point now) const {
    policy::history memory = started(policy::fresh_history(view_, now), now);
    // So that the label, which is still there, brings nothing back.
    memory.sequence = view_.last_state() ? view_.last_state()->sequence : 0;
    return memory;
}

} // namespace autoscaler::server::trial
