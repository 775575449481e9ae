// A decision and everything needed to explain it. A value that outlives the policies and alerts that it
// speaks of.
#pragma once

#include "policy/core/reason.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

enum class decided_action {
    up,
    down,
    hold,
    restart, // all tasks are placed anew, with the count as it is
    webhook  // a message goes out, with the service as it is
};

std::string_view to_string(decided_action action);

// One stage of the decision: what count came in, what count went out, and why.
struct trace_step {
    std::string_view stage; // a literal: bounds, external, rule, gate, stabilize, limit, bounds, conflict,
                            // rollout, pause, dry_run, write, act
    std::string policy;     // "" where the stage speaks of the service
    std::string rule;
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::string why; // a reason code, or the state that was met
};

// What a query said when it was decided: a number, or why there is none.
struct rule_value {
    std::string policy;
    std::string rule;
    std::optional<double> value;
    std::string detail; // where there is no value: empty, or what is wrong

    friend bool operator==(rule_value const&, rule_value const&) = default;
};

struct decision {
    time_point at;
    std::string service; // the full name where the service was seen, else as the policy writes it
    decided_action action = decided_action::hold;
    std::int64_t from = 0;
    std::int64_t to = 0;               // equal to `from` on hold
    std::optional<std::int64_t> would; // what a rollout, a pause or dry run withholds
    reason why = reason::no_signal;
    std::string policy; // the winner's; "" where no rule decided
    std::string rule;
    std::vector<std::uint64_t>
        alerts; // fingerprints of the winning rule's firing alerts, at most max_alerts_named
    std::vector<rule_value> values; // of all rules that poll
    std::vector<trace_step> trace;
    bool dry_run = false;      // by policies in dry run: nothing is ever written for it
    std::uint64_t version = 0; // of the service that was decided upon, and written over
    std::string error;         // the engine's words, where one kept us from reading or writing
    // Of several autoscalers, the one to tell people: of an act, who has made it; of a hold, who has written
    // the service last, or everybody where nobody has yet.
    bool ours = true;
};

// Both tell people the same, whatever has happened to get there.
bool same_outcome(decision const& a, decision const& b);

inline constexpr std::size_t max_alerts_named = 16;

} // namespace autoscaler::policy
