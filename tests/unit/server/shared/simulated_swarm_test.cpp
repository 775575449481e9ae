// Two autoscalers, each with an engine client of its own, on one simulated Swarm.
#include "swarm_client/engine_client.hpp"
#include "swarm_client/simulated/simulated_engine.hpp"
#include "unit/server/shared/shared_support.hpp"

using namespace autoscaler;
using namespace autoscaler::server::shared;
using namespace autoscaler::tests;
namespace simulated = autoscaler::swarm::simulated;
using simulated::fault_kind;
using simulated::operation;

namespace {

class swarm_of_two {
public:
    swarm_of_two() {
        REQUIRE_FALSE(engine_.start());
        auto const where = swarm::parse_endpoint(engine_.endpoint());
        REQUIRE(where.has_value());
        for (auto& client : clients_)
            client = std::make_unique<swarm::engine_client>(io_.get_executor(), std::vector{*where});
        options chosen;
        chosen.resync = std::chrono::milliseconds(5); // in place of events
        chosen.first_retry = std::chrono::milliseconds(5);
        for (std::size_t i = 0; i < rigs_.size(); ++i) {
            rigs_[i] = std::make_unique<autoscaler_rig>(
                io_, *clients_[i], now_, chosen, scratch_.path("data" + std::to_string(i))
            );
            rigs_[i]->state->start();
        }
    }

    ~swarm_of_two() {
        for (auto& rig : rigs_)
            rig.reset();
        for (auto& client : clients_)
            client->stop();
        engine_.stop();
        io_.restart();
        io_.run();
    }

    swarm_of_two(swarm_of_two const&) = delete;
    swarm_of_two& operator=(swarm_of_two const&) = delete;
    swarm_of_two(swarm_of_two&&) = delete;
    swarm_of_two& operator=(swarm_of_two&&) = delete;

    autoscaler_rig& one() { return *rigs_[0]; }

    autoscaler_rig& two() { return *rigs_[1]; }

    void inject(fault_kind kind, operation where, std::uint64_t times = 1) {
        simulated::fault what;
        what.kind = kind;
        what.where = where;
        what.times = times;
        engine_.injected().add(what);
    }

    simulated::faults& faults() { return engine_.injected(); }

    bool agree() {
        return run_until(io_, [this] {
            return one().silences == two().silences && one().pauses == two().pauses;
        });
    }

    policy::time_point now() const { return now_; }

private:
    boost::asio::io_context io_;
    policy::time_point now_ = at(1'000'000);
    scratch_directory scratch_;
    simulated::simulated_engine engine_{io_, swarm::model::default_scenario(), scratch_.path("docker.sock")};
    std::array<std::unique_ptr<swarm::engine_client>, 2> clients_;
    std::array<std::unique_ptr<autoscaler_rig>, 2> rigs_;
};

} // namespace

TEST_CASE("through real engine calls, what is made at one autoscaler holds at the other") {
    swarm_of_two swarm;
    auto const made = swarm.one().set(draft_of("web", 1'000'000, 9'000'000));
    REQUIRE(made.what == silence_outcome::kind::done);
    CHECK(swarm.one().pause(pause_of("hosp_patient")).what == pause_outcome::kind::done);
    CHECK(swarm.agree());
    CHECK(swarm.two().silences.size() == 1);
    CHECK(swarm.two().expire(made.id).what == silence_outcome::kind::done);
    CHECK(swarm.two().lift("hosp_patient").what == pause_outcome::kind::done);
    CHECK(swarm.agree());
    CHECK(policy::state_of(swarm.one().silences.front(), swarm.now()) == policy::silence_state::expired);
    CHECK_FALSE(policy::in_force(swarm.one().pauses.front(), swarm.now()));
    for (auto* rig : {&swarm.one(), &swarm.two()})
        for (auto const& each : rig->stored())
            CHECK_FALSE(each.pending);
}

TEST_CASE("through real engine calls, no fault of the engine loses a change or makes it twice") {
    for (auto const kind :
         {fault_kind::reset,
          fault_kind::error,
          fault_kind::late_error,
          fault_kind::conflict,
          fault_kind::lost_reply,
          fault_kind::refuse}) {
        INFO(to_string(kind));
        swarm_of_two swarm;
        swarm.inject(kind, operation::create_config, 2);
        swarm.inject(kind, operation::update_config, 2);
        auto const made = swarm.one().set(draft_of("web", 1'000'000, 9'000'000));
        REQUIRE(made.what == silence_outcome::kind::done);
        CHECK(swarm.agree());
        CHECK(swarm.two().expire(made.id).what == silence_outcome::kind::done);
        CHECK(swarm.agree());
        REQUIRE(swarm.one().silences.size() == 1);
        CHECK(policy::state_of(swarm.one().silences.front(), swarm.now()) == policy::silence_state::expired);
    }
}

TEST_CASE("without quorum a silence is kept on the disk, and shared once there is one again") {
    swarm_of_two swarm;
    swarm.faults().set_place(simulated::membership::no_leader);
    auto const made = swarm.one().set(draft_of("web", 1'000'000, 9'000'000));
    REQUIRE(made.what == silence_outcome::kind::done);
    CHECK(swarm.one().stored().front().pending);
    CHECK(swarm.two().silences.empty());
    swarm.faults().set_place(simulated::membership::manager);
    CHECK(swarm.agree());
    CHECK(swarm.two().silences.size() == 1);
}
