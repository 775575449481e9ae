// A policy file as values: what the loader gives and the engine reads. No behaviour, no positions, no
// defaults left open.
//
// A new key of the language needs: its field here; its line in policy/yaml; its place in rules.cpp or
// decide.cpp; its row in the policy reference; a test in tests/unit/yaml and one in tests/unit/core.
#pragma once

#include "policy/core/matcher.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace autoscaler::policy {

// A change of replicas as the language writes it: +n -n, +p% -p%, =n, max, min, hold.
struct scale_expression {
    enum class kind {
        delta,   // amount replicas more (or, negative, fewer)
        percent, // amount percent more (or, negative, fewer), at least one replica
        exact,   // amount replicas
        max,     // the upper bound in force
        min,     // the lower bound in force
        hold     // keep what is there: a veto on every way down
    };

    kind what = kind::hold;
    std::int64_t amount = 0;

    friend bool operator==(scale_expression const&, scale_expression const&) = default;

    // Relative steps depend on where the service stands, so they wait until the last one has taken effect.
    bool relative() const { return what == kind::delta || what == kind::percent; }
};

// How often one episode of an alert may act.
struct repeat_rhythm {
    enum class kind { always, interval, once };

    kind what = kind::always;
    duration interval{}; // for kind::interval: at least this long after the rule's last act

    friend bool operator==(repeat_rhythm const&, repeat_rhythm const&) = default;
};

// What the end of an episode that acted asks for.
struct resolved_action {
    enum class kind { hold, revert, scale };

    kind what = kind::hold;
    scale_expression scale{}; // for kind::scale

    friend bool operator==(resolved_action const&, resolved_action const&) = default;
};

// A rule on alerts: while an alert fires that all matchers match, its scale is proposed.
struct alert_rule {
    std::vector<matcher> matchers; // at least one
    scale_expression scale;
    duration for_{}; // counted from the alert's startsAt
    repeat_rhythm repeat;
    resolved_action on_resolved;
};

struct rule {
    std::string name; // unique in its policy
    int priority = 0; // of all rules of a service only the highest priority that speaks is heard
    std::variant<alert_rule> kind;
};

struct cooldown_times {
    duration up = std::chrono::seconds(60);
    duration down = std::chrono::seconds(300);

    friend bool operator==(cooldown_times const&, cooldown_times const&) = default;
};

// return: {after, by}: back towards min when no rule was active for `after`.
struct return_rule {
    duration after{};
    scale_expression by; // a delta or percent, written as a positive amount: replicas to take away

    friend bool operator==(return_rule const&, return_rule const&) = default;
};

enum class zero_mode {
    ignore, // 0 replicas while min > 0: switched off by hand, leave alone
    managed // correct it like any bound
};

// One entry of `policies:`.
struct service_policy {
    std::string name;    // unique in the file
    std::string service; // as written: the full name, or the name within the stack
    bool enabled = true;
    bool dry_run = false;
    std::int64_t min = 1;
    std::int64_t max = 1;
    zero_mode zero = zero_mode::ignore;
    cooldown_times cooldown;
    duration converge_timeout = std::chrono::minutes(2);
    std::optional<return_rule> give_back; // `return`
    std::vector<rule> rules;              // at least one, in file order
};

// The dead-man's switch: an alert that always fires while the monitoring is alive.
struct liveness_rule {
    std::vector<matcher> matchers; // at least one
    duration within = std::chrono::minutes(3);
};

// A whole policy file.
struct policy_set {
    std::string stack; // a service not found as written is tried as STACK_service; "" = none
    std::optional<liveness_rule> liveness;
    duration webhook_ttl = std::chrono::hours(5); // a webhook alert that nobody repeats ends after this
    std::vector<service_policy> policies;         // in file order
    std::string hash;                             // of the file's text, to tell two versions of it apart
};

} // namespace autoscaler::policy
