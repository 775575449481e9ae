// Every fault at every operation that the daemon uses. The trials of one test run side by side on one loop.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

// One step and then a long peace: whatever goes wrong, exactly one step must come of it.
setting const one_step{
    .policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]",
    // Many trials share one thread, on a machine that may be busy.
    .request = std::chrono::seconds(2),
};

constexpr std::array every_kind{
    fault_kind::stall,
    fault_kind::reset,
    fault_kind::error,
    fault_kind::late_error,
    fault_kind::conflict,
    fault_kind::lost_reply,
    fault_kind::refuse,
};

bool is_done(fault_kind kind) {
    return kind == fault_kind::stall || kind == fault_kind::reset || kind == fault_kind::late_error ||
           kind == fault_kind::lost_reply;
}

struct trial {
    trial(loop& runs, fault_kind of, operation at)
        : kind(of)
        , where(at)
        , name(std::string(to_string(of)) + " at " + std::string(to_string(at)))
        , swarm(runs, quick_web()) {}

    void start(loop& runs) { daemon = std::make_unique<instance>(runs, swarm.socket(), one_step); }

    // Twice in a row, so that one repetition does not help; but a write that is done is not tried again.
    void inject() {
        if (where == operation::ping) // new connections ask for it: break those that are there
            swarm.inject(fault_kind::reset, operation::inspect_service);
        bool const once = where == operation::update_service && is_done(kind);
        swarm.inject(kind, where, once ? 1 : 2);
    }

    bool is_over() { return swarm.faults().coming().empty() && swarm.counts("web").size() == 2; }

    fault_kind kind;
    operation where;
    std::string name;
    simulated_swarm swarm;
    std::unique_ptr<instance> daemon;
    std::shared_ptr<http_reply> reply;
};

using trials = std::vector<std::unique_ptr<trial>>;

// The alert comes while the faults are there; in the end there is one step, and it is known to be one.
void expect_one_step(loop& runs, trials const& all) {
    std::vector<instance*> daemons;
    for (auto const& each : all)
        each->reply = each->daemon->post(firing("HighLoad"));
    REQUIRE(runs.until([&] { return std::ranges::all_of(all, [](auto& each) { return each->reply->done; }); })
    );
    runs.until([&] {
        return std::ranges::all_of(all, [](auto& each) { return !each->swarm.changes("web").empty(); });
    });
    for (auto const& each : all) {
        INFO(each->name);
        CHECK(each->reply->status == 200);
        daemons.push_back(each->daemon.get());
    }
    CHECK(look_again(runs, daemons));
    runs.until([&] {
        return std::ranges::all_of(all, [](auto& each) { return each->is_over() && each->daemon->ready(); });
    });
    CHECK(look_again(runs, daemons));
    for (auto const& each : all) {
        INFO(each->name);
        CHECK(each->swarm.counts("web") == counts{2, 3});
        CHECK(each->swarm.changes("web").size() == 1);
        CHECK(each->swarm.faults().coming().empty());
        CHECK(each->daemon->recorded(decided_action::up) == 1);
        CHECK(each->daemon->ready());
    }
}

} // namespace

TEST_CASE("whatever fails while the daemon starts, the alert leads to one step", "[daemon][faults]") {
    loop runs;
    trials all;
    for (auto const kind : every_kind)
        for (auto const where :
             {operation::ping,
              operation::list_services,
              operation::inspect_service,
              operation::list_tasks,
              operation::update_service,
              operation::events}) {
            all.push_back(std::make_unique<trial>(runs, kind, where));
            all.back()->inject();
            all.back()->start(runs);
        }
    expect_one_step(runs, all);
}

TEST_CASE("whatever fails while the daemon works, the alert leads to one step", "[daemon][faults]") {
    loop runs;
    trials all;
    for (auto const kind : every_kind)
        for (auto const where :
             {operation::ping, operation::inspect_service, operation::list_tasks, operation::update_service
             }) {
            all.push_back(std::make_unique<trial>(runs, kind, where));
            all.back()->start(runs);
        }
    REQUIRE(runs.until([&] {
        return std::ranges::all_of(all, [](auto& each) {
            return each->daemon->ready() && each->daemon->status().last_decision;
        });
    }));
    for (auto const& each : all)
        each->inject();
    expect_one_step(runs, all);
}

TEST_CASE("a storm of conflicts ends in one step", "[daemon][faults]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.inject(fault_kind::conflict, operation::update_service, 6);
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(daemon.calls("update", "conflict") == 6);
    CHECK(daemon.calls("update") == 7);
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(daemon.recorded(reason::lost_race) == 0); // nobody has won it
}

TEST_CASE(
    "a write that was made in spite of the engine's error is one step, made and told once", "[daemon][faults]"
) {
    auto const text = GENERATE(
        "rpc error: code = Unknown desc = context deadline exceeded",
        "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
        // A follower that repeats a request by itself finds that its first try has been applied.
        "rpc error: code = Unknown desc = update out of sequence"
    );
    INFO(text);
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    fault late;
    late.kind = fault_kind::late_error;
    late.where = operation::update_service;
    late.text = text;
    swarm.faults().add(late);
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.calls("update") == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(daemon.calls("update") == 1);
    CHECK(daemon.recorded(decided_action::up) == 1);
    CHECK(daemon.recorded(reason::lost_race) == 0);
    CHECK(daemon.status().cooldown_up_until.has_value());
}

TEST_CASE("a write that was not made is made when the engine works again", "[daemon][faults]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.inject(fault_kind::error, operation::update_service);
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::swarm_unavailable) == 1; }));
    auto const& failed = daemon.decisions().back();
    CHECK_THAT(
        failed.error, Catch::Matchers::Contains("context deadline exceeded")
    ); // the engine's own words
    CHECK(swarm.counts("web") == counts{2});
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(daemon.calls("update") == 2);
    CHECK(swarm.counts("web") == counts{2, 3});
}

TEST_CASE("alerts are answered while the engine keeps silent, and are not lost", "[daemon][faults]") {
    auto const where = GENERATE(operation::inspect_service, operation::list_tasks, operation::ping);
    INFO(to_string(where));
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stall(where, std::chrono::minutes(10));
    setting patient = one_step;
    patient.request = std::chrono::minutes(10);
    instance daemon(runs, swarm.socket(), patient);
    REQUIRE(runs.until([&] { return swarm.faults().coming().empty(); }));
    for (int repeated = 0; repeated < 5; ++repeated)
        CHECK(daemon.deliver(firing("HighLoad")) == 200);
    // Not one call has been answered meanwhile that a decision could rest on.
    CHECK(daemon.decisions().empty());
    CHECK(swarm.counts("web") == counts{2});

    swarm.stop(); // breaks the silent connection
    swarm.start();
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
}
