// The store's index against a plain map, under many random arrivals and removals.
#include "policy/core/alert_store.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

#include <map>
#include <random>
#include <set>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// What the store should hold, kept as plainly as it can be: by name, the end of the one start in use.
struct model {
    std::map<std::string, time_point> ends;

    std::size_t firing(time_point now) const {
        return static_cast<std::size_t>(std::ranges::count_if(ends, [now](auto const& each) {
            return each.second > now;
        }));
    }

    std::set<std::string> sweep(time_point now) {
        std::set<std::string> gone;
        std::erase_if(ends, [&](auto const& each) {
            bool const old = now - each.second >= ended_retention;
            if (old)
                gone.insert(each.first);
            return old;
        });
        return gone;
    }
};

std::string name_of(alert_store const& store, alert_store::handle which) {
    std::vector<label> labels;
    store.text_of(which).labels(labels);
    return std::string(value_of(labels, "alertname"));
}

void run(unsigned seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto const below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
    alert_store store(5h);
    model expected;
    time_point now = t0;
    for (int step = 0; step < 3000; ++step) {
        now += std::chrono::milliseconds(below(8000));
        auto const name = "alert-" + std::to_string(below(400));
        auto spec = firing(name); // always the same start: one stretch of firing
        spec.ends_at = now + std::chrono::seconds(below(600) + 1);
        bool const known = expected.ends.contains(name);
        auto const heard = apply(store, spec, now);
        REQUIRE(heard.created == !known);
        REQUIRE(name_of(store, heard.which) == name);
        expected.ends[name] = *spec.ends_at;
        if (below(20) == 0) {
            std::set<std::string> gone;
            store.sweep(now, [&](auto which) { gone.insert(name_of(store, which)); });
            REQUIRE(gone == expected.sweep(now));
        }
        REQUIRE(store.size() == expected.ends.size());
        if (step % 50 == 0)
            REQUIRE(store.count_firing(now) == expected.firing(now));
    }
    std::size_t seen = 0;
    store.for_each([&](auto which) {
        ++seen;
        REQUIRE(expected.ends.contains(name_of(store, which)));
        REQUIRE(store.status_of(which, now).firing == (expected.ends[name_of(store, which)] > now));
    });
    REQUIRE(seen == expected.ends.size());
}

} // namespace

TEST_CASE("the store finds every alert that it holds, whatever has come and gone before", "[alert_store]") {
    for (unsigned seed = 1; seed <= 5; ++seed)
        run(seed);
}
