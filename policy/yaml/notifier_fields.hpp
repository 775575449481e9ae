// `notifiers:` of a file and `notify:` of a policy.
#pragma once

#include "policy/core/notifier.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace autoscaler::policy::yaml {

// The name of a notifier where a policy writes it.
struct placed_name {
    std::string name;
    std::size_t at = 0;

    friend bool operator==(placed_name const&, placed_name const&) = default;
};

// {NAME: {webhook, on}}. `names` gets every name, also of a notifier with faults: one fault must not bring a
// second.
std::vector<notifier> read_notifiers(node const& value, std::vector<std::string>& names, fault_sink& faults);

// A list of names.
std::vector<placed_name> read_notify(node const& value, fault_sink& faults);

// Reports the names that no notifier has.
void check_notify(
    std::span<placed_name const> written, std::span<std::string const> names, fault_sink& faults
);

} // namespace autoscaler::policy::yaml
