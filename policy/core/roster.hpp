// Who watches what: the services that policies name, and the rules that alerts are matched with. Rebuilt
// whenever the policies change; histories are carried over. Owned by the engine.
#pragma once

#include "policy/core/alert_store.hpp"
#include "policy/core/decide.hpp"
#include "policy/core/event.hpp"
#include "policy/core/policy.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// Policies of one service that are decided together: all live ones, or one in dry run by itself.
struct group {
    std::string name;                            // "" for the live ones, else the policy in dry run
    std::vector<service_policy const*> policies; // in file order
    bool dry_run = false;
    history memory;
    std::optional<decision> last;
};

// A write that was sent and whose outcome is not settled.
struct sent_write {
    decision what;
    history after; // the live group's memory once it is accepted
};

// A service that some policy names, and where we are with it.
struct track {
    enum class flight { none, inspecting, updating };

    std::size_t index = 0;
    std::string service;       // as the policy writes it
    std::size_t owner = 0;     // the track that decides: another one where two names mean the same service
    std::vector<group> groups; // the live one first, if any policy is live; filled for owners only
    std::optional<history> parked;    // the live group's memory while no policy is live
    bool answered = false;            // it was asked for and found, or not, at least once
    std::string id;                   // of the service, by the last answer; "" where there was none
    std::optional<service_view> view; // the last observation that was decided upon
    std::string error;                // why there is none, or none newer
    flight under_way = flight::none;
    bool again = false;        // something happened while an inspect or an update was under way
    std::uint64_t version = 0; // the lowest version that is not a stale read
    time_point version_since;  // when the version of `view` was first seen
    std::optional<time_point> stale_since;
    std::optional<sent_write> sent;
    bool raced = false;         // the last write met a conflict
    unsigned conflicts = 0;     // in a row
    unsigned failures = 0;      // in a row, of whatever was asked
    unsigned failed_writes = 0; // in a row, while inspections may have gone well in between
};

// A rule that wants alerts.
struct rule_slot {
    service_policy const* policy = nullptr;
    rule const* what = nullptr;
    std::size_t track = 0;
    std::vector<alert_store::handle> members; // the known alerts that all its matchers match
};

class roster {
public:
    // Takes over policies; the histories of services that are still named are kept.
    void replace(policy_set const& policies, bool dry_run, time_point now);

    std::vector<track>& tracks() { return tracks_; }

    std::vector<track> const& tracks() const { return tracks_; }

    std::vector<rule_slot>& slots() { return slots_; }

    track* find(std::string_view service);

    track& owner_of(track const& which) { return tracks_[which.owner]; }

    // Another track whose name may mean the same service, one of them with the stack's name in front.
    track* namesake_of(track const& which);

    // The slot of a rule.
    rule_slot const& slot_of(rule const& what) const { return slots_[slot_by_rule_.at(&what)]; }

    // Calls `visit` with each slot whose matchers all match.
    void match(label_set labels, std::function<void(std::uint32_t)> const& visit) const;

    // Two names turned out to mean one service, or not any more: puts the policies where they are decided.
    void set_owner(track& which, std::size_t owner, time_point now);

    // Every rule memory that the policies know: the others are dropped from a history before it is written.
    void prune(history& memory) const;

private:
    void regroup(track& owner, time_point now);

    policy_set const* policies_ = nullptr;
    bool dry_run_ = false;
    std::vector<track> tracks_;
    std::map<std::string, std::size_t, std::less<>> by_service_;
    std::vector<rule_slot> slots_;
    std::map<rule const*, std::uint32_t> slot_by_rule_;
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> slots_by_alertname_;
    std::vector<std::uint32_t> other_slots_; // rules that do not ask for one alertname
    std::map<std::string, bool, std::less<>> known_rules_;
};

} // namespace autoscaler::policy
