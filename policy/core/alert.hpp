// One notice about one alert, as a decoder hands it to the engine.
#pragma once

#include "policy/core/label.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace autoscaler::policy {

// Who spoke. The two are kept apart: each source ends only what it has opened itself.
enum class alert_source : std::uint8_t {
    api,     // API v1 or v2: Prometheus, amtool, curl; firing while endsAt lies ahead
    webhook, // Alertmanager's webhook: firing until a resolved notice or until its time to live is over
    listed   // Prometheus' own list: may open and confirm, never close
};

// A view: the text belongs to the receive buffer and lives for the call only. The alert store copies what it
// keeps.
struct alert_notice {
    alert_source source = alert_source::api;
    label_set labels;                   // at least one label
    std::span<label const> annotations; // sorted by name; a value may be empty
    std::string_view generator_url;
    std::optional<time_point> starts_at; // none: not said (missing, null or year 1)
    std::optional<time_point> ends_at;   // none: not said
    bool resolved = false; // webhook: its per-alert status. API alerts: unused, endsAt against now tells
    // The zones in which the sender wrote the two times, in minutes east of UTC: they are shown so.
    std::int16_t starts_zone = 0;
    std::int16_t ends_zone = 0;
    // When another autoscaler has heard it, which passes it on. None: it is heard now.
    std::optional<time_point> heard_at{};
};

// One stretch of firing as one source told of it: what autoscalers tell each other of an alert.
struct alert_stretch {
    alert_source source = alert_source::api; // api or webhook
    time_point starts_at;
    time_point ends_at;    // api: as it was said. webhook: when it runs out, or has ended
    time_point heard_at;   // webhook: when it was spoken of last
    bool resolved = false; // webhook: the last word was that it is over
};

} // namespace autoscaler::policy
