// Which decision is told to whom. Pure.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/policy.hpp"

#include <vector>

namespace autoscaler::policy {

// What a decision is news of; none for most, and for all in dry run. In the order of the words.
std::vector<occasion> occasions_of(decision const& what);

struct notice {
    notifier const* to; // one of the policy_set's
    std::vector<occasion> on;
};

// Who is told of a decision that is ours to tell, each once: of the notifiers of the policy that has decided,
// or, where none has, of all live policies that can be about the service, those that have an occasion of it
// in their `on`. By its name: a policy whose services alerts name is about each that it allows.
std::vector<notice> notices_of(policy_set const& policies, decision const& what);

} // namespace autoscaler::policy
