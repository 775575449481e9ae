#include "server/journal/policy_watch.hpp"
#include "server/log/log.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server;

namespace {

struct bench {
    bench() {
        log::start({}, &lines);
        watch.follow("ours");
    }

    ~bench() { log::start({}); }

    bench(bench const&) = delete;
    bench& operator=(bench const&) = delete;

    void written(std::uint64_t sequence, std::string writer, std::string hash, std::string id = "id1") {
        policy::service_view view;
        view.id = std::move(id);
        view.name = "web";
        view.state.emplace();
        view.state->sequence = sequence;
        view.state->writer = std::move(writer);
        view.state->policy_hash = std::move(hash);
        watch.seen(view);
    }

    std::size_t said() const {
        auto const all = lines.str();
        return static_cast<std::size_t>(std::ranges::count(all, '\n'));
    }

    std::ostringstream lines;
    policy_watch watch{"me"};
};

} // namespace

TEST_CASE("a write of an autoscaler with another policy file is told once", "[policy_watch]") {
    bench b;
    policy::service_view fresh;
    fresh.id = "id1";
    b.watch.seen(fresh);
    b.written(1, "other.1", "theirs");
    b.written(1, "other.1", "theirs");
    b.written(2, "other.2", "theirs");
    CHECK(b.watch.mismatches() == 1);
    CHECK(b.said() == 1);
    CHECK(
        b.lines.str().find(
            "level=warn msg=\"another autoscaler follows another policy file\" service=web hash=ours "
            "other_hash=theirs writer=other.1"
        ) != std::string::npos
    );
    b.written(3, "other.3", "ours");
    CHECK(b.watch.mismatches() == 0);
    CHECK(b.said() == 2);
}

TEST_CASE("what was written before we came, or by ourselves, says nothing", "[policy_watch]") {
    bench b;
    b.written(7, "other.1", "older"); // by the daemon before this one, perhaps
    b.written(8, "me.1", "older");    // just before our own reload
    CHECK(b.watch.mismatches() == 0);
    CHECK(b.said() == 0);
}

TEST_CASE("a new policy file of our own begins anew", "[policy_watch]") {
    bench b;
    b.written(1, "other.1", "theirs");
    b.written(2, "other.2", "theirs");
    b.written(1, "other.3", "theirs", "id2");
    b.written(2, "other.4", "theirs", "id2");
    CHECK(b.watch.mismatches() == 2);
    b.watch.follow("theirs");
    CHECK(b.watch.mismatches() == 0);
    b.written(3, "other.5", "theirs");
    CHECK(b.watch.mismatches() == 0);
}

TEST_CASE("a label that is gone is no other policy", "[policy_watch]") {
    bench b;
    b.written(5, "other.1", "ours");
    policy::service_view deployed;
    deployed.id = "id1";
    b.watch.seen(deployed);
    CHECK(b.watch.mismatches() == 0);
}
