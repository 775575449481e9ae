// The policy file of a world, drawn by its seed as the text that a person would have written, so that a
// finding can be read and run again by hand.
#pragma once

#include "policy/core/policy.hpp"
#include "tests/simulation/chance.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::simulation {

// The services of every world. `shop_cart` is named by alerts, `everywhere` runs on each node, `missing` does
// not exist, and the policy of `idle` is not enabled.
inline constexpr std::string_view web = "web";
inline constexpr std::string_view api = "api";
inline constexpr std::string_view shop = "shop_cart";
inline constexpr std::string_view everywhere = "everywhere";
inline constexpr std::string_view missing = "missing";
inline constexpr std::string_view idle = "idle";

struct drawn_policies {
    std::string text;
    std::shared_ptr<policy::policy_set const> file;
    std::vector<std::string> services; // that are there and can be scaled
};

// Throws std::runtime_error where the text does not load: a mistake of the simulation.
drawn_policies draw_policies(chance& dice);

// Another version of the same file: other bounds, other steps.
drawn_policies draw_other_version(drawn_policies const& of, chance& dice);

} // namespace autoscaler::simulation
