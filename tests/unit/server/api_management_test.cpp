#include "server/api/api.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server;

TEST_CASE("healthy and ready answer as Alertmanager does", "[api]") {
    for (auto const& answer : {api::healthy(), api::ready({.ready = true, .cause = ""})}) {
        CHECK(answer.status == 200);
        CHECK(answer.content_type == "text/plain; charset=utf-8");
        CHECK(answer.body == "OK");
    }
}

TEST_CASE("not ready is 503 with the cause", "[api]") {
    auto const answer = api::ready({.ready = false, .cause = "no swarm manager reached: connection refused"});
    CHECK(answer.status == 503);
    CHECK(answer.body == "not ready: no swarm manager reached: connection refused\n");
}

TEST_CASE("a reload says that it went well, or every fault", "[api]") {
    CHECK(api::reloaded({}).status == 200);
    CHECK(api::reloaded({}).body.empty());
    std::vector<std::string> const faults{"p.yml:1:2: error: one", "p.yml:3:4: error: two"};
    auto const answer = api::reloaded(faults);
    CHECK(answer.status == 500);
    CHECK(
        answer.body == "the policy file was not loaded, the one before stays in force:\n"
                       "p.yml:1:2: error: one\np.yml:3:4: error: two\n"
    );
}

TEST_CASE("errors have one shape", "[api]") {
    std::vector<std::string> const details{"a", "b\n"};
    CHECK(api::fail(400, "x \"y\"", details).body == R"({"error":"x \"y\"","details":["a","b\n"]})");
    CHECK(api::fail(404, "z").body == R"({"error":"z","details":[]})");
}
