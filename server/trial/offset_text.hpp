// Times of a policy test as its author writes them: seconds from t = 0. Pure.
#pragma once

#include "policy/core/time.hpp"

#include <string>

namespace autoscaler::server::trial {

// 90s, 1s500ms, 500ms, 0s; -29s for what lies before t = 0.
std::string offset_text(policy::duration at);

} // namespace autoscaler::server::trial
