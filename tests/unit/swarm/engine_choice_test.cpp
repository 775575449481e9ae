// Several endpoints: the first that is a usable manager serves.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
namespace asio = boost::asio;

namespace {

bool is_probe(heard_request const& what) {
    return what.target.find("/services?filters=") != std::string::npos;
}

reply manager(heard_request const& what) {
    return answer_with(200, is_probe(what) ? "[]" : recorded("20.10/service_new.json"));
}

} // namespace

TEST_CASE("the first endpoint that is a usable manager serves", "[choice]") {
    asio::io_context context;
    temporary_directory directory;
    endpoint const nobody{endpoint::kind::unix_socket, directory.file("none.sock"), "", 0};
    scripted_engine worker(context, [](heard_request const&) {
        return reply{recorded_wire("20.10/err_worker.http")};
    });
    scripted_engine first(context, manager);
    scripted_engine second(context, manager);
    engine_client client(context.get_executor(), {nobody, worker.where(), first.where(), second.where()});
    REQUIRE(run(context, client.inspect("web")));
    REQUIRE(run(context, client.inspect("web")));
    CHECK(worker.requests().size() == 1); // asked once whether it is a manager, and not again
    CHECK(first.requests().size() == 3);
    CHECK(second.connections() == 0);
}

TEST_CASE("when a manager goes away the next one serves", "[choice]") {
    asio::io_context context;
    scripted_engine first(context, manager);
    scripted_engine second(context, manager);
    engine_client client(context.get_executor(), {first.where(), second.where()});
    REQUIRE(run(context, client.inspect("web")));
    first.die();
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    CHECK(second.requests().size() == 2);
}

TEST_CASE("a manager that is demoted is left for another by the next call", "[choice]") {
    asio::io_context context;
    bool demoted = false;
    scripted_engine first(context, [&](heard_request const& what) {
        return demoted ? reply{recorded_wire("20.10/err_worker.http")} : manager(what);
    });
    scripted_engine second(context, manager);
    engine_client client(context.get_executor(), {first.where(), second.where()});
    REQUIRE(run(context, client.inspect("web")));
    demoted = true;
    auto const refused = run(context, client.inspect("web"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == error_kind::not_a_manager);
    CHECK(run(context, client.inspect("web")));
    CHECK(second.requests().size() == 2);
}

TEST_CASE("when no endpoint serves the error tells of each", "[choice]") {
    asio::io_context context;
    temporary_directory directory;
    endpoint const nobody{endpoint::kind::unix_socket, directory.file("none.sock"), "", 0};
    scripted_engine worker(context, [](heard_request const&) {
        return reply{recorded_wire("20.10/err_worker.http")};
    });
    engine_client client(context.get_executor(), {nobody, worker.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == error_kind::unreachable);
    CHECK(found.error().endpoint == to_string(nobody));
    CHECK(found.error().message.starts_with(
        "No such file or directory; " + to_string(worker.where()) +
        " is not_a_manager: This node is not a swarm"
    ));
}

TEST_CASE("a spec read from one manager is not written through another of a newer version", "[choice]") {
    asio::io_context context;
    scripted_engine first(context, manager);
    scripted_engine newer(context, [](heard_request const& what) {
        return answer_with(200, is_probe(what) ? "[]" : recorded("20.10/service_new.json"), "1.55");
    });
    newer.on_ping([](heard_request const&) { return answer_with(200, "OK", "1.55"); });
    engine_client client(context.get_executor(), {first.where(), newer.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    first.die();
    auto const written = run(context, client.update(*found, {3, std::nullopt}));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::bad_version);
    CHECK_FALSE(written.error().maybe_applied);
    auto const again = run(context, client.inspect("web"));
    REQUIRE(again);
    CHECK(again->api_version == "1.55");
    CHECK(run(context, client.update(*again, {3, std::nullopt})));
}
