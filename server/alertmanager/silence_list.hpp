// What GET /silences answers. No state.
#pragma once

#include "policy/core/silence.hpp"
#include "server/alertmanager/url_query.hpp"

#include <string>
#include <variant>
#include <vector>

namespace autoscaler::server::alertmanager {

struct silence_query {
    bool active = true;
    bool pending = true;
    bool expired = true;
    // A silence must have each of these matchers, as it is written: what it matches is no matter.
    std::vector<policy::matcher> filters;

    bool wants(policy::silence const& which, policy::time_point now) const;
};

// The query of a URL, or Alertmanager's words for what is wrong with it.
std::variant<silence_query, std::string> read_silence_query(url_query const& query);

// `[silence,...]`: active ones by their end, pending ones by their start, expired ones from the last.
std::string
list_silences(std::vector<policy::silence> const& all, silence_query const& query, policy::time_point now);

} // namespace autoscaler::server::alertmanager
