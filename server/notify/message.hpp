// The body of a webhook action's message. Pure.
#pragma once

#include "policy/core/event.hpp"

#include <string>

namespace autoscaler::server::notify {

// What has happened as one sentence: chat tools show it as it is.
std::string sentence(policy::action::post const& message);

// One JSON object: version "1", time, service, policy, rule, action, reason, replicas, text, alerts (each
// with its labels), and the author's fields, which win where a name is the same: the author knows the
// receiver. What is no UTF-8 becomes U+FFFD.
std::string body(policy::action::post const& message);

} // namespace autoscaler::server::notify
