// Alertmanager's answers to edge cases, and to amtool, against ours.
#include "golden/replay.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <map>

using namespace autoscaler::test;

namespace {

struct difference {
    std::string name; // in differences.md
    int status = 0;
    std::string body;
};

// Every request that we answer otherwise.
std::map<std::string, difference> const differences{
    {"array of null", {"null_alert", 400, "\"alert 0 is null, expected an object with labels\"\n"}},
    {"array of null and valid", {"null_alert", 400, "\"alert 0 is null, expected an object with labels\"\n"}},
    {"label name with dash", {"label_name_any_utf8", 200, ""}},
    {"label name starting with digit", {"label_name_any_utf8", 200, ""}},
    {"label name UTF-8 (\u00e9)", {"label_name_any_utf8", 200, ""}},
    {"bad annotation name", {"label_name_any_utf8", 200, ""}},
    {"invalid UTF-8 in label name", {"label_name_any_utf8", 200, ""}},
    {"one bad one good alert", {"label_name_any_utf8", 400, "\"at least one label pair required\"\n"}},
    {"no content type", {"content_type_lenient", 200, ""}},
    {"content type text/plain", {"content_type_lenient", 200, ""}},
    {"content type x-www-form-urlencoded (curl -d default)", {"content_type_lenient", 200, ""}},
    {"short body (CL larger)",
     {"incomplete_body", 400, "400 Bad Request: the connection ended before the body did"}},
    {"both CL and TE", {"length_and_chunked", 400, "400 Bad Request"}},
    {"GET //api/v2/alerts", {"no_redirects", 404, "404 page not found\n"}},
    {"GET /api/v2//alerts",
     {"no_redirects", 404, R"({"code":404,"message":"path /api/v2//alerts was not found"})"}},
    {"PUT /api/v2/alerts",
     {"reads_not_served", 405, R"({"code":405,"message":"method PUT is not allowed, but [POST] are"})"}},
    {"DELETE /api/v2/alerts",
     {"reads_not_served", 405, R"({"code":405,"message":"method DELETE is not allowed, but [POST] are"})"}},
    {"OPTIONS /api/v2/alerts",
     {"reads_not_served", 405, R"({"code":405,"message":"method OPTIONS is not allowed, but [POST] are"})"}},
    {"FOO /api/v2/alerts",
     {"reads_not_served", 405, R"({"code":405,"message":"method FOO is not allowed, but [POST] are"})"}},
    {"POST /alert", {"webhook_at_alert", 200, ""}},
};

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
    for (auto const& recorded : nlohmann::json::parse(golden_file("alertmanager/am025_bad_inputs.json"))) {
        std::string const name = recorded.at("case");
        std::string const request =
            recorded.contains("make") ? made_request(recorded.at("make")) : bytes_of(recorded.at("request"));
        INFO(name);
        auto const answer = play(server.port(), request);
        ++played;
        if (auto const found = differences.find(name); found != differences.end()) {
            CHECK(answer.status == found->second.status);
            CHECK(answer.body == found->second.body);
            continue;
        }
        std::string const line = recorded.at("status_line");
        CHECK(answer.head.substr(0, answer.head.find('\r')) == line);
        CHECK(answer.field("Content-Type") == content_type(recorded));
        CHECK(answer.body == recorded.at("body").get<std::string>());
    }
    CHECK(played == 91);
}

TEST_CASE("the document of differences and the differences that we take have the same names") {
    std::set<std::string> taken;
    for (auto const& [request, each] : differences)
        taken.insert(each.name);
    CHECK(taken == difference_names());
}

TEST_CASE("amtool gets the answers that Alertmanager gave it") {
    replay_server server;
    for (std::string const name :
         {"alert_add", "alert_add_2", "alert_add_bad_end", "alert_add_no_labels", "alert_add_start_end"}) {
        INFO(name);
        std::string const file = "alertmanager/amtool025_" + name;
        auto const answer =
            ask(server.port(), golden_file(file + ".request.headers") + golden_file(file + ".request.json"));
        std::string const recorded = golden_file(file + ".response.headers");
        CHECK(answer.head.substr(0, answer.head.find('\r')) == recorded.substr(0, recorded.find('\r')));
        bool const refused = answer.status != 200;
        CHECK(answer.body == (refused ? golden_file(file + ".response.json") : ""));
    }
    CHECK(server.sink.take().size() == 3);
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
