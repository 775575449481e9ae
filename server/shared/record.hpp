// What several autoscalers share: one Swarm config object for each silence and each pause, its content in the
// labels. Values, and the codecs between them and the core's values. Pure.
#pragma once

#include "policy/core/pause.hpp"
#include "policy/core/silence.hpp"
#include "swarm_client/service.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server::shared {

inline constexpr std::string_view name_prefix = "swarm-autoscaler.";
inline constexpr std::string_view silence_prefix = "swarm-autoscaler.silence.";
inline constexpr std::string_view pause_prefix = "swarm-autoscaler.pause.";

struct record {
    std::string name;              // of the config object
    swarm::label_map labels;       // its content
    policy::time_point updated_at; // of two versions of one name the later one counts

    friend bool operator==(record const&, record const&) = default;
};

record to_record(policy::silence const& what);
// Named by the service, so that two autoscalers make one object for it.
record to_record(policy::service_pause const& what);

// The value, or what is wrong with the record: somebody else may have written it.
std::variant<policy::silence, std::string> to_silence(std::string_view name, swarm::label_map const& labels);
std::variant<policy::service_pause, std::string>
to_pause(std::string_view name, swarm::label_map const& labels);

} // namespace autoscaler::server::shared
