// amtool's recorded calls in their order, against one server with the routes of the recording.
#include "golden/differences.hpp"
#include "golden/replay.hpp"
#include "support/catch.hpp"

#include <filesystem>

using namespace autoscaler;
using namespace autoscaler::test;

namespace {

policy::matcher must_match(std::string_view text) {
    return std::get<policy::matcher>(policy::matcher::parse(text));
}

server::alertmanager::routing recorded_routes() {
    std::vector<std::string> const both{"alertname", "service"};
    return {{{}, "swarm-autoscaler", both}, {{{must_match("team=ops")}, "ops", both}}};
}

// "" where there is none.
std::string optional_file(std::string const& name) {
    bool const there = std::filesystem::exists(AUTOSCALER_SOURCE_DIR "/tests/golden/" + name);
    return there ? golden_file(name) : "";
}

std::string field(std::string const& head, std::string const& name) {
    std::size_t const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos)
        return {};
    std::size_t const begin = at + name.size() + 4;
    return head.substr(begin, head.find('\r', begin) - begin);
}

// A recorded request with our ids, which are as long as the recorded ones.
std::string request(std::string const& name, id_book const& ids) {
    std::string const file = "alertmanager/amtool025_" + name + ".request";
    return ids.translated(golden_file(file + ".headers") + optional_file(file + ".json"));
}

void check_answer(std::string const& name, http_answer const& answer, id_book& ids) {
    std::string const file = "alertmanager/amtool025_" + name + ".response";
    std::string const head = golden_file(file + ".headers");
    std::string const body = optional_file(file + ".json");
    ids.learn(body, answer.body);
    if (auto const found = amtool_differences().find(name); found != amtool_differences().end()) {
        CHECK(answer.status == found->second.status);
        CHECK(answer.body == found->second.body);
        return;
    }
    CHECK(answer.head.substr(0, answer.head.find('\r')) == head.substr(0, head.find('\r')));
    CHECK(answer.field("Content-Type") == field(head, "Content-Type"));
    CHECK(answer.field("Vary") == field(head, "Vary"));
    if (name == "status")
        CHECK(shape_of(answer.body) == shape_of(body));
    else
        CHECK(without_times(answer.body) == without_times(ids.translated(body)));
}

// Between two recorded calls there was a silence that was not recorded, but seen later on.
void add_other_silence(std::uint16_t port, id_book& ids) {
    auto const made =
        ask(port,
            post_request(
                "/api/v2/silences",
                R"({"comment":"to expire","createdBy":"root","endsAt":"2026-11-20T08:31:05.486Z","matchers":)"
                R"([{"isEqual":true,"isRegex":false,"name":"alertname","value":"Other"}],)"
                R"("startsAt":"2026-11-20T07:31:05.486Z"})"
            ));
    ids.learn(R"({"silenceID":"4ce759e8-8dcb-4fe4-a64d-3e2015b3af63"})", made.body);
}

} // namespace

TEST_CASE("amtool gets the answers that Alertmanager gave it") {
    // 07:31:05.4, one call every 10 ms: all within the second in which the silences began.
    replay_server server(recorded_routes(), policy::time_point(std::chrono::milliseconds(1795159865400)));
    id_book ids;
    std::vector<std::string> const calls{
        "status",
        "alert_add",
        "alert_add_2",
        "alert_add_start_end",
        "alert_add_bad_end",
        "alert_add_no_labels",
        "alert_query",
        "alert_query_all",
        "alert_query_matchers",
        "alert_query_receiver",
        "silence_add",
        "silence_add_pending",
        "silence_add_matches_all",
        "alert_query_silenced",
        "silence_query",
        "silence_query_filter",
        "silence_update_1_get",
        "silence_update_2_post",
        "silence_get_unknown",
        "silence_get_notuuid",
        "silence_expire",
        "silence_expire_unknown",
    };
    for (auto const& name : calls) {
        INFO(name);
        server.clock.advance(std::chrono::milliseconds(10));
        if (name == "alert_query_silenced")
            add_other_silence(server.port(), ids);
        check_answer(name, ask(server.port(), request(name, ids)), ids);
    }
    CHECK(server.sink.take().size() == 3);
}
