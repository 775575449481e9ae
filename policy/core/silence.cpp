#include "policy/core/silence.hpp"

#include <algorithm>

namespace autoscaler::policy {

std::string_view to_string(silence_state state) {
    switch (state) {
    case silence_state::pending:
        return "pending";
    case silence_state::active:
        return "active";
    case silence_state::expired:
        return "expired";
    }
    return "";
}

// As Alertmanager's CalcSilenceState: from the very start on, until just before the end.
silence_state state_of(silence const& which, time_point now) {
    if (now < which.starts_at)
        return silence_state::pending;
    return now < which.ends_at ? silence_state::active : silence_state::expired;
}

bool covers(silence const& which, label_set labels) {
    return std::ranges::all_of(which.matchers, [labels](auto const& m) { return m.matches(labels); });
}

} // namespace autoscaler::policy
