// Ending what is under way: by the client, by the owner of a call, by the end of everything.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>
#include <vector>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
namespace asio = boost::asio;

TEST_CASE("a stopped client ends what is under way and takes nothing more", "[stop]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::stall}; });
    limits bounds;
    bounds.connections = 2; // the third and fourth call wait for their turn
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    int done = 0;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(
            context,
            client.inspect("web"),
            [&](std::exception_ptr failure, result<service> const& found) {
                CHECK_FALSE(failure);
                REQUIRE_FALSE(found);
                CHECK(found.error().kind == error_kind::cancelled);
                ++done;
            }
        );
    run_until(context, [&] { return engine.requests().size() == 2; });
    client.stop();
    run_until(context, [&] { return done == 4; });
    auto const later = run(context, client.inspect("web"));
    REQUIRE_FALSE(later);
    CHECK(later.error().kind == error_kind::cancelled);
    CHECK(engine.connections() == 2);
}

TEST_CASE("a write that a stop cut off may have been applied", "[stop]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::stall}; });
    service inspected = decoded(recorded("20.10/service_new.json"));
    inspected.api_version = "1.41";
    auto client = std::make_unique<engine_client>(context.get_executor(), std::vector{engine.where()});
    std::optional<result<void>> written;
    asio::co_spawn(
        context,
        client->update(inspected, {3, std::nullopt}),
        [&](std::exception_ptr, result<void> const& outcome) { written = outcome; }
    );
    run_until(context, [&] { return engine.requests().size() == 1; });
    client.reset(); // calls outlive their client
    run_until(context, [&] { return written.has_value(); });
    REQUIRE_FALSE(*written);
    CHECK(written->error().kind == error_kind::cancelled);
    CHECK(written->error().maybe_applied);
}

TEST_CASE("a call that its owner cancels gives its turn back", "[stop]") {
    asio::io_context context;
    bool stall = true;
    scripted_engine engine(context, [&](heard_request const&) {
        return stall ? reply{"", reply::then::stall} : answer_with(200, recorded("20.10/service_new.json"));
    });
    limits bounds;
    bounds.connections = 1;
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    asio::cancellation_signal first;
    asio::cancellation_signal second;
    int ended = 0;
    auto const start = [&](asio::cancellation_signal& signal) {
        asio::co_spawn(
            context,
            client.inspect("web"),
            asio::bind_cancellation_slot(
                signal.slot(), [&ended](std::exception_ptr, result<service> const&) { ++ended; }
            )
        );
    };
    start(first);
    start(second); // waits for the turn of the first
    run_until(context, [&] { return engine.requests().size() == 1; });
    second.emit(asio::cancellation_type::terminal);
    run_until(context, [&] { return ended == 1; });
    first.emit(asio::cancellation_type::terminal);
    run_until(context, [&] { return ended == 2; });
    stall = false;
    CHECK(run(context, client.inspect("web")));
}

TEST_CASE("a context that ends with calls under way leaks nothing", "[stop]") {
    auto context = std::make_unique<asio::io_context>();
    auto engine = std::make_unique<scripted_engine>(*context, [](heard_request const&) {
        return reply{"", reply::then::stall};
    });
    engine_client client(context->get_executor(), {engine->where()}, impatient());
    int ended = 0;
    for (int i = 0; i < 6; ++i)
        asio::co_spawn(*context, client.inspect("web"), [&](std::exception_ptr, result<service> const&) {
            ++ended;
        });
    run_until(*context, [&] { return engine->requests().size() == 4; });
    engine.reset();
    client.stop();
    context.reset(); // the sanitizer watches
    CHECK(ended == 0);
}
