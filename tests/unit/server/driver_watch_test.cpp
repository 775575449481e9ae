// How the driver looks after Swarm: what it tells of managers, and how often it looks at the services.
#include "policy/yaml/load_policy.hpp"
#include "server/driver/driver.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace autoscaler;
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

// A Swarm in which every call ends at once, on the stack of who asks, and as the test says.
class fake_swarm final : public swarm::swarm_api {
public:
    explicit fake_swarm(asio::io_context& io)
        : stream_end_(io, asio::steady_timer::time_point::max())
        , answers_(io, asio::steady_timer::time_point::max()) {}

    std::string endpoint;     // that serves; "" = none
    bool has_services = true; // else no inspection succeeds
    bool has_events = true;   // else the stream is refused
    std::size_t probes = 0;
    std::size_t inspections = 0;
    std::size_t streams = 0;
    std::vector<std::uintptr_t> stack; // where it stood at each inspection

    // From now on inspections wait until answer().
    void hold() { holds_ = true; }

    void answer() {
        holds_ = false;
        answers_.cancel();
    }

    void end_stream() { stream_end_.cancel(); }

    void stop() {
        stopped_ = true;
        end_stream();
    }

    asio::awaitable<swarm::result<swarm::engine_info>> probe() override {
        ++probes;
        if (endpoint.empty())
            co_return away("probe");
        co_return swarm::engine_info{endpoint, "1.41"};
    }

    asio::awaitable<swarm::result<swarm::service>> inspect(std::string name) override {
        ++inspections;
        stack.push_back(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
        if (holds_) {
            boost::system::error_code woken;
            co_await answers_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        }
        if (endpoint.empty() || !has_services)
            co_return away("inspect");
        swarm::service found;
        found.id = "id-" + name;
        found.name = std::move(name);
        found.version = 7;
        found.replicas = 2;
        co_return found;
    }

    asio::awaitable<swarm::result<swarm::task_counts>>
    count_tasks(std::string, std::uint64_t wanted) override {
        co_return swarm::task_counts{.running = wanted};
    }

    asio::awaitable<swarm::error> events(swarm::event_handlers handlers) override {
        ++streams;
        if (stopped_)
            co_return swarm::failed(swarm::error_kind::cancelled, "events", "");
        if (endpoint.empty() || !has_events)
            co_return away("events");
        handlers.opened();
        boost::system::error_code woken;
        co_await stream_end_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        auto const kind = stopped_ ? swarm::error_kind::cancelled : swarm::error_kind::connection_lost;
        co_return swarm::failed(kind, "events", "");
    }

    asio::awaitable<swarm::result<std::vector<swarm::service_summary>>> list() override {
        co_return away("list");
    }

    asio::awaitable<swarm::result<swarm::service>> inspect_id(std::string) override { co_return away("id"); }

    asio::awaitable<swarm::result<void>> update(swarm::service, swarm::update_request) override {
        co_return away("update");
    }

    asio::awaitable<swarm::result<std::vector<swarm::config_object>>> list_configs(std::string) override {
        co_return away("configs");
    }

    asio::awaitable<swarm::result<std::string>> create_config(std::string, swarm::label_map) override {
        co_return away("configs");
    }

    asio::awaitable<swarm::result<void>> update_config(swarm::config_object, swarm::label_map) override {
        co_return away("configs");
    }

    asio::awaitable<swarm::result<void>> remove_config(std::string) override { co_return away("configs"); }

private:
    static swarm::error away(std::string what) {
        return swarm::failed(swarm::error_kind::no_leader, std::move(what), "no leader");
    }

    asio::steady_timer stream_end_;
    asio::steady_timer answers_;
    bool holds_ = false;
    bool stopped_ = false;
};

std::shared_ptr<policy::policy_set const> about(std::size_t services) {
    std::string text = "policies:\n";
    for (std::size_t i = 0; i < services; ++i) {
        auto const name = "web" + std::to_string(i);
        text += "- {name: " + name + ", alert: HighLoad, service: " + name + ", scale: +1, max: 9}\n";
    }
    auto loaded = policy::load_policy(text, "policy.yml", {});
    REQUIRE(loaded.policies);
    return std::make_shared<policy::policy_set const>(std::move(*loaded.policies));
}

struct bench {
    explicit bench(std::size_t services)
        : swarm(io)
        , engine({.instance = "test"}, about(services), start)
        , driver(
              io.get_executor(),
              swarm,
              engine,
              {},
              [this] { return now; }, // stands still, so that nothing is due by itself
              observers(),
              {milliseconds(1), milliseconds(1), milliseconds(1), milliseconds(4)}
          ) {}

