// A silence: alerts that it matches say nothing to any rule while it lasts. Alertmanager's own notion of it.
// Values and pure functions; time is an argument.
#pragma once

#include "policy/core/matcher.hpp"
#include "policy/core/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

struct silence {
    std::string id;                // a UUID in lower case
    std::vector<matcher> matchers; // at least one; all of them must match
    time_point starts_at;
    time_point ends_at; // expired from here on
    time_point updated_at;
    std::string created_by;
    std::string comment;

    friend bool operator==(silence const&, silence const&) = default;
};

enum class silence_state { pending, active, expired };

std::string_view to_string(silence_state state);

silence_state state_of(silence const& which, time_point now);

// Whether all its matchers match, whatever its state.
bool covers(silence const& which, label_set labels);

} // namespace autoscaler::policy
