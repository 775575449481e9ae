#include "unit/server/shared/shared_support.hpp"

using namespace autoscaler;
using namespace autoscaler::server::shared;
using namespace autoscaler::tests;

namespace {

using kind = silence_outcome::kind;

options test_options() {
    options chosen;
    chosen.resync = std::chrono::hours(1); // tests say themselves when to look
    chosen.write_patience = std::chrono::milliseconds(500);
    chosen.first_retry = std::chrono::milliseconds(1);
    chosen.last_retry = std::chrono::milliseconds(2);
    return chosen;
}

options hasty_options() {
    options chosen = test_options();
    chosen.write_patience = std::chrono::milliseconds(30);
    return chosen;
}

struct world {
    boost::asio::io_context io;
    policy::time_point now = at(1'000'000);
    fake_swarm swarm{io};
    scratch_directory scratch;
};

constexpr std::int64_t start = 1'000'000;
constexpr std::int64_t end = 2'000'000;

} // namespace

TEST_CASE("a silence made at one autoscaler holds at the other") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    two.state->start();
    auto const made = one.set(draft_of("web", start, end));
    REQUIRE(made.what == kind::done);
    CHECK(here.swarm.configs.contains(std::string(silence_prefix) + made.id));
    REQUIRE(one.silences.size() == 1);
    CHECK(two.becomes([&] { return two.silences == one.silences; }));

    here.now = at(start + 1000);
    CHECK(two.expire(made.id).what == kind::done);
    one.state->start();
    CHECK(one.becomes([&] { return one.silences.front().ends_at == here.now; }));
}

TEST_CASE("a pause made at one autoscaler holds at the other, and is lifted there") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    CHECK(one.pause(pause_of("web")).what == pause_outcome::kind::done);
    // It was made a moment ago: the other one asks Swarm before it says that there is none.
    CHECK(two.lift("web").what == pause_outcome::kind::done);
    CHECK(here.swarm.configs.size() == 1);
    CHECK(two.lift("web").what == pause_outcome::kind::not_found);
    one.state->start();
    CHECK(one.becomes([&] { return one.pauses.front().until == here.now; }));
}

TEST_CASE("a silence of another autoscaler can be expired at once, an unknown one cannot") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    auto const made = one.set(draft_of("web", start, end));
    CHECK(two.expire(made.id).what == kind::done);
    CHECK(two.expire("8f9d2c1e-0000-4000-8000-0123456789ab").what == kind::not_found);
}

TEST_CASE("two that change one pause at the same time agree, and the later one counts") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    auto first = pause_of("web");
    first.comment = "first";
    auto second = pause_of("web");
    second.comment = "second";
    here.swarm.before_write = [&] { here.swarm.put(to_record(first).name, to_record(first).labels); };
    first.updated_at = here.now + std::chrono::hours(1); // by a clock that is ahead
    CHECK(two.pause(second).what == pause_outcome::kind::done);
    REQUIRE(two.pauses.size() == 1);
    CHECK(two.pauses.front().comment == "second");
    CHECK(two.pauses.front().updated_at > first.updated_at);
    one.state->start();
    CHECK(one.becomes([&] { return one.pauses == two.pauses; }));
}

TEST_CASE("a silence whose old version expires is replaced by a new one, in Swarm too") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    auto const made = one.set(draft_of("web", start, end));
    auto changed = draft_of("api", start, end);
    changed.id = made.id;
    auto const again = one.set(changed);
    CHECK(again.what == kind::done);
    CHECK(again.id != made.id);
    CHECK(here.swarm.configs.size() == 2);
    CHECK(one.silences.size() == 2);
}

TEST_CASE("an answer that was lost is found out by looking") {
    for (auto const how : {fault::lost, fault::lost_before, fault::conflict}) {
        world here;
        autoscaler_rig one(here.io, here.swarm, here.now, test_options());
        here.swarm.next = {how};
        auto const made = one.set(draft_of("web", start, end));
        CHECK(made.what == kind::done);
        CHECK(here.swarm.configs.size() == 1);
        here.swarm.next = {fault::none, how};
        CHECK(one.expire(made.id).what == kind::done);
        CHECK(here.swarm.configs.size() == 1);
        CHECK(one.faults.empty());
    }
}

