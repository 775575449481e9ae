// What one rule wants of a service. Rules propose, decide() disposes.
#pragma once

#include "policy/core/decide.hpp"

namespace autoscaler::policy {

// In rising order of precedence among rules of one priority. `silent` says why nothing is wanted, and gives
// way to everything else, whatever its priority.
enum class wish { abstain, silent, down, hold, up };

struct proposal {
    wish what = wish::abstain;
    std::int64_t replicas = 0;
    reason why = reason::no_signal;
    bool relative = false; // a step from where the service stands: waits until the last one has taken effect
    bool free = false;     // puts back what a deploy took: before every rule, without cooldown or limit
    int priority = 0;
    service_policy const* policy = nullptr;
    rule const* origin = nullptr; // none for `return`
    rule_signal const* signal = nullptr;
};

// What a rule sees of the world besides its own signal.
struct rule_context {
    std::int64_t replicas = 0;
    std::optional<std::int64_t> running; // none: not counted
    replica_bounds bounds;
    std::optional<time_point> last_up;
    std::optional<time_point> last_change; // of the count, whoever made it
    duration warmup{};
    duration webhook_ttl{};
    duration clock_tolerance{};
    bool live = true;
    bool silenced = false; // the alerts of a rule of the service fire and are all silenced
    time_point now;
};

// A wish for `wanted`: up, down or, where it would not move the count, hold.
proposal towards(std::int64_t wanted, std::int64_t replicas, reason why);

proposal hold(reason why, std::int64_t replicas);

// Whether what is heard of the alerts, firing ones, is a word of the source of the open episode: of one that
// was loaded, and is not a webhook's, what local storage has kept is none.
bool speaks_for_episode(rule_signal const& signal, rule_memory const& memory);

// True while a loaded episode still waits for a word of its source.
bool awaits_source(
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
);

// Follows the episode of an alert rule in `memory` and says what the rule wants. `recheck` becomes the moment
// at which the same signal could ask for something else.
proposal propose(
    alert_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
);

// Evaluates a rule that polls, and keeps in `memory` since when its steps hold and its value is missing.
proposal propose(
    step_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
);
proposal propose(
    target_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
);

// What `return` wants of a policy whose rules were last busy at `busy`.
proposal propose_return(
    service_policy const& policy,
    time_point busy,
    rule_context const& context,
    std::optional<time_point>& recheck
);

} // namespace autoscaler::policy
