// The client against a scripted engine: what it asks, and what it makes of the answers.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <nlohmann/json.hpp>

#include <map>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
using nlohmann::json;

namespace {

scripted_engine::script always(reply said) {
    return [said = std::move(said)](heard_request const&) { return said; };
}

scripted_engine::script says(std::string const& file) {
    return always(answer_with(200, recorded(file)));
}

} // namespace

TEST_CASE("the client speaks exactly the engine's own API version", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) {
        return answer_with(200, recorded("28.5/service.json"), "1.51");
    });
    engine.on_ping(always({recorded_wire("28.5/ping_manager.http")}));
    engine_client client(context.get_executor(), {engine.where()});

    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    CHECK(found->name == "web");
    CHECK(found->api_version == "1.51");
    REQUIRE(engine.requests().size() == 1);
    CHECK(engine.requests()[0].method == "GET");
    CHECK(engine.requests()[0].target == "/v1.51/services/web");
    CHECK(engine.requests()[0].host == "docker.localhost");
}

TEST_CASE("the client speaks over tcp as over a unix socket", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"), scripted_engine::listens::on_loopback);
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    CHECK(found->version == 28);
    CHECK("tcp://" + engine.requests().at(0).host == to_string(engine.where()));
}

TEST_CASE("a host name is looked up", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"), scripted_engine::listens::on_loopback);
    endpoint where = engine.where();
    where.host = "localhost";
    engine_client client(context.get_executor(), {where});
    CHECK(run(context, client.inspect("web")));
}

TEST_CASE("requests one after the other share one connection", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"));
    engine_client client(context.get_executor(), {engine.where()});
    CHECK(run(context, client.inspect("web")));
    CHECK(run(context, client.inspect_id("sfgcjjfcro3qvhr1gisfirodz")));
    CHECK(run(context, client.inspect("web")));
    CHECK(engine.connections() == 1);
}

TEST_CASE("a service whose ID begins with the name is another service", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("sfg"));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == error_kind::not_found);
    CHECK(found.error().message == "the engine found \"web\" by its ID instead");
    CHECK_FALSE(run(context, client.inspect_id("web")));
}

TEST_CASE("names that no service can have are never sent", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"));
    engine_client client(context.get_executor(), {engine.where()});
    for (std::string const& name :
         {std::string(),
          std::string(".."),
          std::string("../containers/json"),
          std::string("a\r\nb"),
          std::string(300, 'x')}) {
        auto const found = run(context, client.inspect(name));
        REQUIRE_FALSE(found);
        CHECK(found.error().kind == error_kind::not_found);
    }
    CHECK_FALSE(run(context, client.count_tasks("a\"],\"x\":[\"", 1)));
    CHECK(engine.requests().empty());

    std::ignore = run(context, client.inspect("a b?c"));
    REQUIRE(engine.requests().size() == 1);
    CHECK(engine.requests()[0].target == "/v1.41/services/a%20b%3Fc");
}

TEST_CASE("an update posts the changed spec under the inspected version", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        return what.method == "POST" ? reply{recorded_wire("20.10/update_ok.http")}
                                     : answer_with(200, recorded("20.10/service_new.json"));
    });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    auto const written =
        run(context, client.update(*found, {4, label_change{"swarm.autoscaler.state", R"({"t":1})"}}));
    CHECK(written);
    REQUIRE(engine.requests().size() == 2);
    heard_request const& post = engine.requests()[1];
    CHECK(post.method == "POST");
    CHECK(post.target == "/v1.41/services/sfgcjjfcro3qvhr1gisfirodz/update?version=28");
    CHECK(post.content_type == "application/json");
    CHECK_FALSE(post.registry_auth);
    CHECK(json::parse(post.body) == json::parse(recorded("20.10/update_request_body.json")));
}

TEST_CASE("a change that must not be posted is not", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    auto const written = run(context, client.update(*found, {2, std::nullopt}));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::refused);
    CHECK(written.error().operation == "update \"web\"");
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("each recorded refusal reaches the caller with its kind", "[client]") {
    boost::asio::io_context context;
    std::string file;
    scripted_engine engine(context, [&](heard_request const& what) {
        if (what.target.find("/services?filters=") != std::string::npos)
            return answer_with(200, "[]");
        return what.method == "POST" ? reply{recorded_wire(file)}
                                     : answer_with(200, recorded("20.10/service_new.json"));
    });
    engine_client client(context.get_executor(), {engine.where()}, eager());
    for (auto const& name : recorded_names("err_", ".http")) {
        INFO(name);
        file = name;
        REQUIRE(run(context, client.probe())); // some of these say that the endpoint does not serve
        auto const found = run(context, client.inspect("web"));
        REQUIRE(found);
        std::size_t const before = engine.requests().size();
        auto const written = run(context, client.update(*found, {3, std::nullopt}));
        REQUIRE_FALSE(written);
        error const expected =
            to_error(make_request(calls::update_service, "update \"web\""), recorded_answer(name));
        CHECK(to_string(written.error().kind) == to_string(expected.kind));
        CHECK(written.error().message == expected.message);
        CHECK(written.error().http_status == expected.http_status);
        CHECK(written.error().maybe_applied == expected.maybe_applied);
        CHECK(written.error().endpoint == to_string(engine.where()));
        CHECK(engine.requests().size() == before + 1); // sent once, whatever came of it
    }
}

TEST_CASE("a conflict leaves the connection in use", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        return what.method == "POST" ? reply{recorded_wire("20.10/err_out_of_sequence.http")}
                                     : answer_with(200, recorded("20.10/service_new.json"));
    });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    auto const written = run(context, client.update(*found, {3, std::nullopt}));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::conflict);
    CHECK(run(context, client.inspect("web")));
    CHECK(engine.connections() == 1);
}

