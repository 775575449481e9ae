// A decision as one log event. Pure.
#pragma once

#include "policy/core/decision.hpp"
#include "server/log/line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server {

// The level of a decision's line: what an operator should look into is a warning, all else is information.
log::level level_of(policy::decision const& what);

// "scaled", "restarted", "webhook called", "webhook failed", "dry run" or "held".
std::string_view message_of(policy::decision const& what);

// The fields of a decision's line, which borrow from it. The keys are a contract: service, policy, rule,
// action, from, to, reason and alert (fingerprints with commas between) are always there; would, version and
// error where they say something.
class decision_fields {
public:
    explicit decision_fields(policy::decision const& what);
    decision_fields(decision_fields const&) = delete;
    decision_fields& operator=(decision_fields const&) = delete;

    std::vector<log::field> const& all() const { return fields_; }

private:
    std::string alerts_;
    std::vector<log::field> fields_;
};

} // namespace autoscaler::server
