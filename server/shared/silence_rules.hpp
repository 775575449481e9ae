// The rules of silences, as Alertmanager 0.25 has them (silence/silence.go: Set, canUpdate, expire): what a
// change that a client asks for does to the silences that are there. Pure: time and new ids are arguments.
#pragma once

#include "policy/core/silence.hpp"
#include "server/shared/silence_change.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace autoscaler::server::shared {

struct silence_limits {
    std::size_t most = 1000;                      // that are not expired; as many expired ones are kept
    std::size_t largest = std::size_t{16} << 10U; // bytes of one silence, see size_of()
    std::size_t matchers = 64;                    // of one silence
    policy::duration retention = std::chrono::hours(120); // an expired one stays readable this long
};

struct silence_verdict {
    silence_outcome outcome;
    std::vector<policy::silence> write; // in this order; none where nothing changes
};

// What stands against a change whatever its matchers are, in Alertmanager's order and words: its times, and
// an id that nobody knows.
std::optional<silence_outcome>
objection(std::span<policy::silence const> all, silence_draft const& draft, policy::time_point now);

// A draft without an id becomes a silence named `fresh_id`. With an id the silence is changed in place where
// matchers and start are the same; otherwise it expires, and a new one named `fresh_id` takes its place. A
// change that is refused leaves what was there: Alertmanager expires it first.
silence_verdict set_silence(
    std::span<policy::silence const> all,
    silence_draft draft,
    std::string fresh_id,
    policy::time_point now,
    silence_limits const& limits
);

// One that is expired already is done, and nothing is to be written.
silence_verdict
expire_silence(std::span<policy::silence const> all, std::string_view id, policy::time_point now);

// It expired so long ago that it is forgotten.
bool outlived(policy::silence const& which, policy::time_point now, policy::duration retention);

// The bytes of its texts.
std::size_t size_of(silence_draft const& draft);

} // namespace autoscaler::server::shared
