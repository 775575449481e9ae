// Virtual time: what is to happen when. Equal times keep the order in which they were asked for, so that one
// seed gives one story. It is the true time; autoscalers see it through clocks of their own.
#pragma once

#include "tests/simulation/chance.hpp"

#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace autoscaler::simulation {

class timeline {
public:
    explicit timeline(time_point start) : now_(start) {}

    time_point now() const { return now_; }

    void at(time_point when, std::function<void()> what) {
        agenda_.emplace(std::max(when, now_), std::move(what));
    }

    void after(duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

    std::optional<time_point> next() const {
        return agenda_.empty() ? std::nullopt : std::optional(agenda_.begin()->first);
    }

    // Goes on to the next thing and does it; there is one.
    void step() {
        auto next = agenda_.extract(agenda_.begin());
        now_ = next.key();
        next.mapped()();
    }

    // Nothing happens until `when`.
    void rest(time_point when) { now_ = std::max(now_, when); }

private:
    time_point now_;
    std::multimap<time_point, std::function<void()>> agenda_;
};

} // namespace autoscaler::simulation
