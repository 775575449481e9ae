// Config objects through the client: what it asks, and what it makes of the answers.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/config_codec.hpp"
#include "swarm_client/engine_client.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
using nlohmann::json;

namespace {

constexpr auto prefix = "swarm-autoscaler.";

scripted_engine::script replays(std::string const& writes) {
    return [writes](heard_request const& what) {
        return what.method == "GET" ? answer_with(200, recorded("20.10/configs.json"))
                                    : reply{recorded_wire(writes)};
    };
}

config_object listed(boost::asio::io_context& context, engine_client& client) {
    auto const found = run(context, client.list_configs("swarm-autoscaler.pause."));
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    return found->front();
}

} // namespace

TEST_CASE("configs of a prefix are listed, and no others", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays(""));
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.list_configs(prefix));
    REQUIRE(found);
    REQUIRE(found->size() == 2); // of three in the answer
    CHECK(found->at(0).name == "swarm-autoscaler.silence.one");
    CHECK(found->at(0).id == "2rdb1jwm9mxz1af9o0x8ppsl3");
    CHECK(found->at(0).version == 49);
    CHECK(found->at(1).labels == label_map{{"b", "2"}, {"c", "9"}});
    CHECK(found->at(1).api_version == "1.41");
    CHECK(engine.requests().at(0).method == "GET");
    CHECK(
        engine.requests().at(0).target ==
        "/v1.41/configs?filters=%7B%22name%22%3A%5B%22swarm-autoscaler.%22%5D%7D"
    );
}

TEST_CASE("a prefix stays one JSON string whatever it holds", "[configs]") {
    CHECK(json::parse(config_filter("a\"]}\\")) == json{{"name", {"a\"]}\\"}}});
    CHECK_FALSE(json::parse(config_filter("\xFF")).empty());
}

TEST_CASE("a config is created with its labels and one byte of data", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/config_created.http"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const id = run(context, client.create_config("swarm-autoscaler.pause.web", {{"by", "ann"}}));
    REQUIRE(id);
    CHECK(*id == "2rdb1jwm9mxz1af9o0x8ppsl3");
    auto const& post = engine.requests().at(0);
    CHECK(post.method == "POST");
    CHECK(post.target == "/v1.41/configs/create");
    CHECK(post.content_type == "application/json");
    CHECK(
        json::parse(post.body) ==
        json{{"Name", "swarm-autoscaler.pause.web"}, {"Labels", {{"by", "ann"}}}, {"Data", "LQ=="}}
    );
}

TEST_CASE("a name that is taken has its own kind, and may be of our own making", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/err_config_name_taken.http"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const id = run(context, client.create_config("swarm-autoscaler.silence.one", {}));
    REQUIRE_FALSE(id);
    CHECK(to_string(id.error().kind) == "name_taken");
    CHECK(id.error().maybe_applied);
    CHECK(id.error().operation == "create config \"swarm-autoscaler.silence.one\"");
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("an update of a config changes its labels and nothing else", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/config_updated.http"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const before = listed(context, client);
    CHECK(run(context, client.update_config(before, {{"c", "3"}})));
    auto const& post = engine.requests().at(1);
    CHECK(post.method == "POST");
    CHECK(post.target == "/v1.41/configs/tqejkjc8bf4u5qb7b2us65dnx/update?version=50");
    CHECK(
        json::parse(post.body) ==
        json{{"Name", "swarm-autoscaler.pause.web"}, {"Labels", {{"c", "3"}}}, {"Data", "LQ=="}}
    );
}

TEST_CASE("what else a config's Spec holds is posted back as it was read", "[configs]") {
    auto const found = decode_configs(
        R"([{"ID":"x","Version":{"Index":7},"Spec":{"Name":"n","Templating":{"Name":"golang"},"Big":9007199254740993}}])",
        ""
    );
    REQUIRE(found);
    CHECK(found->front().labels.empty());
    auto const body = changed_config(found->front(), {{"a", "b"}});
    REQUIRE(body);
    CHECK(
        *body == R"({"Big":9007199254740993,"Labels":{"a":"b"},"Name":"n","Templating":{"Name":"golang"}})"
    );
}

TEST_CASE("another version of a config is a conflict, sent once", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/err_out_of_sequence.http"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const written = run(context, client.update_config(listed(context, client), {}));
    REQUIRE_FALSE(written);
    CHECK(to_string(written.error().kind) == "conflict");
    CHECK(written.error().maybe_applied);
    CHECK(engine.requests().size() == 2);
    CHECK(engine.connections() == 1);
}

TEST_CASE("a config is removed by its ID", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/config_removed.http"));
    engine_client client(context.get_executor(), {engine.where()});
    CHECK(run(context, client.remove_config("tqejkjc8bf4u5qb7b2us65dnx")));
    CHECK(engine.requests().at(0).method == "DELETE");
    CHECK(engine.requests().at(0).target == "/v1.41/configs/tqejkjc8bf4u5qb7b2us65dnx");
    CHECK(engine.requests().at(0).body.empty());
    CHECK(run(context, client.remove_config("tqejkjc8bf4u5qb7b2us65dnx"))); // on the same connection
    CHECK(engine.connections() == 1);
    for (auto const* const strange : {"", "..", "a/b"}) {
        auto const removed = run(context, client.remove_config(strange));
        REQUIRE_FALSE(removed);
        CHECK(to_string(removed.error().kind) == "not_found");
    }
    CHECK(engine.requests().size() == 2);
}

TEST_CASE("a write to a config whose answer is lost is not repeated and may be applied", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        return what.method == "GET" ? answer_with(200, recorded("20.10/configs.json"))
                                    : reply{"", reply::then::close};
    });
    engine_client client(context.get_executor(), {engine.where()});
    auto const before = listed(context, client); // so that the writes meet a kept connection
    auto const check = [&](auto const& outcome) {
        REQUIRE_FALSE(outcome);
        CHECK(to_string(outcome.error().kind) == "connection_lost");
        CHECK(outcome.error().maybe_applied);
    };
    check(run(context, client.update_config(before, {})));
    check(run(context, client.create_config("a", {})));
    check(run(context, client.remove_config(before.id)));
    CHECK(engine.requests().size() == 4);
}

