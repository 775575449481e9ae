// The header fields by which autoscalers know each other's requests. Values and pure functions; the rooms
// that take requests read them.
#pragma once

#include "server/http/message.hpp"

#include <chrono>
#include <string_view>

namespace autoscaler::server::relay {

// "1": a peer passes this on, and it goes no further. Of a GET of the alerts: a peer wants all that it can
// take over. An outsider who sets it is merely not relayed.
inline constexpr std::string_view relay_field = "X-Swarm-Autoscaler-Relay";
// How long ago the peer has heard it, in milliseconds: clocks of two machines differ, ages do not.
inline constexpr std::string_view age_field = "X-Swarm-Autoscaler-Relay-Age";
// "NONCE ADDRESS": which process sends this, and to whom. One that finds its own nonce knows which of its
// peers is itself.
inline constexpr std::string_view from_field = "X-Swarm-Autoscaler-Relay-From";

struct mark {
    bool relayed = false;
    std::chrono::milliseconds age{};
    std::string_view nonce; // views into the request
    std::string_view address;
};

mark read_mark(http::request const& asked);

} // namespace autoscaler::server::relay
