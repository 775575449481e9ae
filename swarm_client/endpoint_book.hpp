// What is known of each endpoint, and which of them serves. Pure: who goes and looks is the scout. The first
// in order that is a usable manager serves, and goes on to serve until it fails: one that comes back does not
// take its place again.
#pragma once

#include "swarm_client/breaker.hpp"
#include "swarm_client/connection.hpp"
#include "swarm_client/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::swarm {

// What an endpoint is like, for people.
struct endpoint_state {
    std::string endpoint;
    bool up = false;
    std::string cause; // "" where it is up, or where nobody has looked yet
};

// Hears when an endpoint fails, fails in another way, or is there again: once for each change.
using endpoint_observer = std::function<void(endpoint_state const&)>;

// Whether a failure of this kind says by itself that the endpoint cannot serve, whatever is asked. Others may
// be the question's fault: they are doubts, and somebody has to look.
bool tells_of_endpoint(error_kind kind);

class endpoint_book {
public:
    using time_point = breaker::time_point;

    // At least one name. `seed` spreads the waits, so that several programs do not look in step.
    endpoint_book(std::vector<std::string> names, limits const& bounds, std::uint64_t seed);

    std::size_t size() const { return pages_.size(); }

    // A single endpoint serves from the start, unless it has failed: with nothing to choose from, the request
    // itself tells.
    std::optional<std::size_t> serving() const;

    void serve(std::size_t which) { serving_ = which; }

    // Calls go there; it is neither left alone nor being tried again.
    bool is_closed(std::size_t which) const { return pages_[which].gate.at() == breaker::position::closed; }

    // Those that may be chosen, in order; doubtful ones come last.
    std::vector<std::size_t> candidates() const;

    // Those that failed and may be tried again.
    std::vector<std::size_t> due(time_point now) const;

    // Those that do not serve and were not looked at for long: a spare should be known to be good before it
    // is needed.
    std::vector<std::size_t> spares_to_check(time_point now) const;

    // Somebody goes and looks, and will tell by passed() or failed().
    void checking(std::size_t which, time_point now);

    // Both say whether it is news: that it came up after a failure; that it fails, or fails in another way.
    bool passed(std::size_t which, time_point now);
    bool failed(std::size_t which, error const& why, time_point now);

    // Another one shall serve, if there is one.
    void doubt(std::size_t which);

    endpoint_state state(std::size_t which) const;

    // Why none serves: of the kind of the first that failed, telling of each.
    error why_none(std::string operation) const;

private:
    struct page {
        std::string name;
        breaker gate;
        std::optional<error> last{}; // why it does not serve
        bool doubtful = false;
        bool known = false;     // somebody has looked
        time_point looked_at{}; // last
    };

    std::vector<page> pages_;
    limits bounds_;
    std::optional<std::size_t> serving_;
};

} // namespace autoscaler::swarm
