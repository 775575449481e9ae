// One row for each way to a reason: the facts that lead to it, and what comes of them. Each table stands in
// the file that tests its part of the decision; reason_test.cpp looks that no reason is left out.
#pragma once

#include "decide_support.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace autoscaler::policy::testing {

struct reason_row {
    std::string_view when;
    std::function<void(decision_case&)> facts;
    reason why = reason::no_signal;
    std::int64_t to = 3;
    std::optional<std::int64_t> would = {}; // NOLINT(readability-redundant-member-init): may be left out
};

std::vector<reason_row> acting_rows();  // decide_test.cpp
std::vector<reason_row> holding_rows(); // decide_test.cpp
std::vector<reason_row> query_rows();   // decide_query_test.cpp
std::vector<reason_row> pace_rows();    // decide_pace_test.cpp
std::vector<reason_row> outside_rows(); // decide_outside_test.cpp

// The decision of a row.
decision decided(reason_row const& row);

// The row leads where it says.
void check(reason_row const& row);

// A row of an action rule: the only rule of its policy. It holds, or restarts, and leaves the count alone.
struct act_row {
    std::string_view when;
    std::function<void(decision_case&)> facts;
    reason why = reason::alert;
    decided_action action = decided_action::hold;
};

std::vector<act_row> act_rows(); // act_test.cpp

decision decided(act_row const& row);

} // namespace autoscaler::policy::testing
