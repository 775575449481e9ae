// The body of a notifier's message. Pure.
#pragma once

#include "policy/core/notices.hpp"

#include <string>

namespace autoscaler::server::notify {

// A decision as one sentence: chat tools show it as it is.
std::string sentence(policy::decision const& what);

// One JSON object: version "1", time, service, policy, rule, action, reason, from, to, would (null where
// nothing is withheld), events, text, alerts (each with its fingerprint), error (where there is one), and the
// author's fields, which win where a name is the same. What is no UTF-8 becomes U+FFFD.
std::string body(policy::notice const& told, policy::decision const& what);

} // namespace autoscaler::server::notify