TEST_CASE("what must not be posted to a config is not", "[configs]") {
    boost::asio::io_context context;
    scripted_engine engine(context, replays("20.10/config_updated.http"));
    engine_client client(context.get_executor(), {engine.where()});
    auto const before = listed(context, client);
    auto const kind = [](auto const& outcome) {
        REQUIRE_FALSE(outcome);
        CHECK_FALSE(outcome.error().operation.empty());
        return to_string(outcome.error().kind);
    };
    CHECK(kind(run(context, client.update_config(before, {{"a", "\xFF"}}))) == "refused");
    CHECK(kind(run(context, client.create_config("a", {{"\xFF", ""}}))) == "refused");
    CHECK(kind(run(context, client.update_config({"id", "never read", 1, {}}, {}))) == "refused");
    auto other = before;
    other.api_version = "1.40";
    CHECK(kind(run(context, client.update_config(other, {}))) == "bad_version");
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("answers about configs that no engine gives are protocol errors", "[configs]") {
    boost::asio::io_context context;
    std::string body;
    scripted_engine engine(context, [&](heard_request const&) { return answer_with(200, body); });
    engine_client client(context.get_executor(), {engine.where()});
    for (auto const* const strange :
         {"",
          "{}",
          "null",
          "[1]",
          R"([{"ID":"x"}])",
          R"([{"ID":"x","Version":{"Index":-1},"Spec":{"Name":"n"}}])"}) {
        INFO(strange);
        body = strange;
        auto const found = run(context, client.list_configs(""));
        REQUIRE_FALSE(found);
        CHECK(to_string(found.error().kind) == "protocol");
        auto const made = run(context, client.create_config("n", {}));
        REQUIRE_FALSE(made);
        CHECK(to_string(made.error().kind) == "protocol");
        CHECK(made.error().maybe_applied);
    }
    body = R"([{"ID":"x","Version":{"Index":1},"Spec":{"Name":"n","Labels":{"a":1,"b":"2"}}}])";
    auto const found = run(context, client.list_configs("n"));
    REQUIRE(found);
    CHECK(found->front().labels == label_map{{"a", ""}, {"b", "2"}});
}

TEST_CASE("the client asks for each of its calls and for nothing else", "[calls]") {
    boost::asio::io_context context;
    std::set<std::string> heard;
    auto const note = [&](heard_request const& what) {
        constexpr std::string_view version = "/v1.41";
        std::string path = what.target.substr(0, what.target.find('?'));
        if (path.starts_with(version))
            path.erase(0, version.size());
        for (std::string const id : {"sfgcjjfcro3qvhr1gisfirodz", "tqejkjc8bf4u5qb7b2us65dnx"})
            if (auto const at = path.find(id); at != std::string::npos)
                path.replace(at, id.size(), "{id}");
        heard.insert(what.method + " " + path);
        if (path == "/configs")
            return answer_with(200, recorded("20.10/configs.json"));
        return answer_with(200, path == "/services/{id}" ? recorded("20.10/service_new.json") : "[]");
    };
    scripted_engine engine(context, note);
    engine.on_ping([&](heard_request const& what) {
        note(what);
        return answer_with(200, "OK");
    });
    engine_client client(context.get_executor(), {engine.where()});
    std::ignore = run(context, client.probe());
    std::ignore = run(context, client.list());
    auto const web = run(context, client.inspect_id("sfgcjjfcro3qvhr1gisfirodz"));
    REQUIRE(web);
    std::ignore = run(context, client.inspect("sfgcjjfcro3qvhr1gisfirodz"));
    std::ignore = run(context, client.count_tasks(web->id, 9));
    std::ignore = run(context, client.update(*web, {9, std::nullopt}));
    auto const config = listed(context, client);
    std::ignore = run(context, client.update_config(config, {}));
    std::ignore = run(context, client.create_config("n", {}));
    std::ignore = run(context, client.remove_config(config.id));
    std::ignore = run(context, client.events({}));

    std::set<std::string> known;
    for (auto const& call : calls::all) {
        known.insert(std::string(call.method) + " " + std::string(call.pattern));
        CHECK_FALSE(call.why.empty());
    }
    CHECK(heard == known);
    CHECK(known.size() == calls::all.size());
}
