// When an endpoint that failed is tried again: a circuit breaker with back-off. Pure: no clock, no chance;
// time and seed are arguments.
#pragma once

#include <chrono>
#include <cstdint>

namespace autoscaler::swarm {

class breaker {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::milliseconds;

    enum class position {
        closed,   // calls go there
        open,     // nobody goes there
        half_open // one goes there and looks
    };

    // The first wait, and what it doubles up to.
    struct pace {
        duration first;
        duration longest;
    };

    // Breakers of other seeds wait for other times.
    explicit breaker(std::uint64_t seed) : seed_(seed) {}

    position at() const { return position_; }

    // Whether somebody may go and look: it is open, and its wait is over.
    bool due(time_point now) const { return position_ == position::open && now >= until_; }

    // From open to half-open; whoever says this tells how it went, too.
    void try_out() { position_ = position::half_open; }

    void succeeded(time_point now);

    // Opens, for a time of three quarters of the wait up to all of it. Several who fail at the same time
    // count as one: it stays open as it was. The waits begin anew only after a while without failures, so
    // that one who comes and goes is left alone for longer and longer.
    void failed(time_point now, pace how);

private:
    duration next_wait(pace how);

    std::uint64_t seed_;
    position position_ = position::closed;
    unsigned waits_ = 0;        // in a row
    time_point until_;          // of the present or latest wait
    time_point closed_since_{}; // after a failure
};

} // namespace autoscaler::swarm
