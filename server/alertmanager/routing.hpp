// The policies as an Alertmanager's routes: each rule on alerts is a route to a receiver with its policy's
// name, and what no rule asks for goes to the receiver of the root. Values and pure functions.
#pragma once

#include "policy/core/label.hpp"
#include "policy/core/matcher.hpp"
#include "policy/core/policy.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::alertmanager {

struct route {
    std::vector<policy::matcher> matchers; // all must match
    std::string receiver;
    std::vector<std::string> group_by; // label names; none: one group
};

struct routing {
    route root;                // its matchers are empty; takes what no child takes
    std::vector<route> routes; // as if each said `continue: true`
};

// One route for each rule of a policy that wants alerts, in file order.
routing routing_of(policy::policy_set const& policies);

// The routes that take an alert with these labels: the matching children, or the root alone.
std::vector<route const*> routes_for(routing const& all, policy::label_set labels);

// The names of the receivers, each once: the root's, then in the order of the routes.
std::vector<std::string> receivers_of(routing const& all);

// A configuration of Alertmanager (YAML) that says the same, and that amtool 0.25 can read. A route that it
// could not read is left out, and a comment says so.
std::string to_configuration(routing const& all);

} // namespace autoscaler::server::alertmanager
