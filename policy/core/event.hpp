// What the engine hears and what it asks for. Every event carries its time; every action is for the driver to
// carry out.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/decision.hpp"
#include "policy/core/pause.hpp"
#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"
#include "policy/core/service_view.hpp"
#include "policy/core/silence.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace autoscaler::policy {

namespace event {

// Notices in the order in which they stood in the body. Views: they live for the call only.
struct alerts_received {
    std::span<alert_notice const> alerts;
    time_point now;
    // What another autoscaler knew that was asked, each with heard_at: it adds what nobody here has heard of
    // since, is no sign of life, and no word of a source that loaded episodes wait for.
    bool second_hand = false;
};

// Neither the name as written nor the one within the stack is a service.
struct not_found {};

// The engine could not be asked, or did not answer as it should.
struct unavailable {
    std::string error;
};

// The answer to action::inspect.
struct service_observed {
    std::string service; // as in the action
    std::variant<service_view, not_found, unavailable> seen;
    time_point now;
};

enum class update_result {
    accepted, // Swarm has said yes
    // "update out of sequence": somebody else was first. Or we were: a manager that repeats a request by
    // itself reports it of its own first try.
    conflict,
    unknown, // no answer, or an error: it may have been applied
    refused  // an answer that says that it was not applied and would not be another time
};

// The answer to action::update.
struct update_finished {
    std::string service;
    update_result result = update_result::accepted;
    std::string error; // the engine's words where it was not accepted
    time_point now;
};

// The answer to action::query, or a value that comes unasked.
struct sample_received {
    std::string service; // these three as in the action
    std::string policy;
    std::string rule;
    query_answer answer;
    time_point asked; // when the query was sent: the value is of that moment
    time_point now;
    std::string promql{}; // as in the action: what was asked; "" where it comes unasked
};

// The answer to action::list_alerts: what Prometheus has in /api/v1/alerts as firing. It may open or confirm
// alerts and never closes one.
struct alerts_listed {
    std::span<alert_notice const>
        alerts;        // of source alert_source::listed; views: they live for the call only
    std::string error; // not empty: there was no answer, and `alerts` says nothing
    time_point now;
};

// A node of the swarm has become ready.
struct node_joined {
    std::string id;
    time_point now;
};

// The answer to action::post.
struct post_finished {
    decision what;     // as in the action
    std::string error; // "" where the receiver has said 2xx
    time_point now;
};

// Swarm says that a service has changed; `id` or `name` may be empty.
struct service_changed {
    std::string id;
    std::string name;
    time_point now;
};

// Swarm answers again after a time without answers or without events: nothing waits for its retry any longer,
// and whatever has changed meanwhile is looked at.
struct swarm_reached {
    time_point now;
};

struct policy_replaced {
    std::shared_ptr<policy_set const> policies;
    time_point now;
};

// All silences there are, expired ones too: they hold from now on, instead of those before.
struct silences_changed {
    std::shared_ptr<std::vector<silence> const> silences;
    time_point now;
};

// All pauses there are that the API has made, those that are over too.
struct pauses_changed {
    std::shared_ptr<std::vector<service_pause> const> pauses;
    time_point now;
};

// Silences and pauses are those that Swarm has: none is missing any longer.
struct switches_read {
    time_point now;
};

// The time of the last action::wake_at has come.
struct tick {
    time_point now;
};

// The wall clock was set, forward or back: `now` follows it from here on, and is `by` more (or less) than it
// would be else. So that what has happened keeps its distance from now. To be told before any other event
// that carries the new time; without it a clock that was set back makes what happened happen now, and one
// that was set forward makes all of it long ago.
struct clock_set {
    duration by;
    time_point now;
};

} // namespace event

using any_event = std::variant<
    event::alerts_received,
    event::service_observed,
    event::update_finished,
    event::sample_received,
    event::alerts_listed,
    event::node_joined,
    event::post_finished,
    event::service_changed,
    event::swarm_reached,
    event::policy_replaced,
    event::silences_changed,
    event::pauses_changed,
    event::switches_read,
    event::clock_set,
    event::tick>;

namespace action {

// Observe a service and report it as event::service_observed. At most one action is under way for each
// service.
struct inspect {
    std::string service;     // as the policy writes it, and the name to try first
    std::string alternative; // the name to try next; "" for none
    bool tasks = false;      // count the running tasks, too
};

// Write replicas and state in one versioned update and report event::update_finished.
struct update {
    std::string service;
    std::string id;
    std::uint64_t version = 0;
    std::int64_t replicas = 0;
    bool restart = false; // ForceUpdate + 1
    service_state state;
    decision what; // that is carried out by it; told by action::record once Swarm has accepted it
};

// Ask a query and report event::sample_received. Of several that are asked at once, those with the same text
// may share one question.
struct query {
    std::string service; // as the policy writes it
    std::string policy;
    std::string rule;
    std::string promql; // nothing left to replace
};

// Read Prometheus' /api/v1/alerts and report event::alerts_listed.
struct list_alerts {};

// Send the body of a webhook action and report event::post_finished.
struct post {
    webhook_target target;
    decision what;
    std::vector<std::map<std::string, std::string>> alerts; // the labels of those that are its cause
};

// Send event::tick at this time. Replaces the time asked for before.
struct wake_at {
    time_point time;
};

// Tell people: a decision that differs from the last one about the same service.
struct record {
    decision what;
};

} // namespace action

using any_action = std::variant<
    action::inspect,
    action::update,
    action::query,
    action::list_alerts,
    action::post,
    action::wake_at,
    action::record>;

} // namespace autoscaler::policy
