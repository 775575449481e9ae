// When an endpoint that failed is tried again.
#include "support/catch.hpp"
#include "swarm_client/breaker.hpp"

#include <set>
#include <vector>

using autoscaler::swarm::breaker;
using std::chrono::milliseconds;
using position = breaker::position;

namespace {

constexpr breaker::pace usual{milliseconds(500), milliseconds(5000)};

// Some moment; a steady clock may begin anywhere.
breaker::time_point const start{std::chrono::hours(5)};

// How long it stays open from `now` on.
milliseconds wait_of(breaker const& gate, breaker::time_point now) {
    milliseconds passed{0};
    while (!gate.due(now + passed))
        passed += milliseconds(1);
    return passed;
}

// The waits of one that is tried whenever it may be, and fails each time.
std::vector<milliseconds> waits_of(std::uint64_t seed, int tries) {
    breaker gate(seed);
    std::vector<milliseconds> waits;
    auto now = start;
    for (int i = 0; i < tries; ++i) {
        gate.failed(now, usual);
        waits.push_back(wait_of(gate, now));
        now += waits.back();
        gate.try_out();
    }
    return waits;
}

} // namespace

TEST_CASE("a breaker is closed until something fails", "[breaker]") {
    breaker gate(1);
    CHECK(gate.at() == position::closed);
    CHECK_FALSE(gate.due(start + std::chrono::hours(1)));
    gate.succeeded(start);
    CHECK(gate.at() == position::closed);
}

TEST_CASE("one may try when the wait is over, and only one", "[breaker]") {
    breaker gate(1);
    gate.failed(start, usual);
    CHECK(gate.at() == position::open);
    CHECK_FALSE(gate.due(start));
    REQUIRE(gate.due(start + usual.first));
    gate.try_out();
    CHECK(gate.at() == position::half_open);
    CHECK_FALSE(gate.due(start + std::chrono::hours(1)));
    gate.succeeded(start + usual.first);
    CHECK(gate.at() == position::closed);
}

TEST_CASE("waits double up to the longest, and are spread downwards by a quarter at most", "[breaker]") {
    auto const waits = waits_of(7, 30);
    milliseconds whole = usual.first;
    for (auto const wait : waits) {
        CHECK(wait <= whole);
        CHECK(wait >= whole * 3 / 4);
        whole = std::min(whole * 2, usual.longest);
    }
}

TEST_CASE("breakers of other seeds do not wait in step, and of the same seed they do", "[breaker]") {
    std::set<milliseconds> last;
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        last.insert(waits_of(seed, 8).back());
    CHECK(last.size() > 40);
    CHECK(waits_of(3, 8) == waits_of(3, 8));
}

TEST_CASE("calls that fail together count as one", "[breaker]") {
    breaker gate(1);
    gate.failed(start, usual);
    auto const wait = wait_of(gate, start);
    for (int i = 0; i < 100; ++i)
        gate.failed(start + milliseconds(i), usual);
    CHECK(wait_of(gate, start) == wait);
}

TEST_CASE("one that comes and goes is left alone for longer and longer", "[breaker]") {
    breaker gate(1);
    auto now = start;
    for (int i = 0; i < 6; ++i) {
        gate.failed(now, usual);
        now += wait_of(gate, now);
        gate.try_out();
        gate.succeeded(now);
        now += milliseconds(100);
    }
    gate.failed(now, usual);
    CHECK(wait_of(gate, now) > usual.longest / 2);
}

TEST_CASE("after a minute without failures the first wait is short again", "[breaker]") {
    breaker gate(1);
    auto now = start;
    for (int i = 0; i < 6; ++i) {
        gate.failed(now, usual);
        now += wait_of(gate, now);
        gate.try_out();
    }
    gate.succeeded(now);
    now += std::chrono::minutes(1);
    gate.failed(now, usual);
    CHECK(wait_of(gate, now) <= usual.first);
}
