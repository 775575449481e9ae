// Silences and pauses by themselves, and which alerts silences cover.
#include "policy/core/pause.hpp"
#include "policy/core/silence_book.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

#include <random>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

using labels = std::vector<label>;
using handles = std::vector<silence_book::handle>;

// A book, and the alerts by handle.
struct shelf {
    silence_book book;
    std::map<silence_book::handle, labels> alerts;
    time_point now = t0;

    void add(silence_book::handle which, labels what) {
        book.enlist(which, what, now);
        alerts[which] = std::move(what);
    }

    handles replace(std::vector<silence> all) {
        return book.replace(
            std::make_shared<std::vector<silence> const>(std::move(all)),
            [this](silence_book::visitor const& visit) {
                for (auto const& [which, what] : alerts)
                    visit(which, what);
            },
            now
        );
    }

    std::vector<std::string> ids(silence_book::handle which) const {
        std::vector<std::string> found;
        book.ids_of(which, now, found);
        return found;
    }
};

bool covered(std::initializer_list<std::string_view> matchers, labels const& what) {
    return covers(a_silence("s", matchers), what);
}

} // namespace

TEST_CASE("a silence is active from its start to just before its end", "[silence]") {
    auto const s = a_silence("s", {"a=b"}, t0, t0 + 1h);
    CHECK(to_string(state_of(s, t0 - 1ms)) == "pending");
    CHECK(to_string(state_of(s, t0)) == "active");
    CHECK(to_string(state_of(s, t0 + 1h - 1ms)) == "active");
    CHECK(to_string(state_of(s, t0 + 1h)) == "expired");
    auto const never = a_silence("s", {"a=b"}, t0, t0); // a pending one that was deleted
    CHECK(to_string(state_of(never, t0 - 1ms)) == "pending");
    CHECK(to_string(state_of(never, t0)) == "expired");
}

TEST_CASE("a silence covers an alert that all its matchers match; a missing label is empty", "[silence]") {
    labels const x{{"alertname", "X"}, {"service", "web"}};
    CHECK(covered({"alertname=X"}, x));
    CHECK(covered({"alertname=X", "service=~\"we.\""}, x));
    CHECK_FALSE(covered({"alertname=X", "service=api"}, x));
    CHECK_FALSE(covered({"service=~\"we\""}, x)); // anchored
    CHECK(covered({"team!=ops"}, x));
    CHECK(covered({"team!~\".+\""}, x));
    CHECK(covered({"team=\"\""}, x));
    CHECK(covered({"team=~\".*\""}, x));
    CHECK_FALSE(covered({"team=~\".+\""}, x));
    CHECK_FALSE(covered({"service!=\"web\""}, x));
}

