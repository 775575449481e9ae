// What the relay is told by the command line. Values.
#pragma once

#include "policy/core/http_config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace autoscaler::server::relay {

// Whom to relay to: every address of a name is a peer.
struct peer_name {
    std::string host; // a name or an address, IPv6 without brackets
    std::uint16_t port = 0;
    bool tls = false;

    friend bool operator==(peer_name const&, peer_name const&) = default;
};

// What may wait for one peer. A body beyond it makes the oldest go, those of the API first.
struct limits {
    std::size_t bodies = 1024;
    std::size_t bytes = std::size_t{16} << 20U;
};

struct timing {
    std::chrono::milliseconds rhythm = std::chrono::seconds(30); // of lookups
    // As long as no peer has been read: doubled from the first to `rhythm`. The name of a service that was
    // just deployed may not have its addresses yet.
    std::chrono::milliseconds first_rhythm = std::chrono::seconds(1);
    std::chrono::milliseconds lookup = std::chrono::seconds(5);  // longest for one
    std::chrono::milliseconds keep = std::chrono::minutes(5);    // old addresses, when no new ones are found
    std::chrono::milliseconds one_try = std::chrono::seconds(2); // of a request to a peer
    std::chrono::milliseconds first_retry = std::chrono::milliseconds(500); // doubled to the last
    std::chrono::milliseconds last_retry = std::chrono::seconds(10);
    std::chrono::milliseconds start_patience = std::chrono::seconds(3); // for what peers know
};

struct options {
    std::vector<peer_name> peers;
    std::string route_prefix = "/"; // of all autoscalers
    policy::http_config http;       // how to reach them
    relay::limits limits;
    relay::timing timing;
};

} // namespace autoscaler::server::relay
