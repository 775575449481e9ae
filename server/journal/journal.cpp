#include "server/journal/journal.hpp"

#include "server/journal/decision_line.hpp"
#include "server/log/log.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace autoscaler::server {

namespace {

bool passes(policy::decision const& what, decision_filter const& filter) {
    bool const service =
        filter.services.empty() || std::ranges::find(filter.services, what.service) != filter.services.end();
    return service && (!filter.why || what.why == *filter.why) && (!filter.since || what.at >= *filter.since);
}

} // namespace

journal::journal(metrics& counters, std::size_t capacity)
    : counters_(counters), capacity_(std::max<std::size_t>(capacity, 1)) {}

void journal::record(policy::decision what) {
    log::event(level_of(what), message_of(what), decision_fields(what).all());
    counters_.decided(what);
    if (decisions_.size() == capacity_)
        decisions_.pop_front();
    decisions_.push_back(std::move(what));
}

// Looks through all of them: `at` may go back where the wall clock does.
std::vector<policy::decision const*> journal::find(decision_filter const& filter) const {
    std::vector<policy::decision const*> found;
    for (auto const& each : decisions_ | std::views::reverse) {
        if (found.size() >= filter.limit)
            break;
        if (passes(each, filter))
            found.push_back(&each);
    }
    return found;
}

} // namespace autoscaler::server
