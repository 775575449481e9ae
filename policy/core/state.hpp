// What the service label swarm.autoscaler.state holds: the part of the history that lives in Swarm's Raft
// store and survives restarts, written in one update with the replicas. The server turns it into JSON and
// back.
#pragma once

#include "policy/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::policy {

// A change of replicas that was seen or made.
struct replica_change {
    time_point at;
    std::int64_t delta = 0;
    // In memory: what labels call `at`, by the clock of whoever has told of it; none while no label tells of
    // it. With `delta` it is the name of the change, by which it is found again in every later label.
    std::optional<time_point> stamp = {};

    friend bool operator==(replica_change const& a, replica_change const& b) {
        return a.at == b.at && a.delta == b.delta;
    }
};

// One stretch of time in which an alert rule was active.
struct episode {
    time_point since;                // when it was opened
    std::int64_t start_count = 0;    // replicas at that time: where `revert` goes back to
    std::optional<time_point> acted; // the last act of the rule in this episode
    bool by_webhook =
        false; // its alerts came by webhook alone, so only a resolved notice or their time to live ends it

    friend bool operator==(episode const&, episode const&) = default;
};

struct service_state {
    std::uint64_t sequence = 0; // `q`: grows by one with each write
    std::string writer;         // `w`: INSTANCE.COUNTER, new in each write: says whose write this is
    // `i`: the Version.Index that was written over; 0 where the label does not say. Versions only grow, so it
    // tells a label that was written since we have last looked from one that a rollback has put back.
    std::uint64_t over_version = 0;
    std::int64_t last_set = 0;
    std::optional<time_point> last_up;
    std::optional<time_point> last_down;
    std::vector<replica_change> changes; // oldest first, at most max_changes
    std::string policy_hash;
    std::map<std::string, episode, std::less<>> episodes; // by POLICY/RULE
    std::map<std::string, time_point, std::less<>> acts;  // by POLICY/RULE: the last act of an action rule

    friend bool operator==(service_state const&, service_state const&) = default;
};

// More changes than this in the label are merged, the oldest two into one, so that it stays below 1 KiB.
inline constexpr std::size_t max_changes = 24;

// Adds a change, newest last, and merges the oldest two where there are more than `most`.
void append(std::vector<replica_change>& changes, replica_change change, std::size_t most = max_changes);

// Merges the oldest two: their deltas add up, the later time counts. Needs at least two.
void merge_oldest(std::vector<replica_change>& changes);

} // namespace autoscaler::policy
