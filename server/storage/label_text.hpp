// Labels <-> JSON text, as local storage keeps them. The text of a sorted label set is its identity there.
// Pure; takes any text and never throws.
#pragma once

#include "policy/core/label.hpp"
#include "swarm_client/service.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::storage {

using label_list = std::vector<std::pair<std::string, std::string>>;

// [["name","value"],...], in their order.
std::string encode_labels(std::span<policy::label const> labels);
std::string encode_labels(swarm::label_map const& labels);

// Nothing where the text is no such list.
std::optional<label_list> decode_labels(std::string_view text);

} // namespace autoscaler::server::storage