TEST_CASE("a pause holds until just before its end, or until it is lifted", "[pause]") {
    CHECK(in_force(a_pause(pause_mode::up, t0 + 1h), t0 + 1h - 1ms));
    CHECK_FALSE(in_force(a_pause(pause_mode::up, t0 + 1h), t0 + 1h));
    CHECK(in_force(a_pause(pause_mode::both), t0 + 24h * 10'000));
    CHECK_FALSE(in_force(a_pause(pause_mode::none), t0));
}

TEST_CASE("two pauses at the same time stop what either of them stops", "[pause]") {
    using enum pause_mode;
    for (auto const mode : {none, up, down, both}) {
        CHECK(combine(mode, none) == mode);
        CHECK(combine(none, mode) == mode);
        CHECK(combine(mode, mode) == mode);
        CHECK(combine(mode, both) == both);
        CHECK(combine(both, mode) == both);
    }
    CHECK(combine(up, down) == both);
    CHECK(combine(down, up) == both);
}

TEST_CASE("alerts are matched with silences that come before and after them", "[silence_book]") {
    shelf s;
    s.add(1, {{"alertname", "X"}});
    CHECK_FALSE(s.book.is_silenced(1));
    CHECK(s.replace({a_silence("a", {"alertname=X"})}) == handles{1});
    s.add(2, {{"alertname", "X"}, {"service", "web"}});
    s.add(3, {{"alertname", "Y"}});
    CHECK(s.book.is_silenced(1));
    CHECK(s.book.is_silenced(2));
    CHECK_FALSE(s.book.is_silenced(3));
    CHECK(s.ids(2) == std::vector<std::string>{"a"});
    CHECK(s.ids(3).empty());
    s.book.forget(1);
    CHECK_FALSE(s.book.is_silenced(1));
    CHECK(s.replace({}) == handles{2});
    CHECK_FALSE(s.book.is_silenced(2));
}

TEST_CASE("silences begin and end by the clock, and say when the next one does", "[silence_book]") {
    shelf s;
    s.add(1, {{"alertname", "X"}});
    CHECK_FALSE(s.book.next_change());
    CHECK(s.replace({a_silence("a", {"alertname=X"}, t0 + 1min, t0 + 3min),
                     a_silence("b", {"alertname=~\"X|Y\""}, t0 + 2min, t0 + 4min)})
              .empty());
    CHECK(s.book.next_change() == t0 + 1min);
    CHECK(s.book.advance(t0 + 1min - 1ms).empty());
    CHECK(s.book.advance(t0 + 1min) == handles{1});
    CHECK(s.book.next_change() == t0 + 2min);
    CHECK(s.book.advance(t0 + 2min).empty()); // it was silenced already
    s.now = t0 + 2min;
    CHECK(s.ids(1) == std::vector<std::string>{"a", "b"});
    CHECK(s.book.advance(t0 + 3min).empty());
    CHECK(s.book.is_silenced(1));
    CHECK(s.book.advance(t0 + 4min) == handles{1});
    CHECK_FALSE(s.book.is_silenced(1));
    CHECK_FALSE(s.book.next_change());
}

TEST_CASE("a silence that is changed or taken away counts as it is from then on", "[silence_book]") {
    shelf s;
    s.add(1, {{"alertname", "X"}});
    s.add(2, {{"alertname", "Y"}});
    auto a = a_silence("a", {"alertname=X"});
    s.replace({a});
    SECTION("other matchers") {
        a.matchers = {must_match("alertname=Y")};
        CHECK(s.replace({a}) == handles{1, 2});
        CHECK(s.book.is_silenced(2));
    }
    SECTION("a longer time, the same matchers") {
        a.ends_at = t0 + 2h;
        CHECK(s.replace({a}).empty());
        CHECK(s.book.advance(t0 + 1h).empty());
        CHECK(s.book.advance(t0 + 2h) == handles{1});
    }
    SECTION("ended at once") {
        a.ends_at = t0;
        CHECK(s.replace({a}) == handles{1});
        CHECK_FALSE(s.book.next_change());
    }
    SECTION("another one beside it") {
        CHECK(s.replace({a_silence("b", {"alertname!=Z"}), a}) == handles{2});
        CHECK(s.ids(1) == std::vector<std::string>{"a", "b"});
    }
    SECTION("two of one id, which nobody should write") {
        CHECK(s.replace({a, a_silence("a", {"alertname=X"}, t0, t0 + 2h)}).empty());
        CHECK(s.book.advance(t0 + 1h).empty());
        CHECK(s.book.advance(t0 + 2h) == handles{1});
    }
    SECTION("no list at all") {
        CHECK(s.book.replace(nullptr, [](auto const&) {}, t0) == handles{1});
    }
}

TEST_CASE("a clock that is set back brings silences back that had expired", "[silence_book]") {
    shelf s;
    s.add(1, {{"alertname", "X"}});
    s.now = t0 + 2h;
    CHECK(s.replace({a_silence("a", {"alertname=X"})}).empty());
    auto const all = [&](silence_book::visitor const& visit) { visit(1, s.alerts[1]); };
    CHECK(s.book.set_back(all, t0 + 30min) == handles{1});
    CHECK(s.book.next_change() == t0 + 1h);
}

TEST_CASE("a handle that is used again has nothing of the alert before", "[silence_book]") {
    shelf s;
    s.replace({a_silence("a", {"alertname=X"})});
    s.add(1, {{"alertname", "X"}});
    s.add(1, {{"alertname", "Y"}});
    CHECK_FALSE(s.book.is_silenced(1));
}

// Whatever comes and goes, in whatever order: the book says what covers() and state_of() say.
TEST_CASE("the book agrees with each silence asked by itself", "[silence_book]") {
    static constexpr std::string_view texts[] = {
        "alertname=A",
        "alertname=B",
        "alertname=~\"A|C\"",
        "service=web",
        "service!=web",
        "service!~\"w.*\"",
        "team=\"\"",
        "team=ops",
        "alertname=\"\"",
        "service=~\".*\"",
    };
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        auto const below = [&](std::size_t limit) {
            return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
        };
        shelf s;
        std::vector<silence> all;
        for (int step = 0; step < 200; ++step) {
            std::map<silence_book::handle, bool> before;
            for (auto const& [which, what] : s.alerts)
                before[which] = s.book.is_silenced(which);
            handles changed;
            if (below(3) == 0) {
                auto const which = static_cast<silence_book::handle>(below(20));
                labels what{{"alertname", std::string_view("ABC").substr(below(3), 1)}};
                if (below(2) == 0)
                    what.push_back({"service", below(2) == 0 ? "web" : "api"});
                if (below(2) == 0)
                    what.push_back({"team", "ops"});
                s.add(which, what);
                before[which] = s.book.is_silenced(which);
            } else if (below(2) == 0) {
                if (all.size() > 5)
                    all.erase(all.begin() + static_cast<std::ptrdiff_t>(below(all.size())));
                auto const from = s.now + 1s * static_cast<int>(below(20)) - 10s;
                all.push_back(a_silence(
                    std::to_string(below(9)),
                    {texts[below(std::size(texts))], texts[below(std::size(texts))]},
                    from,
                    from + 1s * static_cast<int>(below(30))
                ));
                changed = s.replace(all);
            } else {
                s.now += 1s * static_cast<int>(below(5));
                changed = s.book.advance(s.now);
            }
            for (auto const& [which, what] : s.alerts) {
                bool const silenced = std::ranges::any_of(all, [&](silence const& each) {
                    return state_of(each, s.now) == silence_state::active && covers(each, what);
                });
                REQUIRE(s.book.is_silenced(which) == silenced);
                REQUIRE(s.ids(which).empty() == !silenced);
                bool const told = std::ranges::find(changed, which) != changed.end();
                REQUIRE(told == (before[which] != silenced));
            }
        }
    }
}
