#include "support/policy_test_world.hpp"

#include <utility>

namespace autoscaler::policy::testing {

namespace {

void note_unsupported(test_file::service_fields const& fields, std::vector<std::string>& out) {
    if (fields.deployed.value_or(false))
        out.emplace_back("`deployed` is not known to the core yet");
    if (fields.stuck.value_or(test_file::stuck_kind::none) != test_file::stuck_kind::none)
        out.emplace_back("`stuck` is not known to the core yet");
    if (fields.rollback_at_risk.value_or(false))
        out.emplace_back("`rollback_at_risk` is not known to the core yet");
    if (fields.labels && !fields.labels->empty())
        out.emplace_back("`labels` are not known to the core yet");
}

} // namespace

test_world::test_world(test_file::test const& test) : test_(test) {
    view_.id = "id";
    view_.name = test.service_name;
    view_.version = 1;
    view_.replicas = 1;
    set(test.service);
    if (!test.history.fresh) {
        view_.state = to_state(first_history(), "");
        view_.state->sequence = 1;
    }
}

std::vector<std::string> test_world::unsupported() const {
    std::vector<std::string> out;
    note_unsupported(test_.service, out);
    for (auto const& step : test_.steps) {
        if (step.service)
            note_unsupported(*step.service, out);
        if (!step.samples.empty())
            out.emplace_back("`samples` are not known to the core yet");
    }
    if (!test_.history.recommendations.empty() || !test_.history.missing_since.empty())
        out.emplace_back("`recommendations` and `missing_since` are not known to the core yet");
    return out;
}

void test_world::set(test_file::service_fields const& fields) {
    view_.replicas = fields.replicas.value_or(view_.replicas);
    view_.mode = fields.mode.value_or(view_.mode);
    view_.update = fields.update.value_or(view_.update);
    view_.pause = fields.pause.value_or(view_.pause);
    running_ = fields.running.value_or(running_);
    missing_ = fields.missing || (missing_ && !fields.mode);
}

void test_world::change(test_file::service_fields const& fields) {
    set(fields);
    ++view_.version;
}

void test_world::apply(action::update const& write) {
    ++view_.version;
    view_.replicas = write.replicas;
    view_.previous_state = std::exchange(view_.state, write.state);
}

std::variant<service_view, event::not_found, event::unavailable> test_world::answer(bool tasks) const {
    if (missing_)
        return event::not_found{};
    auto shown = view_;
    if (tasks)
        shown.running = running_.count.value_or(view_.replicas);
    return shown;
}

history test_world::first_history() const {
    auto const& given = test_.history;
    if (given.fresh)
        return fresh_history(test_.clock);
    auto const time = [this](std::optional<duration> at) {
        return at ? std::optional(test_.clock + *at) : std::nullopt;
    };
    history memory;
    memory.last_set = given.last_set.value_or(view_.replicas);
    memory.last_up = time(given.last_up);
    memory.last_down = time(given.last_down);
    memory.boot = time(given.boot).value_or(time_point{});
    memory.sequence = 1;
    for (auto const& change : given.events)
        append(memory.changes, {.at = test_.clock + change.at, .delta = change.delta});
    for (auto const& [key, past] : given.episodes)
        memory.rules[key].open = episode{
            .since = test_.clock + past.since,
            .start_count = past.start,
            .acted = time(past.acted),
            .by_webhook = false
        };
    for (auto const& [policy, since] : given.idle_since)
        memory.busy[policy] = test_.clock + since;
    cap_times(memory, test_.clock);
    return memory;
}

history test_world::idle_from(history memory, time_point now) const {
    for (auto const& policy : test_.policy->policies->policies)
        memory.busy[policy.name] = now;
    return memory;
}

history test_world::labelled_history(time_point now) const {
    return idle_from(policy::first_history(view_, now), now);
}

history test_world::fresh_history(time_point now) const {
    history memory = idle_from(policy::fresh_history(view_, now), now);
    memory.sequence = view_.state ? view_.state->sequence : 0;
    return memory;
}

} // namespace autoscaler::policy::testing
