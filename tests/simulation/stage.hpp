// What all parts of one simulated world share: its time, its chance, its counts and its journal.
#pragma once

#include "tests/simulation/chance.hpp"
#include "tests/simulation/swarm_face.hpp"
#include "tests/simulation/tally.hpp"
#include "tests/simulation/timeline.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::simulation {

// The last lines for people, and a hash over all of them: two runs of one seed are the same if it is.
class journal {
public:
    void write(std::string line) {
        for (char const each : line)
            hash_ = (hash_ ^ static_cast<unsigned char>(each)) * 0x100000001b3ULL;
        hash_ = (hash_ ^ '\n') * 0x100000001b3ULL;
        lines_.push_back(std::move(line));
        if (lines_.size() > most_lines_)
            lines_.pop_front();
    }

    void keep(std::size_t lines) { most_lines_ = lines; }

    std::uint64_t hash() const { return hash_; }

    std::deque<std::string> const& lines() const { return lines_; }

private:
    std::size_t most_lines_ = 40;
    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
    std::deque<std::string> lines_;
};

// 2026-01-05T07:00:00Z: a Monday morning, not on a full window of any drawn schedule.
inline constexpr time_point beginning{
    std::chrono::sys_days{std::chrono::year{2026} / 1 / 5} + std::chrono::hours(7)
};

struct stage {
    explicit stage(std::uint64_t seed) : dice(seed), time(beginning) {}

    chance dice;
    timeline time;
    tally counts;
    journal log;
    planted_bug bug = planted_bug::none;
    bool calm = false;                   // faults are over
    std::vector<std::string> violations; // promises that were broken

    // Draws a fault: never while all is calm.
    bool strikes(int share, incident what) {
        if (calm || !dice.percent(share))
            return false;
        counts.note(what);
        return true;
    }

    void say(std::string_view who, std::string_view what) {
        auto const ms = (time.now() - beginning).count();
        std::string line = std::to_string(ms / 1000) + '.';
        std::string const rest = std::to_string(ms % 1000);
        line.append(3 - rest.size(), '0').append(rest).append("s ").append(who).append(" ").append(what);
        log.write(std::move(line));
    }

    void break_promise(std::string what) {
        say("VIOLATION", what);
        violations.push_back(std::move(what));
    }
};

} // namespace autoscaler::simulation
