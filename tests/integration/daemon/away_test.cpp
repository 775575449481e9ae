// No usable manager: the daemon says why, keeps the demand, and goes on by itself.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using counts = std::vector<std::uint64_t>;

namespace {

setting const one_step{
    .policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]"
};

bool says(instance const& daemon, std::string_view words) {
    return !daemon.ready() && daemon.cause().find(words) != std::string::npos;
}

struct place_and_words {
    membership place;
    std::string_view words;
};

place_and_words any_bad_place() {
    return GENERATE(values<place_and_words>({
        {membership::worker, "is a swarm worker"},
        {membership::inactive, "not in swarm mode"},
        {membership::locked, "the swarm is locked"},
        {membership::no_leader, "has no leader"},
    }));
}

void expect_recovery(loop& runs, simulated_swarm& swarm, instance& daemon) {
    REQUIRE(runs.until([&] { return daemon.ready() && daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(daemon.status().error.empty());
}

} // namespace

TEST_CASE("an engine that is no manager at the start is named, and waited for", "[daemon][away]") {
    auto const [place, words] = any_bad_place();
    INFO(words);
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.faults().set_place(place);
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(runs.until([&] { return says(daemon, words) && daemon.recorded(reason::swarm_unavailable) == 1; }));
    CHECK(daemon.status().error.find(words) != std::string::npos);
    CHECK(swarm.counts("web") == counts{2});

    swarm.faults().set_place(membership::manager);
    expect_recovery(runs, swarm, daemon);
}

TEST_CASE("an engine that stops being a manager is named, and waited for", "[daemon][away]") {
    auto const [place, words] = any_bad_place();
    INFO(words);
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), one_step);
    REQUIRE(runs.until([&] { return daemon.ready() && daemon.status().last_decision; }));

    swarm.faults().set_place(place);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(runs.until([&] { return says(daemon, words) && daemon.recorded(reason::swarm_unavailable) == 1; }));
    CHECK(swarm.counts("web") == counts{2});

    swarm.faults().set_place(membership::manager);
    expect_recovery(runs, swarm, daemon);
}

TEST_CASE("an engine that does not run yet is waited for", "[daemon][away]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stop();
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(runs.until([&] {
        return says(daemon, "cannot be reached") && daemon.recorded(reason::swarm_unavailable) == 1;
    }));
    CHECK(daemon.cause().find(swarm.socket()) != std::string::npos);

    swarm.start();
    expect_recovery(runs, swarm, daemon);
}

TEST_CASE("an engine that goes away and comes back is noticed both times", "[daemon][away]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), one_step);
    REQUIRE(runs.until([&] {
        return daemon.ready() && daemon.status().last_decision && swarm.seen(operation::events) > 0;
    }));

    swarm.stop();
    CHECK(runs.until([&] { return says(daemon, "cannot be reached"); }));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(runs.until([&] { return daemon.recorded(reason::swarm_unavailable) == 1; }));
    CHECK(swarm.counts("web") == counts{2});

    swarm.start();
    expect_recovery(runs, swarm, daemon);
}

TEST_CASE("a path that is no socket is named", "[daemon][away]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.directory(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(runs.until([&] {
        return says(daemon, swarm.directory()) && daemon.recorded(reason::swarm_unavailable) == 1;
    }));
}

TEST_CASE("a socket without permission is named as that", "[daemon][away]") {
    loop outer;
    simulated_swarm swarm(outer, quick_web());
    REQUIRE(::chmod(swarm.directory().c_str(), 0755) == 0);
    REQUIRE(::chmod(swarm.socket().c_str(), 0) == 0);
    // Permissions bind everybody but root, so a child gives its privileges away first. It leaves by _exit:
    // what it shares with its parent is not its own to clean up.
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0 && ::setuid(nobody) != 0)
            ::_exit(2);
        loop runs;
        instance daemon(runs, swarm.socket(), one_step);
        bool const named =
            runs.until([&] { return says(daemon, "no permission to use the engine's socket"); });
        ::_exit(named ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
