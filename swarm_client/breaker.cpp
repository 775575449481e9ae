#include "swarm_client/breaker.hpp"

#include <algorithm>

namespace autoscaler::swarm {

namespace {

constexpr auto calm = std::chrono::minutes(1);

// SplitMix64's finalizer: nearby numbers become far ones.
std::uint64_t scattered(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

} // namespace

void breaker::succeeded(time_point now) {
    if (position_ != position::closed)
        closed_since_ = now;
    position_ = position::closed;
}

void breaker::failed(time_point now, pace how) {
    if (position_ == position::open)
        return;
    if (position_ == position::closed && now - closed_since_ >= calm)
        waits_ = 0;
    position_ = position::open;
    until_ = now + next_wait(how);
}

breaker::duration breaker::next_wait(pace how) {
    constexpr unsigned most_doublings = 16;
    auto const whole = std::min(how.longest, how.first * (1U << std::min(waits_, most_doublings)));
    ++waits_;
    constexpr std::int64_t parts = 1024;
    auto const spread = static_cast<std::int64_t>(scattered(seed_ + waits_) % parts);
    return whole - whole * spread / (4 * parts);
}

} // namespace autoscaler::swarm
