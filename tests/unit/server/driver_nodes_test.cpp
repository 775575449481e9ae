// Lines of real engines: which of them tell that a node has joined.
#include "server/driver/node_watch.hpp"
#include "support/catch.hpp"
#include "swarm_client/task_codec.hpp"

#include <string>

using namespace autoscaler;
using server::node_watch;

namespace {

swarm::swarm_event node(std::string const& action, std::string const& id, std::string const& attributes) {
    auto const event = swarm::decode_event(
        R"({"Type":"node","Action":")" + action + R"(","Actor":{"ID":")" + id + R"(","Attributes":{)" +
        attributes + R"(}},"scope":"swarm","time":1795181550,"timeNano":1795181550202078053})"
    );
    REQUIRE(event);
    return *event;
}

swarm::swarm_event becomes(std::string const& id, std::string const& before, std::string const& after) {
    return node(
        "update", id, R"("name":"w1","state.new":")" + after + R"(","state.old":")" + before + R"(")"
    );
}

} // namespace

TEST_CASE("a new node joins when it is ready, once", "[nodes]") {
    node_watch watch;
    CHECK_FALSE(watch.joins(node("create", "a", R"("name":"")")));
    CHECK_FALSE(watch.joins(node("update", "a", R"("name":"")")));
    CHECK(watch.joins(becomes("a", "unknown", "ready")));
    CHECK_FALSE(watch.joins(node("update", "a", R"("name":"w1")")));
    CHECK_FALSE(watch.joins(becomes("a", "unknown", "ready")));
}

TEST_CASE("a node that was down joins again", "[nodes]") {
    node_watch watch;
    CHECK_FALSE(watch.joins(becomes("a", "ready", "down")));
    CHECK(watch.joins(becomes("a", "down", "ready")));
}

TEST_CASE("an election is no arrival of all nodes", "[nodes]") {
    node_watch watch;
    for (auto const* const id : {"a", "b", "c"})
        CHECK_FALSE(watch.joins(becomes(id, "ready", "unknown")));
    for (auto const* const id : {"a", "b", "c"})
        CHECK_FALSE(watch.joins(becomes(id, "unknown", "ready")));
}

TEST_CASE("what was created before a gap, or was removed, is not new", "[nodes]") {
    node_watch watch;
    watch.joins(node("create", "a", ""));
    watch.joins(node("create", "b", ""));
    watch.joins(node("remove", "b", ""));
    CHECK_FALSE(watch.joins(becomes("b", "unknown", "ready")));
    watch.forget();
    CHECK_FALSE(watch.joins(becomes("a", "unknown", "ready")));
}

TEST_CASE("a service is no node", "[nodes]") {
    node_watch watch;
    auto event = becomes("a", "down", "ready");
    event.type = "service";
    CHECK_FALSE(watch.joins(event));
}
