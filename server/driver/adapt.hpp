// Where swarm_client and policy meet: an inspected service becomes what the core decides upon. Pure.
#pragma once

#include "policy/core/service_view.hpp"
#include "swarm_client/service.hpp"

#include <optional>
#include <string_view>

namespace autoscaler::server {

inline constexpr std::string_view pause_label_name = "swarm.autoscaler.pause";

// Exactly `true`: an alert's label may name this service.
inline constexpr std::string_view enable_label_name = "swarm.autoscaler.enable";

// up, down or both, each with @RFC3339 for a pause that ends; any other text counts as both without an end:
// whoever sets the label wants quiet.
policy::pause_mode pause_of(std::string_view label, policy::time_point now);

// `tasks` where they were counted.
policy::service_view
adapt(swarm::service const& from, std::optional<swarm::task_counts> const& tasks, policy::time_point now);

} // namespace autoscaler::server
