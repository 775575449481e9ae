// Where decisions end: a log line, a metric, and a place in the memory that the API asks. Owns the decisions
// of late, and borrows the metrics. One thread.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/reason.hpp"
#include "policy/core/time.hpp"
#include "server/metrics/metrics.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace autoscaler::server {

// Which decisions; what is not set does not restrict.
struct decision_filter {
    std::vector<std::string> services; // any of these names, as decisions have them; none = all services
    std::optional<policy::reason> why;
    std::optional<policy::time_point> since; // this moment included
    std::size_t limit = 100;
};

class journal {
public:
    // A decision with its trace takes some 2 KB.
    static constexpr std::size_t default_capacity = 10'000;

    // `counters` must outlive the journal. Beyond `capacity` (at least 1) the oldest decision is dropped.
    explicit journal(metrics& counters, std::size_t capacity = default_capacity);

    // Takes the decision of an action::record: the engine has seen to it that it is news.
    void record(policy::decision what);

    // Newest first. The pointers live until the next record().
    std::vector<policy::decision const*> find(decision_filter const& filter) const;

    std::size_t size() const { return decisions_.size(); }

private:
    metrics& counters_;
    std::size_t capacity_;
    std::deque<policy::decision> decisions_; // oldest first
};

} // namespace autoscaler::server
