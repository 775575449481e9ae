// All silences and pauses that are known, each with its newest version and with who else has it. Pure values:
// no clock, no I/O; whoever changes it says when and writes it down.
#pragma once

#include "server/shared/record.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::shared {

// What reading Swarm's config objects has brought.
struct news {
    std::vector<record> taken;     // Swarm has these newer, or at last
    std::vector<std::string> gone; // Swarm had them, and has no longer: they are forgotten
    bool doubtful = false;         // one is missing, and it is too early to say that it is gone
};

class ledger {
public:
    struct loaded {
        item what;
        bool pending = false; // Swarm does not have it yet
    };

    // What local storage has kept.
    void load(std::vector<loaded> kept);

    // A version that Swarm (or, if it is pending, local storage alone) has taken from us. `reading` is the
    // number of the latest reading that has begun: it may not show this version yet.
    void written(item what, bool pending, std::uint64_t reading);

    // A version that Swarm has. Returns whether it is newer than what was known.
    bool seen(item const& what);

    // All that Swarm has, as the reading with this number (they grow, from 1 on) found it. `unreadable` are
    // names that are there, too, but say nothing. What Swarm had and has no longer is forgotten once it has
    // been missing for `patience`: a leader that was cut off gives old answers for a while.
    news read(
        std::vector<item> const& listed,
        std::set<std::string> const& unreadable,
        std::uint64_t reading,
        policy::time_point now,
        policy::duration patience
    );

    void forget(std::vector<std::string> const& names);

    item const* find(std::string_view name) const;
    std::vector<item> pending() const;

    // What is to be forgotten: what ended so long ago, and of more than `most` silences that have ended,
    // those that ended first. Swarm's store is no place for all that somebody makes and expires in a loop.
    std::vector<item> old(policy::duration retention, std::size_t most, policy::time_point now) const;

    // In the order of their names; the same objects until something changes.
    std::vector<policy::silence> const& silences() const { return silences_; }

    std::vector<policy::service_pause> const& pauses() const { return pauses_; }

    policy::service_pause const* pause_of(std::string_view service) const;

private:
    struct entry {
        item what;
        bool pending = false;
        std::uint64_t confirmed = 0; // younger readings must show it
        std::optional<policy::time_point> missing_since{};
    };

    bool take(item const& what);
    void rebuild();

    std::map<std::string, entry, std::less<>> entries_;
    std::vector<policy::silence> silences_;
    std::vector<policy::service_pause> pauses_;
};

} // namespace autoscaler::server::shared
