// A policy file as values: what the loader gives and the engine reads. No behaviour, no positions, no
// defaults left open.
//
// A new key of the language needs: its field here; its line in policy/yaml; its place in rules.cpp or
// decide.cpp; its row in the policy reference; a test in tests/unit/yaml and one in tests/unit/core.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/core/matcher.hpp"
#include "policy/core/notifier.hpp"
#include "policy/core/schedule.hpp"
#include "policy/core/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

// How several series of one answer become one value.
enum class series_reduction {
    error, // more than one series is a mistake in the query
    average,
    max,
    min,
    sum
};

// What a rule does while its query has no value: no series, an error, NaN or an infinity.
struct missing_rule {
    enum class kind {
        hold,    // keep what is there: a veto on every way down
        ignore,  // say nothing
        zero,    // an empty answer is the value 0; an error is none
        fallback // hold, and after a time go to a safe count
    };

    kind what = kind::hold;
    std::int64_t replicas = 0; // of a fallback
    duration after{};
    bool at_least = true; // a fallback that never takes replicas away

    friend bool operator==(missing_rule const&, missing_rule const&) = default;
};

// A PromQL query that we poll.
struct query_source {
    std::string promql;                        // `$service` stands for the full name of the service
    duration every = std::chrono::seconds(15); // Prometheus' own usual evaluation interval
    series_reduction reduce = series_reduction::error;
    missing_rule on_missing;

    friend bool operator==(query_source const&, query_source const&) = default;
};

// `> 20`: how a value must stand to a number. Compares exactly.
struct threshold {
    enum class comparison { greater, greater_equal, less, less_equal };

    comparison than = comparison::greater;
    double bound = 0;

    friend bool operator==(threshold const&, threshold const&) = default;

    bool holds(double value) const {
        switch (than) {
        case comparison::greater:
            return value > bound;
        case comparison::greater_equal:
            return value >= bound;
        case comparison::less:
            return value < bound;
        case comparison::less_equal:
            return value <= bound;
        }
        return false;
    }
};

struct value_step {
    threshold when;
    scale_expression scale;
    duration for_{}; // so long must `when` have held without a break

    friend bool operator==(value_step const&, value_step const&) = default;
};

// A rule that steps up or down where a polled value crosses thresholds.
struct step_rule {
    query_source query;
    std::vector<value_step> steps; // at least one
};

// A rule that keeps a polled value at a target, as Kubernetes' HorizontalPodAutoscaler does.
struct target_rule {
    enum class mode {
        average, // the value is per task
        total,   // the value is of the whole service, the target per replica
        replicas // the value is the count
    };

    query_source query;
    double target = 1; // above 0; unused where the value is the count
    mode what = mode::average;
    double tolerance_up = 0.1; // HPA's default, both ways
    double tolerance_down = 0.1;
};

// A rule that does something else than scaling, once per episode of its alert or for each node that joins.
struct action_rule {
    enum class kind {
        restart, // ForceUpdate + 1: Swarm places all tasks anew
        webhook  // POST to `target`
    };

    kind what = kind::restart;
    std::vector<matcher> matchers; // none where a node that joins is the cause
    duration for_{};               // counted from the alert's startsAt, or from the last node that joined
    duration cooldown = std::chrono::minutes(10); // `action_cooldown`: between two acts of this rule
    webhook_target target;                        // of a webhook

    bool on_node_joined() const { return matchers.empty(); }
};

struct rule {
    std::string name; // unique in its policy
    int priority = 0; // of all rules of a service only the highest priority that speaks is heard
    std::variant<alert_rule, step_rule, target_rule, action_rule> kind;
};

// The query of a rule that has one.
inline query_source const* query_of(rule const& what) {
    if (auto const* steps = std::get_if<step_rule>(&what.kind))
        return &steps->query;
    if (auto const* target = std::get_if<target_rule>(&what.kind))
        return &target->query;
    return nullptr;
}

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

// Windows of time over which wishes are smoothed: up to the lowest, down to the highest wish of the window.
struct stabilization {
    duration up{};
    duration down{};

    friend bool operator==(stabilization const&, stabilization const&) = default;
};

