// When which service wants to be looked at again. Pure bookkeeping.
#pragma once

#include "policy/core/time.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace autoscaler::policy {

class agenda {
public:
    // Replaces the entry of `which`.
    void set(std::size_t which, time_point when) {
        remove(which);
        if (which >= times_.size())
            times_.resize(which + 1);
        times_[which] = when;
        order_.emplace(when, which);
    }

    void remove(std::size_t which) {
        if (which >= times_.size() || !times_[which])
            return;
        order_.erase({*times_[which], which});
        times_[which].reset();
    }

    void clear() {
        order_.clear();
        times_.clear();
    }

    std::optional<time_point> earliest() const {
        return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
    }

    // Takes out one entry that is due, the earliest first.
    std::optional<std::size_t> pop_due(time_point now) {
        if (order_.empty() || order_.begin()->first > now)
            return {};
        std::size_t const which = order_.begin()->second;
        remove(which);
        return which;
    }

private:
    std::set<std::pair<time_point, std::size_t>> order_;
    std::vector<std::optional<time_point>> times_;
};

} // namespace autoscaler::policy
