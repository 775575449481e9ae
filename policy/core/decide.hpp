// The decision function: pure, total, and the only place that says what a service should become.
// No clock, no I/O, no randomness; the history is copied. Policy language, section 2.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/history.hpp"
#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"
#include "policy/core/scale.hpp"
#include "policy/core/service_view.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// What is known for one rule at one moment: of its alerts, or of its query.
struct rule_signal {
    bool active = false;             // some matching alert fires
    time_point since;                // active: the earliest startsAt of the firing ones
    bool by_webhook = false;         // active: all of the firing ones came by webhook
    std::optional<time_point> heard; // when the last notice of a matching alert came, of whatever kind
    // Not active: how the last of them ended. Expired where it ran out and no resolved notice has come since.
    enum class end { unknown, resolved, expired } ended = end::unknown;
    // Not active, but alerts fire and silences cover each of them: the rule asks for nothing, and nothing of
    // it has ended. `by_webhook`, `only_kept`, `ends` and `alerts` then speak of these.
    bool silenced = false;
    // Active: the firing ones are known from local storage alone; nobody has confirmed them since the start.
    bool only_kept = false;
    std::optional<time_point> kept;    // when local storage had last heard of a matching webhook alert
    std::optional<time_point> ends;    // active: when it would run out if nobody confirmed it again
    std::vector<std::uint64_t> alerts; // active: fingerprints of the firing ones, at most max_alerts_named

    sample value;
    // When it was asked for; none: now. A step rule does not move a service on a value from before its last
    // change, or so soon after it (`every`) that it may not show it.
    std::optional<time_point> value_at;
};

// One policy that is attached to the service, with the signals of its rules in their order.
struct policy_input {
    service_policy const* policy = nullptr;
    std::vector<rule_signal> signals;
};

struct situation {
    std::span<policy_input const> policies; // in file order
    service_view const& service;
    duration webhook_ttl{};         // a loaded episode of webhook alerts waits this long for its source
    bool live = true;               // the monitoring is known to be alive (policy language, `live`)
    bool dry_run = false;           // decide, withhold, and say so
    duration clock_tolerance{};     // by which the clocks of autoscalers may differ
    std::string_view policy_hash{}; // of the policy file; "": not known, and nobody else's is known to differ
};

struct outcome {
    decision result;
    history next;                      // what is remembered whatever becomes of the decision
    std::optional<time_point> recheck; // when the same facts could lead to another decision
    std::vector<decision> acts;        // of action rules: one for each that has a cause
    bool deploy_settled = false;       // service_view.deployed has been dealt with, or changes nothing
};

// Never fails: whatever keeps it from acting is a hold with a reason.
outcome decide(situation const& facts, history const& memory, time_point now);

// The history after Swarm has accepted the decision (or, in dry run, as if it had): clocks, changes, the
// winning rule's episode. In dry run last_set stays the real count.
void commit(history& memory, decision const& accepted, bool dry_run);

} // namespace autoscaler::policy
