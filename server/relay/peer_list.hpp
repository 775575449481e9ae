// Which addresses are peers: what each name was last looked up as, and for how long that holds when nothing
// is found any more. Pure: time is an argument. One thread.
#pragma once

#include "server/relay/lookup.hpp"
#include "server/relay/options.hpp"
#include "server/relay/outbox.hpp"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::relay {

struct peer_address {
    std::string address; // IPv6 without brackets
    std::uint16_t port = 0;
    bool tls = false;
    std::string name; // whose certificate is expected: the name that led here, or the address itself

    friend auto operator<=>(peer_address const&, peer_address const&) = default;
};

// "10.0.1.5:9093", "[fd00::5]:9093".
std::string to_string(peer_address const& where);

class peer_list {
public:
    peer_list(std::vector<peer_name> names, std::chrono::milliseconds keep);

    std::vector<peer_name> const& names() const { return names_; }

    // Takes the answer about names()[index]. Returns what there is to say about it in the log: "" where it is
    // as it was, else the addresses, or why there are none.
    std::string take(std::size_t index, looked_up const& found, steady_time now);

    // Each address once, sorted.
    std::vector<peer_address> all() const;

private:
    struct known {
        std::vector<std::string> addresses;
        std::optional<steady_time> found_at;
        std::string said; // in the log
    };

    std::vector<peer_name> names_;
    std::chrono::milliseconds keep_;
    std::vector<known> known_; // beside names_
};

} // namespace autoscaler::server::relay