TEST_CASE("tasks are asked for with the service and the desired state", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/tasks_running.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const counts = run(context, client.count_tasks("sfgcjjfcro3qvhr1gisfirodz", 4));
    REQUIRE(counts);
    CHECK(counts->running == 4);
    CHECK(
        engine.requests().at(0).target ==
        "/v1.41/"
        "tasks?filters=%7B%22service%22%3A%5B%22sfgcjjfcro3qvhr1gisfirodz%22%5D%2C%22desired-state%22%3A%5B%"
        "22running%22%5D%7D"
    );
}

TEST_CASE("where fewer tasks run than are wanted, it is looked at why", "[client]") {
    boost::asio::io_context context;
    auto const service = std::string("xctm576ufkfj7t9i2clk3pngz");
    scripted_engine engine(context, says("20.10/tasks_failing.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const counts = run(context, client.count_tasks(service, 1));
    REQUIRE(counts);
    CHECK(counts->running == 0);
    CHECK(counts->stuck == stuck_tasks::crash_looping);
    REQUIRE(engine.requests().size() == 2);
    CHECK(
        engine.requests()[1].target ==
        "/v1.41/tasks?filters=%7B%22service%22%3A%5B%22xctm576ufkfj7t9i2clk3pngz%22%5D%7D"
    );
}

TEST_CASE("the scheduler's word needs no second question", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/tasks_pending.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const counts = run(context, client.count_tasks("z8j9wcxglv1qpg6dnugutjo4t", 1));
    REQUIRE(counts);
    CHECK(counts->stuck == stuck_tasks::unschedulable);
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("all services are listed", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/services_global_and_jobs_status.json"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const services = run(context, client.list());
    REQUIRE(services);
    CHECK(services->size() == 3);
    CHECK(engine.requests().at(0).target == "/v1.41/services");
}

TEST_CASE("a manager is one that lists services", "[client]") {
    boost::asio::io_context context;
    std::string wire = answer_with(200, "[]\n").bytes;
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire}; });
    engine_client client(context.get_executor(), {engine.where()}, eager());
    auto const ready = run(context, client.probe());
    REQUIRE(ready);
    CHECK(ready->endpoint == to_string(engine.where()));
    CHECK(ready->api_version == "1.41");
    CHECK(engine.requests().at(0).target == "/v1.41/services?filters=%7B%22name%22%3A%5B%22%2F%22%5D%7D");

    for (auto const& [file, kind] : std::map<std::string, error_kind>{
             {"20.10/err_not_in_swarm.http", error_kind::not_in_swarm},
             {"20.10/err_worker.http", error_kind::not_a_manager},
             {"20.10/err_no_leader.http", error_kind::no_leader}
         }) {
        wire = recorded_wire(file);
        auto const unready = run(context, client.probe());
        REQUIRE_FALSE(unready);
        CHECK(to_string(unready.error().kind) == to_string(kind));
    }
    wire = answer_with(200, "[]\n").bytes;
    CHECK(run(context, client.probe())); // it recovers by itself
}

TEST_CASE("an engine that was replaced behind its address is asked again in its own version", "[client]") {
    boost::asio::io_context context;
    std::string version = "1.41";
    scripted_engine engine(context, [&](heard_request const& what) {
        if (!what.target.starts_with("/v" + version + "/"))
            return reply{recorded_wire("20.10/err_version_too_new.http")};
        return answer_with(200, recorded("20.10/service_new.json"), version);
    });
    engine.on_ping([&](heard_request const&) { return answer_with(200, "OK", version); });
    engine_client client(context.get_executor(), {engine.where()});
    auto const before = run(context, client.inspect("web"));
    REQUIRE(before);

    version = "1.40"; // a proxy kept our connection while the engine behind it changed
    auto const after = run(context, client.inspect("web"));
    REQUIRE(after);
    CHECK(after->api_version == "1.40");

    // What was read under the other version may lack fields, so it is not written back.
    std::size_t const asked = engine.requests().size();
    auto const written = run(context, client.update(*before, {3, std::nullopt}));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::bad_version);
    CHECK_FALSE(written.error().maybe_applied);
    CHECK(engine.requests().size() == asked);
    CHECK(run(context, client.update(*after, {3, std::nullopt})));
}

TEST_CASE("an answer of another version than asked for is not trusted", "[client]") {
    boost::asio::io_context context;
    std::string version = "1.41";
    scripted_engine engine(context, [&](heard_request const&) {
        return answer_with(200, recorded("20.10/service_new.json"), version);
    });
    engine.on_ping([&](heard_request const&) { return answer_with(200, "OK", version); });
    engine_client client(context.get_executor(), {engine.where()});
    REQUIRE(run(context, client.inspect("web")));
    version = "1.55";
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    CHECK(found->api_version == "1.55");
    CHECK(engine.requests().back().target == "/v1.55/services/web");
}

TEST_CASE("more calls than connections wait for their turn", "[client]") {
    boost::asio::io_context context;
    scripted_engine engine(context, says("20.10/service_new.json"));
    limits bounds;
    bounds.connections = 2;
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    int done = 0;
    for (int i = 0; i < 10; ++i)
        boost::asio::co_spawn(
            context,
            client.inspect("web"),
            [&done](std::exception_ptr failure, result<service> const& found) {
                CHECK_FALSE(failure);
                CHECK(found);
                ++done;
            }
        );
    run_until(context, [&] { return done == 10; });
    CHECK(engine.requests().size() == 10);
    CHECK(engine.connections() == 2);
}
