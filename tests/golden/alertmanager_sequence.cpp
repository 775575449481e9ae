// A life of alerts and silences on one server, as it was recorded, step by step.
#include "golden/differences.hpp"
#include "golden/replay.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::test;

namespace {

policy::matcher must_match(std::string_view text) {
    return std::get<policy::matcher>(policy::matcher::parse(text));
}

// The recorded configuration: `ops` takes its team's alerts, and passes them on.
server::alertmanager::routing recorded_routes() {
    std::vector<std::string> const by_name{"alertname"};
    return {
        {{}, "swarm-autoscaler", by_name},
        {{{must_match("team=ops")}, "ops", by_name}, {{must_match("team=ops")}, "swarm-autoscaler", by_name}}
    };
}

http_answer play(std::uint16_t port, nlohmann::ordered_json const& step, id_book const& ids) {
    std::string const path = ids.translated(step.at("request").at("path"));
    std::string const method = step.at("request").at("method");
    if (method == "POST")
        return ask(port, post_request(path, ids.translated(step.at("request").at("body").dump())));
    return ask(port, method + " " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
}

} // namespace

TEST_CASE("alerts, silences, groups and receivers come and go as in Alertmanager, step by step") {
    // 07:30:09, one step every 2 ms: a later one says the second of an earlier one.
    replay_server server(recorded_routes(), policy::time_point(std::chrono::seconds(1795159809)));
    id_book ids;
    std::size_t played = 0;
    std::string inhibited;
    for (auto const& step :
         nlohmann::ordered_json::parse(golden_file("alertmanager/am025_api_sequence.json"))) {
        std::string const note = step.at("note");
        auto const& recorded = step.at("response");
        INFO(++played << ": " << note << " " << step.at("request").at("path"));
        server.clock.advance(std::chrono::milliseconds(2));
        auto const answer = play(server.port(), step, ids);
        std::string body = recorded.at("body");
        ids.learn(body, answer.body);
        CHECK(answer.status == recorded.at("status").get<int>());
        auto const& type = recorded.at("content_type");
        CHECK(answer.field("Content-Type") == (type.is_null() ? "" : type.get<std::string>()));
        CHECK(answer.field("Vary") == "Origin");
        if (inhibited_steps().contains(note))
            body = without_inhibition(body);
        if (note == "inhibited")
            inhibited = body;
        if (note == "inhibited=false")
            body = inhibited; // nothing is inhibited here
        if (note == "resolved alert disappears from GET at once")
            body = resolved_of_another_start();
        if (step.at("request").at("path") == "/api/v2/status")
            CHECK(
                shape_of(answer.body) == shape_of(golden_file("alertmanager/amtool025_status.response.json"))
            );
        else
            CHECK(without_times(answer.body) == without_times(ids.translated(body)));
    }
    CHECK(played == 32);
}