TEST_CASE("without Swarm local storage keeps it, and Swarm gets it once it is there") {
    for (auto const how : {fault::unreachable, fault::lost_before, fault::refused}) {
        world here;
        here.swarm.always = how;
        autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
        one.state->start();
        CHECK(one.set(draft_of("web", start, end)).what == kind::done);
        CHECK(one.silences.size() == 1);
        REQUIRE(one.stored().size() == 1);
        CHECK(one.stored().front().pending);
        CHECK(one.state->unshared() == 1);
        CHECK(here.swarm.configs.empty());

        here.swarm.always = fault::none;
        CHECK(one.becomes([&] { return here.swarm.configs.size() == 1; }));
        CHECK(run_until(here.io, [&] { return !one.stored().front().pending; }));
        CHECK(run_until(here.io, [&] { return one.state->unshared() == 0; }));
    }
}

TEST_CASE("a Swarm that does not answer holds nobody up for longer than the patience") {
    world here;
    here.swarm.always = fault::hangs;
    {
        autoscaler_rig one(here.io, here.swarm, here.now, hasty_options(), here.scratch.path());
        one.state->start();
        CHECK(one.set(draft_of("web", start, end)).what == kind::done);
        CHECK(one.stored().front().pending);
    }
    here.swarm.release();
    here.io.restart();
    here.io.run();
}

TEST_CASE("where nobody keeps it nothing has changed") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    auto const made = one.set(draft_of("web", start, end));
    auto const before = one.silences;
    here.swarm.always = fault::unreachable;
    auto const refused = one.set(draft_of("api", start, end));
    CHECK(refused.what == kind::unavailable);
    CHECK(refused.text.find("there is no local storage") != std::string::npos);
    CHECK(one.expire(made.id).what == kind::unavailable);
    CHECK(one.pause(pause_of("web")).what == pause_outcome::kind::unavailable);
    CHECK(one.silences == before);
    CHECK(one.state->silences() == before);
    CHECK(one.pauses.empty());
}

TEST_CASE("what is pending survives a restart, and then reaches Swarm") {
    world here;
    here.swarm.always = fault::unreachable;
    {
        autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
        CHECK(one.set(draft_of("web", start, end)).what == kind::done);
        CHECK(one.pause(pause_of("web")).what == pause_outcome::kind::done);
    }
    autoscaler_rig again(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    CHECK(again.silences.size() == 1);
    CHECK(again.pauses.size() == 1);
    here.swarm.always = fault::none;
    again.state->start();
    CHECK(run_until(here.io, [&] { return here.swarm.configs.size() == 2; }));
}

TEST_CASE("one that Swarm does not want keeps no other from it") {
    world here;
    here.swarm.always = fault::unreachable;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    for (auto const* service : {"a", "b", "c"})
        one.pause(pause_of(service));
    here.swarm.unwanted = {to_record(pause_of("a")).name};
    here.swarm.always = fault::none;
    one.state->start();
    CHECK(run_until(here.io, [&] { return one.state->unshared() == 1; }));
    CHECK(here.swarm.configs.size() == 2);
    CHECK(one.pauses.size() == 3);
}

TEST_CASE("what Swarm had holds after a start without Swarm") {
    world here;
    {
        autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
        CHECK(one.set(draft_of("web", start, end)).what == kind::done);
        CHECK_FALSE(one.stored().front().pending);
    }
    here.swarm.always = fault::unreachable;
    autoscaler_rig again(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    again.state->start();
    CHECK(run_until(here.io, [&] { return here.swarm.lists > 3; }));
    CHECK(again.silences.size() == 1);
    CHECK(again.faults.size() == 1); // Swarm's silence is told once
}

TEST_CASE("what was pending gives way to a newer version that Swarm has meanwhile") {
    world here;
    here.swarm.always = fault::unreachable;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    one.pause(pause_of("web"));
    auto newer = pause_of("web");
    newer.comment = "newer";
    newer.updated_at = here.now + std::chrono::seconds(5);
    here.swarm.put(to_record(newer).name, to_record(newer).labels);
    here.swarm.always = fault::none;
    one.state->start();
    CHECK(one.becomes([&] { return one.pauses.size() == 1 && one.pauses.front().comment == "newer"; }));
    CHECK(run_until(here.io, [&] { return !one.stored().front().pending; }));
    CHECK(here.swarm.configs[to_record(newer).name].labels == to_record(newer).labels);
}

TEST_CASE("a config that somebody removes by hand ends its silence, here and on the disk") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    one.state->start();
    one.set(draft_of("web", start, end));
    here.swarm.configs.clear();
    CHECK(one.looks(here.swarm));
    CHECK(one.silences.size() == 1); // an old leader may have answered
    here.now += std::chrono::seconds(20);
    CHECK(one.becomes([&] { return one.silences.empty(); }));
    CHECK(run_until(here.io, [&] { return one.stored().empty(); }));
}

TEST_CASE("garbage in Swarm is told once and harms nothing") {
    world here;
    here.swarm.put(std::string(silence_prefix) + "x", {{"swarm.autoscaler.silence", "{\"v\":1}"}});
    here.swarm.put("swarm-autoscaler.other", {});
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    one.state->start();
    CHECK(one.set(draft_of("web", start, end)).what == kind::done);
    CHECK(one.looks(here.swarm));
    CHECK(one.looks(here.swarm));
    CHECK(one.faults.size() == 2);
    CHECK(one.silences.size() == 1);
    CHECK(here.swarm.configs.size() == 3);
}

TEST_CASE("a pause whose config holds garbage can be made anew") {
    world here;
    auto const name = to_record(pause_of("web")).name;
    here.swarm.put(name, {{"swarm.autoscaler.pause", "nonsense"}});
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    CHECK(one.pause(pause_of("web")).what == pause_outcome::kind::done);
    CHECK(here.swarm.configs[name].labels == to_record(one.pauses.front()).labels);
}

TEST_CASE("what ended longer ago than the retention is removed everywhere") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    one.state->start();
    two.state->start();
    one.set(draft_of("web", start, end));
    one.pause(pause_of("web", at(end)));
    CHECK(two.becomes([&] { return two.silences.size() == 1 && two.pauses.size() == 1; }));
    here.now = at(end) + std::chrono::hours(120) - std::chrono::milliseconds(1);
    CHECK(one.looks(here.swarm));
    CHECK(one.silences.size() == 1);
    here.now += std::chrono::milliseconds(1);
    two.state->look_again();
    CHECK(one.becomes([&] { return one.silences.empty() && one.pauses.empty(); }));
    CHECK(two.becomes([&] { return two.silences.empty() && two.pauses.empty(); }));
    CHECK(here.swarm.configs.empty());
    CHECK(run_until(here.io, [&] { return one.stored().empty(); }));
}