    ~bench() {
        bool ended = false;
        asio::co_spawn(io, driver.stop(milliseconds(0), [this] { swarm.stop(); }), [&](auto const&) {
            ended = true;
        });
        until([&] { return ended; });
    }

    server::driver_observers observers() {
        server::driver_observers told;
        told.decided = [](auto const&) {};
        told.called = [](auto, auto, auto) {};
        told.conflicted = [] {};
        told.scaled_on_alert = [](auto) {};
        told.reached = [this](server::readiness const& state, std::string_view endpoint) {
            reached.push_back(state.ready ? std::string(endpoint) : state.cause);
        };
        told.observed = [](auto const&) {};
        told.configs_changed = [] {};
        told.queried = [](auto const&, auto const&) {};
        told.posted = [](auto const&, auto const&) {};
        return told;
    }

    bool until(std::function<bool()> const& condition) {
        auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!condition() && std::chrono::steady_clock::now() < patience) {
            io.restart();
            io.run_one_for(milliseconds(5));
        }
        return condition();
    }

    // Several rounds of looking for a manager.
    bool for_a_while() {
        auto const before = swarm.probes;
        return until([&] { return swarm.probes >= before + 10; });
    }

    static constexpr policy::time_point start{std::chrono::hours(100'000)};

    asio::io_context io;
    policy::time_point now = start;
    fake_swarm swarm;
    policy::engine engine;
    server::driver driver;
    std::vector<std::string> reached;
};

} // namespace

TEST_CASE("thousands of calls that end at once do not pile up", "[driver]") {
    constexpr std::size_t count = 1000;
    bench one(count);
    one.swarm.has_services = GENERATE(true, false);
    one.driver.start();
    REQUIRE(one.until([&] { return !one.reached.empty(); }));
    auto const before = one.swarm.inspections; // the first looks are spread over some time
    one.swarm.hold();
    one.swarm.endpoint = "unix:///a";
    REQUIRE(one.until([&] { return one.swarm.inspections >= before + 8; })); // all others wait for these
    REQUIRE(one.for_a_while());
    CHECK(one.swarm.inspections == before + 8);
    one.swarm.answer();
    REQUIRE(one.until([&] { return one.swarm.inspections >= before + count; }));
    REQUIRE(one.for_a_while());
    CHECK(one.swarm.inspections == before + count);
    auto const [deepest, highest] = std::ranges::minmax(one.swarm.stack);
    CHECK(highest - deepest < std::size_t{64} * 1024);
}

TEST_CASE("a manager that is back, and its events, lead to one look at everything", "[driver]") {
    bench one(20);
    one.swarm.endpoint = "unix:///a";
    one.driver.start();
    REQUIRE(one.until([&] { return one.driver.state().ready && one.swarm.streams == 1; }));
    REQUIRE(one.for_a_while());
    REQUIRE(one.swarm.inspections == 20);

    one.swarm.endpoint = "";
    one.swarm.end_stream();
    REQUIRE(one.until([&] { return !one.driver.state().ready; }));
    REQUIRE(one.for_a_while());
    CHECK(one.swarm.inspections == 20);

    one.swarm.endpoint = "unix:///a";
    REQUIRE(one.until([&] { return one.swarm.inspections >= 40; }));
    REQUIRE(one.for_a_while());
    CHECK(one.swarm.inspections == 40);
    CHECK(one.reached.size() == 3);
}

TEST_CASE("without a stream of events, a manager that is back is reason enough to look", "[driver]") {
    bench one(20);
    one.swarm.has_events = false;
    one.driver.start();
    REQUIRE(one.until([&] { return one.swarm.inspections == 20; }));
    REQUIRE(one.for_a_while());
    one.swarm.endpoint = "unix:///a";
    REQUIRE(one.until([&] { return one.swarm.inspections >= 40; }));
    auto const tried = one.swarm.streams;
    REQUIRE(one.until([&] { return one.swarm.streams >= tried + 10; }));
    CHECK(one.swarm.inspections == 40); // a stream that is refused is no reason

    one.swarm.has_events = true;
    REQUIRE(one.until([&] { return one.swarm.inspections >= 60; })); // what happened meanwhile
    REQUIRE(one.for_a_while());
    CHECK(one.swarm.inspections == 60);
}

TEST_CASE("who serves is told once for each change", "[driver]") {
    bench one(1);
    one.driver.start();
    REQUIRE(one.for_a_while());
    REQUIRE(one.reached.size() == 1);
    CHECK(one.reached[0].find("no leader") != std::string::npos);
    for (std::string const& endpoint : {"unix:///a", "unix:///b", "unix:///a"}) {
        one.swarm.endpoint = endpoint;
        REQUIRE(one.for_a_while());
        CHECK(one.reached.back() == endpoint);
    }
    CHECK(one.reached.size() == 4);
}
