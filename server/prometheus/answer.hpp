// What Prometheus' HTTP API answers, read strictly: anything that is not as its documentation has it is an
// error, never a number. Pure; owns what it returns.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/sample.hpp"
#include "policy/core/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::prometheus {

using label_list = std::vector<std::pair<std::string, std::string>>;

// A firing alert of /api/v1/alerts.
struct listed_alert {
    label_list labels;      // sorted by name, each name once, no empty values; at least one
    label_list annotations; // sorted by name
    std::optional<policy::time_point> active_at; // since when its expression holds: before it began to fire

    friend bool operator==(listed_alert const&, listed_alert const&) = default;
};

struct alerts_result {
    std::vector<listed_alert> firing;
    std::string error; // not empty: there was no answer, and `firing` says nothing
};

// An answer, and whether it settles the matter. What is not conclusive does not come from a Prometheus that
// works: another one may know better.
template<class T>
struct reading {
    T answer;
    bool conclusive = false;
};

// The answer to an instant query. A vector gives one value for each series, a scalar one. Errors: what
// Prometheus calls one (bad_data, execution), warnings, strings, range vectors and native histograms, all of
// them conclusive; besides them whatever is malformed, and other statuses.
reading<policy::query_answer> read_query(unsigned status, std::string const& body);

// The firing alerts of /api/v1/alerts; `external` is added where an alert lacks that name.
reading<alerts_result> read_alerts(unsigned status, std::string const& body, label_list const& external);

// Alerts as notices of source alert_source::listed, for policy::event::alerts_listed.
class listed_notices {
public:
    // The notices are views into `of`, which must outlive them. starts_at is the alert's active_at.
    explicit listed_notices(std::vector<listed_alert> const& of);

    std::span<policy::alert_notice const> get() const { return notices_; }

private:
    std::vector<policy::label> labels_;
    std::vector<policy::alert_notice> notices_;
};

} // namespace autoscaler::server::prometheus
