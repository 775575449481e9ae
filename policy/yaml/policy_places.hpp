// Where the policies of a file and their rules stand: the values that the loader gives hold no places.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// All places are offsets into the file's text.
struct policy_place {
    std::size_t at = 0;
    std::size_t service = 0;        // the value of `service`; else as `at`
    std::vector<std::size_t> rules; // in file order; one that stands on the policy itself: as `at`
};

struct policy_places {
    std::size_t liveness = 0;           // its value
    std::vector<policy_place> policies; // in file order
};

// Of a file that load_policy() has taken.
policy_places find_policy_places(std::string_view text);

} // namespace autoscaler::policy
