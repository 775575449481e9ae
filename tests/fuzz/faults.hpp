// What every reader of a file owes its user, whatever the bytes: faults with a place. Aborts where it does
// not hold, so that the fuzzer keeps the input.
#pragma once

#include "policy/yaml/fault.hpp"

#include <span>
#include <string_view>

namespace autoscaler::fuzz {

// Each fault of `file` names a line of `text`, a column in it or just behind it, and says something in one
// line. Faults of other files are left alone.
void check_faults(std::string_view text, std::string_view file, std::span<policy::fault const> faults);

// Says `what` and ends the program unless `holds`.
void require(bool holds, std::string_view what);

} // namespace autoscaler::fuzz
