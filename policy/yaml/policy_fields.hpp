// The fields of a policy that `defaults:` may hold too.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/load_policy.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/notifier_fields.hpp"
#include "policy/yaml/schedule_fields.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

// A policy while it is read: its values and where the ones stand that later checks speak of. `defaults:` is
// read into one; each policy begins as a copy of it.
struct policy_draft {
    service_policy value; // but for its schedules, until the policy is whole
    std::size_t at = 0;   // where the policy begins
    std::optional<std::size_t> name_at;
    std::optional<std::size_t> service_at;
    std::optional<std::size_t> min_at;
    std::optional<std::size_t> max_at;
    std::optional<std::size_t> return_at;
    std::optional<std::size_t> during_update_at;
    std::optional<std::size_t> on_resolved_at; // the first on_resolved that takes replicas away
    std::vector<placed_window> windows;
    std::vector<placed_name> notify; // until the notifiers of the file are known
    bool has_max = false;
    bool has_stabilize_down = false;
    bool only_acts = false;  // all its rules are action rules: it scales nothing and binds nothing
    bool incomplete = false; // something was refused that could change the verdict of a check
};

// The keys of a policy but its name.
std::span<std::string_view const> policy_keys();

// Teaches `map` these fields. `draft` must outlive the reading.
void add_policy_fields(map_reader& map, policy_draft& draft, load_options const& options, fault_sink& faults);

} // namespace autoscaler::policy::yaml
