#include "policy/core/state.hpp"

namespace autoscaler::policy {

void merge_oldest(std::vector<replica_change>& changes) {
    changes[1].delta += changes[0].delta;
    changes.erase(changes.begin());
}

void append(std::vector<replica_change>& changes, replica_change change, std::size_t most) {
    changes.push_back(change);
    while (changes.size() > most)
        merge_oldest(changes);
}

} // namespace autoscaler::policy
