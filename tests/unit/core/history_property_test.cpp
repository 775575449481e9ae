// Whatever happens between several autoscalers and other people, the history in the label equals the changes
// that were seen: none is lost, none counted twice. Random, by seed.
#include "policy/core/history.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

#include <numeric>
#include <random>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

std::int64_t sum_of(std::vector<replica_change> const& changes) {
    return std::accumulate(
        changes.begin(),
        changes.end(),
        std::int64_t{0},
        [](std::int64_t sum, replica_change const& each) { return sum + each.delta; }
    );
}

// A service, and autoscalers that look at it, adopt what others do and write, each by its own clock.
class small_swarm {
public:
    explicit small_swarm(unsigned seed) : random_(seed), view_(a_service(start)) {
        for (int i = 0; i < 3; ++i)
            members_.push_back({.memory = first_history(view_, t0), .offset = 5s * (i - 1), .look = t0});
    }

    static constexpr std::int64_t start = 50;

    void happen() {
        time_ += duration(below(4000));
        auto& one = members_[static_cast<std::size_t>(below(3))];
        switch (below(4)) {
        case 0: // by hand
            view_.replicas += below(9) - 4;
            ++view_.version;
            break;
        case 1:
            look(one);
            break;
        default:
            look(one);
            write(one);
        }
    }

    void check() {
        if (view_.state) {
            INFO(view_.state->changes.size() << " changes in the label");
            CHECK(sum_of(view_.state->changes) == view_.state->last_set - start);
        }
        for (auto& one : members_) {
            look(one);
            CHECK(sum_of(one.memory.changes) == view_.replicas - start);
            CHECK(std::ranges::is_sorted(one.memory.changes, {}, &replica_change::at));
        }
        if (!view_.state)
            return;
        auto const fresh = first_history(view_, time_, 10s);
        CHECK(sum_of(fresh.changes) == view_.state->last_set - start);
    }

private:
    struct member {
        history memory;
        duration offset;
        time_point look;
    };

    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }

    void look(member& one) {
        auto const now = time_ + one.offset;
        join(one.memory, view_, now, {.clock_tolerance = 10s, .last_look = one.look});
        if (one.memory.last_set != view_.replicas)
            note_change(one.memory, *one.memory.last_set, view_.replicas, now);
        one.look = now;
    }

    void write(member& one) {
        auto const to = view_.replicas + (below(2) == 0 ? 1 + below(3) : -1 - below(3));
        note_change(one.memory, view_.replicas, to, time_ + one.offset);
        ++one.memory.sequence;
        one.memory.writer = "w." + std::to_string(++writes_);
        note_told(one.memory);
        view_.previous_state = view_.state;
        view_.state = to_state(one.memory, "");
        while (below(4) == 0 && view_.state->changes.size() > 3) // as where it gets too long
            merge_oldest(view_.state->changes);
        view_.state->over_version = view_.version++;
        view_.replicas = to;
    }

    std::mt19937 random_;
    service_view view_;
    time_point time_ = t0;
    std::vector<member> members_;
    int writes_ = 0;
};

} // namespace

TEST_CASE("the history in the label equals the changes that were seen", "[history][property]") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        small_swarm swarm(seed);
        for (int i = 0; i < 60; ++i) {
            swarm.happen();
            if (i % 7 == 0)
                swarm.check();
        }
        swarm.check();
    }
}