TEST_CASE("a pause that is made again while others forget the old one has an object of its own") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    one.pause(pause_of("web", at(end)));
    auto const old = here.swarm.configs.begin()->second.id;
    here.now = at(end) + std::chrono::hours(119);
    CHECK(one.pause(pause_of("web")).what == pause_outcome::kind::done);
    REQUIRE(here.swarm.configs.size() == 1);
    CHECK(here.swarm.configs.begin()->second.id != old);
}

TEST_CASE("changes are made one after the other, and too many at once are refused") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, hasty_options());
    here.swarm.always = fault::hangs;
    std::size_t ended = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 80; ++i)
        boost::asio::co_spawn(
            here.io,
            one.state->set_pause(pause_of("s" + std::to_string(i))),
            [&](std::exception_ptr const&, pause_outcome const& what) {
                ++ended;
                refused += what.text.find("wait already") != std::string::npos ? 1 : 0;
            }
        );
    here.io.restart();
    here.io.poll();
    CHECK(refused == 16);
    here.swarm.always = fault::none;
    here.swarm.release();
    CHECK(run_until(here.io, [&] { return ended == 80; }));
    CHECK(one.pauses.size() == 63); // the first one had no answer in time, and no local storage
}

TEST_CASE("stop ends what waits for Swarm, and takes no change any more") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options(), here.scratch.path());
    one.state->start();
    here.swarm.always = fault::hangs;
    std::optional<silence_outcome> outcome;
    boost::asio::co_spawn(
        here.io,
        one.state->set_silence(draft_of("web", start, end)),
        [&](std::exception_ptr const&, silence_outcome what) { outcome = std::move(what); }
    );
    here.io.restart();
    here.io.poll();
    CHECK(wait_for(here.io, stopped(*one.state)));
    REQUIRE(outcome);
    CHECK(outcome->what == kind::done); // local storage has it
    CHECK(one.set(draft_of("api", start, end)).text == "the autoscaler is shutting down");
    here.swarm.release();
    here.io.restart();
    here.io.run();
}

TEST_CASE("it is said once when all that Swarm has is known, and not before") {
    world here;
    autoscaler_rig one(here.io, here.swarm, here.now, test_options());
    REQUIRE(one.set(draft_of("web", start, end)).what == kind::done);

    autoscaler_rig two(here.io, here.swarm, here.now, test_options());
    here.swarm.next = {fault::unreachable, fault::lost};
    two.state->start();
    CHECK(run_until(here.io, [&] { return two.faults.size() == 1; }));
    CHECK(two.read == 0);
    CHECK(run_until(here.io, [&] { return two.read == 1; }));
    CHECK(two.silences.size() == 1);
    CHECK(two.looks(here.swarm));
    CHECK(two.read == 1);
}
