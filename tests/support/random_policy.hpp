// Random policies that use the whole language, each from its seed.
#pragma once

#include "support/core_values.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace autoscaler::policy::testing {

class dice {
public:
    explicit dice(unsigned seed) : random_(seed) {}

    // From `low` to `high`, both of them too.
    std::int64_t pick(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }

    bool chance(int percent) { return pick(1, 100) <= percent; }

    duration seconds(std::int64_t low, std::int64_t high) { return std::chrono::seconds(pick(low, high)); }

private:
    std::mt19937 random_;
};

// A policy NAME for service `web`: rules on alerts Up, Down, Keep and Act, rules on queries, and of
// everything else some. Its bounds always meet those of the others.
service_policy random_policy(dice& random, std::string name);

} // namespace autoscaler::policy::testing
