// simulation [--seeds N] [--from N] [--plant BUG] [--journal]: runs worlds, each from its seed.
//
// Exit status 0 if all promises were kept and everything has come up at least once; 1 if not; 2 for a wrong
// flag.
#include "tests/simulation/world.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

using namespace autoscaler::simulation;

namespace {

// Fewer worlds need not meet everything.
constexpr std::uint64_t enough_to_meet_all = 1000;
constexpr int most_told = 5;

struct flags {
    std::uint64_t seeds = 3000;
    std::uint64_t from = 1;
    planted_bug bug = planted_bug::none;
    bool whole_story = false;
};

std::optional<flags> read_flags(int count, char** words) {
    flags read;
    for (int i = 1; i < count; ++i) {
        std::string_view const word = words[i];
        if (word == "--journal") {
            read.whole_story = true;
            continue;
        }
        if (++i == count)
            return {};
        std::string_view const value = words[i];
        if (word == "--plant") {
            for (auto const bug :
                 {planted_bug::write_without_version, planted_bug::two_writes, planted_bug::trusted_rollback})
                if (value == to_string(bug))
                    read.bug = bug;
            if (read.bug == planted_bug::none)
                return {};
            continue;
        }
        auto* const into = word == "--seeds" ? &read.seeds : word == "--from" ? &read.from : nullptr;
        if (!into || std::from_chars(value.data(), value.data() + value.size(), *into).ec != std::errc{})
            return {};
    }
    return read;
}

void tell(world const& of, std::uint64_t seed, std::string_view program) {
    std::printf("\n==== seed %llu ====\n%s", static_cast<unsigned long long>(seed), of.policy_text().c_str());
    for (auto const& line : of.story().lines())
        std::printf("%s\n", line.c_str());
    for (auto const& each : of.violations())
        std::printf("seed %llu: BROKEN: %s\n", static_cast<unsigned long long>(seed), each.c_str());
    std::printf(
        "again: %.*s --seeds 1 --from %llu --journal\n",
        static_cast<int>(program.size()),
        program.data(),
        static_cast<unsigned long long>(seed)
    );
}

} // namespace

int main(int count, char** words) {
    auto const read = read_flags(count, words);
    if (!read) {
        std::fprintf(
            stderr,
            "usage: %s [--seeds N] [--from N] [--journal] [--plant "
            "write_without_version|two_writes|trusted_rollback]\n",
            words[0]
        );
        return 2;
    }
    auto const began = std::chrono::steady_clock::now();
    tally all;
    std::chrono::milliseconds lived{};
    int broken = 0;
    for (std::uint64_t seed = read->from; seed < read->from + read->seeds; ++seed) {
        world one({.seed = seed, .bug = read->bug, .journal_lines = read->whole_story ? 1'000'000U : 40U});
        one.run();
        all.add(one.counts());
        lived += one.lived();
        if (!one.violations().empty() && ++broken > most_told)
            std::printf(
                "seed %llu: BROKEN: %s\n",
                static_cast<unsigned long long>(seed),
                one.violations().front().c_str()
            );
        else if (!one.violations().empty())
            tell(one, seed, words[0]);
        else if (read->whole_story)
            tell(one, seed, words[0]);
    }
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    std::printf("%s", all.text().c_str());
    std::printf(
        "%llu worlds from seed %llu, %.0f hours of virtual time, %.1f s: %d broken\n",
        static_cast<unsigned long long>(read->seeds),
        static_cast<unsigned long long>(read->from),
        std::chrono::duration<double, std::ratio<3600>>(lived).count(),
        took.count(),
        broken
    );
    if (read->seeds < enough_to_meet_all)
        return broken == 0 ? 0 : 1;
    auto const absent = all.missing();
    for (auto const& each : absent)
        std::printf("never came up: %s\n", each.c_str());
    return broken == 0 && absent.empty() ? 0 : 1;
}
