#include "decide_support.hpp"

namespace autoscaler::policy::testing {

rule_signal& decision_case::signal(std::size_t policy, std::size_t rule) {
    if (signals.size() <= policy)
        signals.resize(policy + 1);
    if (signals[policy].size() <= rule)
        signals[policy].resize(rule + 1);
    return signals[policy][rule];
}

void decision_case::fire(std::size_t rule, time_point since) {
    auto& what = signal(0, rule);
    what = {};
    what.active = true;
    what.since = since;
    what.heard = now;
    what.ends = now + 24h;
    what.alerts = {100 + rule};
}

void decision_case::silence(std::size_t rule) {
    auto& what = signal(0, rule);
    what = {};
    what.silenced = true;
    what.heard = now;
    what.ends = now + 24h;
    what.alerts = {100 + rule};
}

void decision_case::end(std::size_t rule, rule_signal::end how) {
    auto& what = signal(0, rule);
    what = {};
    what.heard = now;
    what.ended = how;
}

void decision_case::opened(time_point since, std::int64_t start_count, std::optional<time_point> acted) {
    memory.rules["web/x"].open =
        episode{.since = since, .start_count = start_count, .acted = acted, .by_webhook = false};
}

void decision_case::stand_at(std::int64_t replicas) {
    service.replicas = replicas;
    service.running = replicas;
    memory.last_set = replicas;
}

outcome decision_case::decide(bool accept) {
    std::vector<policy_input> inputs;
    for (std::size_t i = 0; i < policies.size(); ++i) {
        policy_input input{.policy = &policies[i], .signals = {}};
        for (std::size_t k = 0; k < policies[i].rules.size(); ++k)
            input.signals.push_back(signal(i, k));
        inputs.push_back(std::move(input));
    }
    auto made = policy::decide(
        {.policies = inputs, .service = service, .webhook_ttl = 5h, .live = live, .dry_run = dry_run},
        memory,
        now
    );
    memory = made.next;
    if (accept && made.result.action != decided_action::hold) {
        commit(memory, made.result, false);
        service.replicas = made.result.to;
        service.running = made.result.to;
        ++service.version;
    }
    return made;
}

} // namespace autoscaler::policy::testing
