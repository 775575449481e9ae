// What the autoscaler remembers of one service (H of the decision function), and how memory and the state
// label are joined. Values and pure functions; the engine owns one history per service ID.
//
// Clocks. Autoscalers run on nodes whose clocks differ, by `clock_tolerance` at most where they are kept.
// Every time in a history is by our own clock; what labels call it, by the clock of its writer, is its stamp.
// - A step, a change or an act of another counts from its stamp plus the tolerance, and never from after now:
//   no clock within the tolerance lets us follow earlier than the cooldown, and since a label is seen soon
//   after it is written this costs next to nothing. That holds for cooldowns, `repeat`, limits, `every` and
//   the cooldown of acts alike, as all of them look back at these times.
// - A stamp that, even so, lies before our last look at the service without that step is by a clock that is
//   further off, or of a write that was long on its way: the step counts from now, when it was found. A clock
//   that is an hour wrong, either way, shortens no cooldown of those who watch, and holds nobody up.
// - Stamps are passed on as they were told, else each hand-over would add the tolerance anew, and the same
//   change would have another name in each label.
// - `boot`, `busy`, wishes and since when a step holds are of this instance alone and need no tolerance.
// - Without a memory of our own a label far in the past cannot be told from one by a clock that is slow: at a
//   first look only the tolerance helps.
#pragma once

#include "policy/core/service_view.hpp"
#include "policy/core/state.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// The end of an episode that acted, while what `on_resolved` asks for is not done.
struct pending_resolved {
    episode of;
    bool expired = false; // its alerts ran out and nobody said that they are resolved

    friend bool operator==(pending_resolved const&, pending_resolved const&) = default;
};

struct rule_memory {
    std::optional<episode> open;
    // Set while `open` comes from a label or from local storage: the alert behind it was not heard of yet. It
    // is neither closed nor acted upon as resolved before that, or before source_patience has passed since.
    std::optional<time_point> unheard_since;
    // Another autoscaler has seen the end of `open` and done what it asks for.
    bool settled = false;
    std::optional<pending_resolved> resolved;
    // Of a rule that polls.
    std::vector<std::optional<time_point>> holding_since; // by step: since when its `when` holds
    std::optional<time_point> missing_since;              // since when its query has no value
    // Of an action rule.
    std::optional<time_point> last_act;
    std::optional<time_point> joined; // a node has joined, and the rule has not acted since
    // What the label calls the last act of `open` or `resolved`, and `last_act`; none while it tells of none.
    std::optional<time_point> acted_stamp;
    std::optional<time_point> act_stamp;

    friend bool operator==(rule_memory const&, rule_memory const&) = default;
};

// What the rules of a service wanted together at one moment, before cooldowns: stabilization looks back at
// it.
struct wish_record {
    time_point at;
    std::int64_t replicas = 0;

    friend bool operator==(wish_record const&, wish_record const&) = default;
};

struct history {
    std::optional<std::int64_t>
        last_set; // replicas as we last set or saw them; none before the first observation
    std::optional<time_point> last_up;
    std::optional<time_point> last_down;
    time_point boot;                     // start of a daemon without saved history: downs wait from here
    std::vector<replica_change> changes; // oldest first
    std::vector<wish_record> wishes;     // oldest first; of equal counts only the latest
    std::map<std::string, rule_memory, std::less<>> rules; // by POLICY/RULE
    std::map<std::string, time_point, std::less<>>
        busy; // by policy: when one of its rules last said up or hold

    // What the label calls last_up and last_down; none while it does not tell of them.
    std::optional<time_point> up_stamp;
    std::optional<time_point> down_stamp;

    bool changed_by_other = false; // the last change of replicas was a step of another autoscaler
    // The policy file of the last write, and how many cuts by our own file another file has undone, one soon
    // after the other.
    std::string written_under;
    unsigned undone_cuts = 0;
    std::optional<time_point> undone_at;

    std::uint64_t sequence = 0;     // the highest `q` of the label known
    std::string writer;             // the `w` of the youngest label known
    std::uint64_t seen_version = 0; // Version.Index of the last look that this takes in; 0: not known

    friend bool operator==(history const&, history const&) = default;
};

// A loaded episode waits this long for a word of its source (policy language, section 2).
inline constexpr duration source_patience = std::chrono::minutes(5);

// More changes than this are merged in memory. Limits look back at them, so it is more than the label holds:
// at a step each two seconds, more than a quarter of an hour.
inline constexpr std::size_t max_remembered_changes = 500;

// POLICY/RULE: the name of a rule's memory.
std::string memory_key(std::string_view policy, std::string_view rule);

// How a label is to be read.
struct label_reading {
    duration clock_tolerance{};
    std::optional<time_point> last_look; // when we asked for what we have seen last of the service
    std::string instance{};              // our own name: what is written under it is by our own clock
    std::string policy_hash{};           // of our own file
};

// Cuts that were undone longer ago than this say nothing of today.
inline constexpr duration undone_memory = std::chrono::hours(2);

// A first observation: from the state label, after a deploy that dropped it from PreviousSpec's, else from
// nothing. Times after `now` become `now`.
history first_history(service_view const& view, time_point now, duration clock_tolerance = {});

// A first observation that takes nothing from labels: ups are free, downs wait for their cooldown.
history fresh_history(service_view const& view, time_point now);

// Whether the label was written since our last look: by the version that it was written over, else, of
// labels that do not tell, by a higher `q`. What a rollback has put back is no news, and what was written on
// top of that is, by whoever has missed the steps between and so counts `q` from a lower number.
bool is_news(service_state const& label, history const& memory);

// A later observation of the same service: takes in what another autoscaler, or a write of ours whose answer
// was lost, has put into the label, also where a deploy has pushed it into PreviousSpec since. A label as
// known, an older one or none leaves memory as it is. Returns whether the label brought something new.
bool join(history& memory, service_view const& view, time_point now, label_reading const& how = {});

// What local storage has kept, as it counts from `now` on.
history loaded_history(history saved, time_point now);

// No policy was idle before the last up.
void renew_busy(history& memory);

// All that the memory holds is in a label from now on, under the times that it has.
void note_told(history& memory);

// A rollback may have undone steps that nobody will hear of any more: ups wait as if there had been one now.
void note_rollback(history& memory, time_point now);

// The clock was set back to `now`: no time lies after it.
void cap_times(history& memory, time_point now);

// The clock was set, forward or back, `by` this much: all times keep their distance from now.
void shift_times(history& memory, duration by);

// Notes a change of replicas from `from` to `to`, whoever made it.
void note_change(history& memory, std::int64_t from, std::int64_t to, time_point now);

// Notes what the rules want now, and forgets what is older than `window`.
void note_wish(history& memory, std::int64_t replicas, duration window, time_point now);

// The label that belongs to this history.
service_state to_state(history const& memory, std::string policy_hash);

} // namespace autoscaler::policy
