// All chance of the simulation: one generator, the same numbers from the same seed on every system (the
// distributions of the standard library are not). No other source of chance may be used here.
#pragma once

#include "policy/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace autoscaler::simulation {

using policy::duration;
using policy::time_point;

using namespace std::chrono_literals;

class chance {
public:
    explicit chance(std::uint64_t seed) : state_(seed) {}

    // From `low` to `high`, both of them too.
    std::int64_t pick(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }

    bool percent(int share) { return pick(1, 100) <= share; }

    duration between(duration low, duration high) { return duration(pick(low.count(), high.count())); }

    std::string_view one_of(std::initializer_list<std::string_view> words) {
        return words.begin()[pick(0, static_cast<std::int64_t>(words.size()) - 1)];
    }

private:
    // SplitMix64: small, fast, and good enough for dice.
    std::uint64_t next() {
        std::uint64_t word = state_ += 0x9e3779b97f4a7c15ULL;
        word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ (word >> 27U)) * 0x94d049bb133111ebULL;
        return word ^ (word >> 31U);
    }

    std::uint64_t state_;
};

} // namespace autoscaler::simulation