// At most so many replicas, or percent of those at its start, within a period.
struct rate_limit {
    std::int64_t amount = 0;
    bool percent = false;
    duration period{};

    friend bool operator==(rate_limit const&, rate_limit const&) = default;
};

// The limits of one direction. An empty list limits nothing.
struct direction_limits {
    enum class select { max, min }; // which entry counts: the one that allows more, or less

    bool disabled = false; // the service never moves this way
    std::vector<rate_limit> entries;
    select which = select::max;

    friend bool operator==(direction_limits const&, direction_limits const&) = default;
};

// What may be written while a rolling update is under way, in rising order of freedom.
enum class update_conduct { hold, allow_up, allow };

// What to do with a count that a deploy has lowered.
enum class external_mode {
    adopt,  // it is the new state of things
    restore // put back what was there
};

// After converge_timeout, while tasks of the last step up still do not run.
enum class stuck_mode { hold, proceed };

// A service whose name an alert's label gives.
struct label_source {
    std::string label;
    matcher allow; // on that label: the names that count

    friend bool operator==(label_source const&, label_source const&) = default;
};

// The `max` of a policy that has none because it never scales.
inline constexpr std::int64_t unlimited_replicas = 1'000'000'000;

// One entry of `policies:`.
struct service_policy {
    std::string name;    // unique in the file
    std::string service; // as written: the full name, or the name within the stack; "" where a label gives it
    std::optional<label_source> from_label;
    bool enabled = true;
    bool dry_run = false;
    std::int64_t min =
        1; // 0 and unlimited_replicas where all rules are action rules: such a policy binds nothing
    std::int64_t max = 1;
    zero_mode zero = zero_mode::ignore;
    cooldown_times cooldown;
    stabilization stabilize;
    direction_limits limit_up;
    direction_limits limit_down;
    duration warmup{}; // after a step up, query rules do not ask for more
    duration converge_timeout = std::chrono::minutes(2);
    stuck_mode on_stuck = stuck_mode::hold;
    update_conduct during_update = update_conduct::hold;
    external_mode on_external = external_mode::adopt;
    std::optional<return_rule> give_back;   // `return`
    std::vector<schedule_window> schedules; // the first active one counts
    std::vector<std::string> notify;        // names of notifiers
    std::vector<rule> rules;                // at least one, in file order
};

// A policy that never scales: it binds nothing and has no say in how fast others may.
inline bool only_acts(service_policy const& policy) {
    return std::ranges::all_of(policy.rules, [](rule const& each) {
        return std::holds_alternative<action_rule>(each.kind);
    });
}

// The dead-man's switch: an alert that always fires while the monitoring is alive.
struct liveness_rule {
    std::vector<matcher> matchers; // at least one
    duration within = std::chrono::minutes(3);
};

// Where queries are asked.
struct prometheus_source {
    std::vector<std::string> urls{"http://prometheus:9090"}; // tried in order
    duration timeout = std::chrono::seconds(2);              // of one question to one url
    duration reconcile{}; // /api/v1/alerts is read this often; 0: at the start only
    std::vector<std::pair<std::string, std::string>> external_labels; // added to what it lists
    http_config http;

    friend bool operator==(prometheus_source const&, prometheus_source const&) = default;
};

// An Alertmanager that is asked at the start for what it has as firing.
struct alertmanager_source {
    std::string url;        // the address of the server alone
    std::string receiver{}; // only what is routed to it; "" = everything
    http_config http;

    friend bool operator==(alertmanager_source const&, alertmanager_source const&) = default;
};

// A whole policy file.
struct policy_set {
    std::string stack; // a service not found as written is tried as STACK_service; "" = none
    std::optional<prometheus_source> prometheus;    // set wherever a rule has a query
    std::vector<alertmanager_source> alertmanagers; // in file order
    std::optional<liveness_rule> liveness;
    duration webhook_ttl = std::chrono::hours(5); // a webhook alert that nobody repeats ends after this
    std::vector<notifier> notifiers;              // in file order
    std::vector<service_policy> policies;         // in file order
    std::string hash;                             // of the file's text, to tell two versions of it apart
};

} // namespace autoscaler::policy
