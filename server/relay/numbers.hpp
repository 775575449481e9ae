// What the relay has done, in numbers. Values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace autoscaler::server::relay {

// Over all peers, since the start.
struct counts {
    std::uint64_t received = 0; // bodies that peers have passed on to us
    std::uint64_t sent = 0;     // bodies that a peer has taken
    std::uint64_t failed = 0;   // tries without success
    std::uint64_t dropped = 0;  // bodies that a peer never got
};

struct numbers {
    counts all;
    std::size_t peers = 0;  // without ourselves
    std::size_t bodies = 0; // that wait
    std::size_t bytes = 0;
};

} // namespace autoscaler::server::relay
