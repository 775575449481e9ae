// One autoscaler, put together as the daemon does it: HTTP listener, alert APIs, engine, driver and engine
// client. Everything but its process: so that a test can hold several, restart one and look inside.
#pragma once

#include "loop.hpp"
#include "policy/core/engine.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::tests {

struct setting {
    std::string policy; // a policy file's text
    std::string stack{};
    // How long one call to Swarm may take. Short: the daemon's own 25 s would be waited for by every stall.
    std::chrono::milliseconds request{500};
    std::vector<std::string> more_sockets{}; // of further managers, in order
    bool hasty = false; // looks after its managers as often as a test likes, with a limit for pings alone
};

struct http_reply {
    bool done = false;
    unsigned status = 0; // 0: no answer
    std::string body;
};

// {alertname, instance}; firing for the next hour, or resolved by now.
std::string firing(std::string_view alertname, std::string_view instance = "a");
std::string resolved(std::string_view alertname, std::string_view instance = "a");

class instance {
public:
    // Throws where the policy has an error.
    instance(loop& runs_on, std::string const& socket, setting const& chosen);
    // Stops it as the daemon would, and at once.
    ~instance();
    instance(instance const&) = delete;
    instance& operator=(instance const&) = delete;

    // Posts alerts to the listener. The reply fills in while the loop runs.
    std::shared_ptr<http_reply> post(std::string body, std::string path = "/alert/api/v2/alerts");

    // The same, and waits for the answer: its status.
    unsigned deliver(std::string body);

    void reload(std::string_view policy);

    void silence(std::vector<policy::silence> all);

    // The status of the (first) service of the policies.
    policy::service_status status() const;

    // Of all services that any policy is about now, those named by alerts included.
    std::vector<policy::service_status> services() const;

    bool ready() const;
    std::string const& cause() const; // why it is not ready

    // What the log says of managers: "reached ENDPOINT", "none CAUSE", "up ENDPOINT", "down ENDPOINT".
    std::vector<std::string> const& manager_lines() const;

    std::vector<policy::decision> const& decisions() const;
    // Recorded decisions of this kind.
    std::size_t recorded(policy::decided_action action) const;
    std::size_t recorded(policy::reason why) const;

    // Queries that have ended, messages of webhook actions, and those to notifiers; `failed`: only those that
    // ended in an error.
    std::size_t queries(bool failed = false) const;
    std::size_t messages(bool failed = false) const;
    std::size_t notifications(bool failed = false) const;

    // Calls to Swarm that have ended, by name (inspect, tasks, update) and, unless empty, outcome.
    std::size_t calls(std::string_view operation, std::string_view outcome = {}) const;

    // As look_again() below, for this one.
    bool looks_again();

    // Stops, giving a write under way this long. False where it does not return.
    bool stop(std::chrono::milliseconds write_patience);

private:
    struct parts;

    friend bool look_again(loop& runs, std::vector<instance*> const& all);
    std::string nudge();

    loop& loop_;
    std::unique_ptr<parts> parts_;
    unsigned nudges_ = 0;
};

// Brings news to each (of every rule, an alert that is over already) and waits until it has looked at its
// services twice since: whatever the first look has led to is done when the second begins. False where that
// does not happen.
bool look_again(loop& runs, std::vector<instance*> const& all);

} // namespace autoscaler::tests
