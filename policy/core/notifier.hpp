// Whom messages go to: the targets of webhook actions, and notifiers with the occasions on which they are
// told. Values only.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/core/time.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy {

// Where a message is posted as a JSON body.
struct webhook_target {
    std::string url;
    duration timeout = std::chrono::seconds(5);
    std::vector<std::pair<std::string, std::string>> fields; // of the author, added to the body
    http_config http;

    friend bool operator==(webhook_target const&, webhook_target const&) = default;
};

// What a decision can be news of: the words of a notifier's `on`.
enum class occasion : std::uint8_t {
    scaled,   // something was done: a step, a restart, a webhook
    at_max,   // more is asked for than `max` allows
    held,     // a step is withheld: by a rollout or by a pause
    failed,   // Swarm cannot be asked or written, or a webhook's message did not arrive
    fallback, // a query had no value for so long that a safe count is gone to
    bounds    // the service was out of its bounds, or these do not meet
};

// In the order of the enumeration.
inline constexpr std::array<std::string_view, 6> occasion_words{
    "scaled", "at_max", "held", "failed", "fallback", "bounds"
};

constexpr std::string_view to_string(occasion what) {
    return occasion_words.at(static_cast<std::size_t>(what));
}

// One entry of `notifiers:`.
struct notifier {
    std::string name; // unique in the file
    webhook_target target;
    std::set<occasion> on; // at least one

    friend bool operator==(notifier const&, notifier const&) = default;
};

} // namespace autoscaler::policy
