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
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy {

// Policies of one service that are decided together: all live ones, or one in dry run by itself.
struct group {
    std::string name;                            // "" for the live ones, else the policy in dry run
    std::vector<service_policy const*> policies; // in file order
    bool dry_run = false;
    history memory;
    std::optional<decision> last;
    std::map<std::string, decision, std::less<>> last_acts; // by POLICY/RULE, of action rules
};

// The polling of one rule's query for one service.
struct poll {
    query_source query; // as the rule had it: another one starts anew
    time_point since;   // when it became the rule's: what was asked before is no answer to it
    query_answer answer{.series = {}, .error = "not asked yet"};
    time_point asked;              // when the query of `answer` was sent
    std::optional<time_point> due; // the next question; none: the service has not been seen
    bool under_way = false;
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
    std::optional<history> parked;                  // the live group's memory while no policy is live
    std::map<std::string, poll, std::less<>> polls; // by POLICY/RULE; of owners only
    bool deployed = false;                          // see service_view
    bool answered = false;                          // it was asked for and found, or not, at least once
    std::string id;                   // of the service, by the last answer; "" where there was none
    std::optional<service_view> view; // the last observation that was decided upon
    std::string error;                // why there is none, or none newer
    flight under_way = flight::none;
    time_point asked_at;                   // when the inspect under way, or the last one, was asked for
    std::optional<time_point> looked_at;   // when that was asked for that `view` answers
    std::optional<time_point> stuck_since; // of `view`: its tasks are stuck
    std::optional<time_point> crashed_at;  // when they were last seen to crash
    bool again = false;                    // something happened while an inspect or an update was under way
    std::uint64_t version = 0;             // the lowest version that is not a stale read
    time_point version_since;              // when the version of `view` was first seen
    std::optional<time_point> stale_since;
    std::optional<sent_write> sent;
    bool raced = false;         // the last write met a conflict
    unsigned conflicts = 0;     // in a row
    unsigned failures = 0;      // in a row, of whatever was asked
    unsigned failed_writes = 0; // in a row, while inspections may have gone well in between
};

// A policy whose service a label gives, and a service that an alert has named: both by name.
using attachment = std::pair<std::string, std::string>;

// A rule that wants alerts, for one service.
struct rule_slot {
    service_policy const* policy = nullptr;
    std::vector<matcher> const* matchers = nullptr;
    std::size_t track = 0;
    std::vector<alert_store::handle> members; // the known alerts that all its matchers match
};

class roster {
public:
    // `clock_tolerance`: for labels that are read when a policy is switched on.
    explicit roster(duration clock_tolerance) : clock_tolerance_(clock_tolerance) {}

    // Takes over policies, those without a service of their own for the services attached to them; the
    // histories of services that are still named are kept. The policies before outlive the call.
    void
    replace(policy_set const& policies, std::set<attachment> const& attached, bool dry_run, time_point now);

    std::vector<track>& tracks() { return tracks_; }

    std::vector<track> const& tracks() const { return tracks_; }

    std::vector<rule_slot>& slots() { return slots_; }

    track* find(std::string_view service);

    track& owner_of(track const& which) { return tracks_[which.owner]; }

    // Another track whose name may mean the same service, one of them with the stack's name in front.
    track* namesake_of(track const& which);

    // Calls `visit` with each slot of a rule that is decided by `owner`.
    void
    slots_of(rule const& what, track const& owner, std::function<void(rule_slot const&)> const& visit) const;

    // Calls `visit` with each slot whose matchers all match.
    void match(label_set labels, std::function<void(std::uint32_t)> const& visit) const;

    // Calls `visit` with each policy and service that an alert with these labels attaches to each other.
    void claims(label_set labels, std::function<void(attachment)> const& visit) const;

    // Two names turned out to mean one service, or not any more: puts the policies where they are decided.
    void set_owner(track& which, std::size_t owner, time_point now);

    // Drops from a history, before it is written, what no rule of the policies needs any more.
    void prune(history& memory, time_point now) const;

private:
    struct assignment {
        service_policy const* policy;
        std::size_t track;
    };

    using rule_index = std::map<std::string, rule const*, std::less<>>; // by POLICY/RULE

    void assign(service_policy const& policy, std::string const& service);
    void add_slot(assignment const& to, rule const& what, std::vector<matcher> const& matchers);
    void carry_over(std::vector<track> old);
    void regroup(track& owner, time_point now);
    void start_anew(history& memory, rule_index const& before) const;

    duration clock_tolerance_;
    policy_set const* policies_ = nullptr;
    bool dry_run_ = false;
    std::vector<track> tracks_;
    std::map<std::string, std::size_t, std::less<>> by_service_;
    std::vector<assignment> assignments_; // in file order
    std::vector<rule_slot> slots_;
    std::multimap<rule const*, std::uint32_t> slots_by_rule_;
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> slots_by_alertname_;
    std::vector<std::uint32_t> other_slots_; // rules that do not ask for one alertname
    rule_index known_rules_;
};

} // namespace autoscaler::policy
