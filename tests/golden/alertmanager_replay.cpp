// Alertmanager's answers to edge cases, and to amtool, against ours.
#include "golden/differences.hpp"
#include "golden/replay.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler::test;

namespace {

// These paths are not Alertmanager's API: the daemon's own room answers them, and its tests look at them.
std::set<std::string> const served_elsewhere{"GET /-/healthy", "GET /-/ready", "POST /-/reload"};

// The recorded text holds each byte as the character of its number.
std::string bytes_of(std::string const& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c < 0x80)
            bytes += text[i];
        else
            bytes += static_cast<char>((c & 0x3U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    }
    return bytes;
}

// The requests that are too long to be kept as text.
std::string made_request(std::string const& recipe) {
    std::size_t const space = recipe.find(' ');
    std::size_t const amount = std::stoul(recipe.substr(space));
    std::string const kind = recipe.substr(0, space);
    if (kind == "nesting")
        return post_request(
            "/api/v2/alerts",
            R"([{"labels":{"alertname":"T"},"x":)" + std::string(amount, '[') + std::string(amount, ']') +
                "}]"
        );
    if (kind == "label")
        return post_request("/api/v2/alerts", R"([{"labels":{"x":")" + std::string(amount, 'x') + R"("}}])");
    REQUIRE(kind == "header");
    return "GET /nope HTTP/1.1\r\nHost: x\r\nX: " + std::string(amount, 'x') + "\r\n\r\n";
}

http_answer play(std::uint16_t port, std::string const& request) {
    raw_client client(port);
    client.send(request);
    client.end_sending();
    return client.read_answer(request.starts_with("HEAD "));
}

// The type of the recorded answer.
std::string content_type(nlohmann::json const& recorded) {
    for (std::string const field : recorded.at("headers"))
        if (field.starts_with("Content-Type: "))
            return field.substr(14);
    return {};
}

} // namespace

TEST_CASE("edge cases are answered as Alertmanager answers them, but for the named differences") {
    replay_server server;
    std::size_t played = 0;
    id_book ids;
    for (auto const& recorded : nlohmann::json::parse(golden_file("alertmanager/am025_bad_inputs.json"))) {
        std::string const name = recorded.at("case");
        std::string const request =
            recorded.contains("make") ? made_request(recorded.at("make")) : bytes_of(recorded.at("request"));
        INFO(name);
        ++played;
        if (served_elsewhere.contains(name))
            continue;
        auto const answer = play(server.port(), request);
        if (auto const found = edge_case_differences().find(name); found != edge_case_differences().end()) {
            CHECK(answer.status == found->second.status);
            CHECK(without_times(answer.body) == found->second.body);
            continue;
        }
        std::string const line = recorded.at("status_line");
        CHECK(answer.head.substr(0, answer.head.find('\r')) == line);
        CHECK(answer.field("Content-Type") == content_type(recorded));
        CHECK(answer.field("Access-Control-Allow-Origin").empty()); // open_cors
        std::string const body = recorded.at("body").is_null() ? "" : recorded.at("body");
        ids.learn(body, answer.body);
        if (!recorded.at("body").is_null()) // a list too long to be kept
            CHECK(without_times(answer.body) == without_times(ids.translated(body)));
    }
    CHECK(played == 163);
}

TEST_CASE("the document of differences and the differences that we take have the same names") {
    CHECK(names_taken() == difference_names());
}

TEST_CASE("a good alert beside bad ones is delivered, in the order of the body") {
    replay_server server;
    auto const answer = ask(
        server.port(),
        post_request(
            "/api/v2/alerts",
            R"([{"labels":{"alertname":"A"}},{"labels":{}},null,{"labels":{"alertname":"B"}},{"labels":{"alertname":"A"}}])"
        )
    );
    CHECK(answer.status == 400);
    CHECK(
        answer.body ==
        "\"at least one label pair required; alert 2 is null, expected an object with labels\"\n"
    );
    auto const alerts = server.sink.take();
    REQUIRE(alerts.size() == 3);
    CHECK(alerts[0].label("alertname") == "A");
    CHECK(alerts[1].label("alertname") == "B");
    CHECK(alerts[2].label("alertname") == "A");
    CHECK(server.sink.take_invalid() == 2);
}
