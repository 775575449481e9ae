#include "server/shared/ledger.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

using namespace autoscaler;
using namespace autoscaler::server::shared;
using tests::at;

namespace {

constexpr auto patience = std::chrono::seconds(20);

item pause(std::string service, std::int64_t updated, std::string comment = "") {
    policy::service_pause what;
    what.service = std::move(service);
    what.updated_at = at(updated);
    what.comment = std::move(comment);
    return to_item(std::move(what));
}

std::string comment_of(ledger const& which, std::string_view service) {
    auto const* found = which.pause_of(service);
    return found == nullptr ? "none" : found->comment;
}

} // namespace

TEST_CASE("of two versions the newest counts, in whatever order they are seen") {
    ledger known;
    CHECK(known.seen(pause("web", 5, "five")));
    CHECK_FALSE(known.seen(pause("web", 4, "four")));
    CHECK(comment_of(known, "web") == "five");
    CHECK_FALSE(known.seen(pause("web", 5, "five")));
    CHECK(known.seen(pause("web", 6, "six")));
    CHECK(comment_of(known, "web") == "six");
    CHECK(known.pauses().size() == 1);
}

TEST_CASE("what is pending stays so until Swarm shows it, or something newer") {
    ledger known;
    known.written(pause("web", 5), true, 0);
    known.read({}, {}, 1, at(0), patience);
    known.read({pause("web", 4)}, {}, 2, at(100'000), patience);
    CHECK(known.pending().size() == 1);
    auto const found = known.read({pause("web", 5)}, {}, 3, at(200'000), patience);
    CHECK(known.pending().empty());
    CHECK(found.taken.size() == 1);
}

TEST_CASE("what was removed by hand is gone, but not before a cut-off leader would have noticed") {
    ledger known;
    known.read({pause("web", 1), pause("api", 1)}, {}, 1, at(0), patience);
    auto found = known.read({pause("api", 1)}, {}, 2, at(1000), patience);
    CHECK(found.doubtful);
    CHECK(found.gone.empty());
    CHECK(known.pauses().size() == 2);
    found = known.read({pause("api", 1)}, {}, 3, at(20'999), patience);
    CHECK(known.pauses().size() == 2);
    found = known.read({pause("api", 1)}, {}, 4, at(21'000), patience);
    CHECK(found.gone == std::vector<std::string>{pause("web", 1).what.name});
    CHECK(comment_of(known, "web") == "none");
    CHECK_FALSE(found.doubtful);
}

TEST_CASE("one that is seen again was never gone, and one that is unreadable is there") {
    ledger known;
    known.read({pause("web", 1)}, {}, 1, at(0), patience);
    known.read({}, {}, 2, at(0), patience);
    known.read({pause("web", 1)}, {}, 3, at(10'000), patience);
    CHECK(known.read({}, {}, 4, at(25'000), patience).doubtful);
    CHECK(known.read({}, {pause("web", 1).what.name}, 5, at(99'000), patience).gone.empty());
    CHECK(known.pauses().size() == 1);
}

TEST_CASE("a reading that began before a write does not end what was written") {
    ledger known;
    known.written(pause("web", 1), false, 7);
    CHECK_FALSE(known.read({}, {}, 7, at(0), std::chrono::seconds(0)).doubtful);
    CHECK(known.pauses().size() == 1);
    CHECK(known.read({}, {}, 8, at(0), std::chrono::seconds(0)).gone.size() == 1);
}

TEST_CASE("a clock that was set back does not keep for ever what is gone") {
    ledger known;
    known.read({pause("web", 1)}, {}, 1, at(0), patience);
    known.read({}, {}, 2, at(1'000'000), patience);
    known.read({}, {}, 3, at(1000), patience);
    CHECK(known.read({}, {}, 4, at(21'000), patience).gone.size() == 1);
}

TEST_CASE("what ended long ago is old, a pause without an end never is") {
    ledger known;
    policy::service_pause ending;
    ending.service = "web";
    ending.until = at(1000);
    known.seen(to_item(ending));
    known.seen(pause("api", 1));
    CHECK(known.old(std::chrono::seconds(10), 10, at(10'999)).empty());
    REQUIRE(known.old(std::chrono::seconds(10), 10, at(11'000)).size() == 1);
    known.forget({to_item(ending).what.name});
    CHECK(known.old(std::chrono::seconds(10), 10, at(11'000)).empty());
}

TEST_CASE("of the silences that have ended only so many are kept, those that ended last") {
    ledger known;
    for (int i = 0; i < 5; ++i) {
        policy::silence what;
        what.id = std::to_string(i);
        what.ends_at = at(1000 + (i * 7 % 5)); // 0, 3, 1, 4, 2 in the order of their ends
        known.seen(to_item(what));
    }
    policy::service_pause ending;
    ending.service = "web";
    ending.until = at(1);
    known.seen(to_item(ending)); // pauses do not count: their names are used again

    CHECK(known.old(std::chrono::hours(1), 5, at(2000)).empty());
    CHECK(known.old(std::chrono::hours(1), 0, at(1000)).size() == 1); // the others are in force
    auto const old = known.old(std::chrono::hours(1), 3, at(2000));
    REQUIRE(old.size() == 2);
    CHECK(std::get<policy::silence>(old[0].value).id == "0");
    CHECK(std::get<policy::silence>(old[1].value).id == "3");
}
