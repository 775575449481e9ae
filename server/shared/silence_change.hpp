// A change of a silence that a client asks for, and what becomes of it. Values.
#pragma once

#include "policy/core/matcher.hpp"
#include "policy/core/time.hpp"

#include <string>
#include <vector>

namespace autoscaler::server::shared {

// A silence as a client posts it.
struct silence_draft {
    std::string id; // "" = a new one
    std::vector<policy::matcher> matchers;
    policy::time_point starts_at;
    policy::time_point ends_at;
    std::string created_by;
    std::string comment;
};

struct silence_outcome {
    enum class kind {
        done,
        not_found,  // no silence has this id
        refused,    // against the rules; `text` in Alertmanager's words
        unavailable // neither Swarm nor local storage has taken it; `text` says why
    };

    kind what = kind::done;
    std::string id; // of the silence that is in force now
    std::string text;
};

} // namespace autoscaler::server::shared
