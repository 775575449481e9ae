// The fields of action rules.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <optional>

namespace autoscaler::policy::yaml {

// restart or webhook.
std::optional<action_rule::kind> read_action(node const& value, fault_sink& faults);

// {url, timeout, fields} and the keys of an http_config.
webhook_target read_webhook(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
