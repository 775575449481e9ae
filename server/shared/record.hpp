// What several autoscalers share: one Swarm config object for each silence and each pause, its content in the
// labels. Values, and the codecs between them and the core's values. Pure.
#pragma once

#include "policy/core/pause.hpp"
#include "policy/core/silence.hpp"
#include "server/storage/record.hpp"
#include "swarm_client/service.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server::shared {

inline constexpr std::string_view name_prefix = "swarm-autoscaler.";
inline constexpr std::string_view silence_prefix = "swarm-autoscaler.silence.";
inline constexpr std::string_view pause_prefix = "swarm-autoscaler.pause.";

// The label that holds the content, as compact JSON.
inline constexpr std::string_view silence_label = "swarm.autoscaler.silence";
inline constexpr std::string_view pause_label = "swarm.autoscaler.pause";

// Longer content is none of ours: a silence of 16 KiB, each byte of it escaped, has room in it.
inline constexpr std::size_t longest_content = std::size_t{128} << 10U;

using storage::record;

// Of two versions of one name, whether `a` is the one that counts. Two of the same time are told apart by
// their content, so that all autoscalers take the same one.
bool newer(record const& a, record const& b);

record to_record(policy::silence const& what);
// Named by the service, so that two autoscalers make one object for it.
record to_record(policy::service_pause const& what);

// The value, or what is wrong with the record: somebody else may have written it.
std::variant<policy::silence, std::string> to_silence(std::string_view name, swarm::label_map const& labels);
std::variant<policy::service_pause, std::string>
to_pause(std::string_view name, swarm::label_map const& labels);

// A record with what it says.
struct item {
    record what;
    std::variant<policy::silence, policy::service_pause> value;

    friend bool operator==(item const&, item const&) = default;
};

item to_item(policy::silence what);
item to_item(policy::service_pause what);

// Either of the two, by its name; or what is wrong with it.
std::variant<item, std::string> to_item(std::string_view name, swarm::label_map const& labels);

// It ended at least so long ago. A pause without an end never does.
bool ended(item const& which, policy::duration ago, policy::time_point now);

} // namespace autoscaler::server::shared
