// Arbitrary text and arbitrary JSON never make a decoder throw, crash or write what it did not read.
#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/answer.hpp"
#include "swarm_client/config_codec.hpp"
#include "swarm_client/spec_codec.hpp"
#include "swarm_client/task_codec.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
using nlohmann::json;

namespace {

void decode_and_change(std::string const& text) {
    auto const found = decode_service(text);
    if (!found)
        return;
    if (auto const body = changed_spec(*found, {7, label_change{"l", "v"}})) {
        // Whatever was read: what is posted has a plain count, and its tasks' template as it was.
        json const posted = json::parse(*body);
        REQUIRE(posted.at("Mode").at("Replicated").at("Replicas") == 7);
        REQUIRE(posted.at("TaskTemplate") == found->spec->at("TaskTemplate"));
    }
}

void decode_and_label(std::string const& text) {
    auto const found = decode_configs(text, "");
    if (!found)
        return;
    for (auto const& one : *found) {
        auto const body = changed_config(one, {{"l", "v"}});
        REQUIRE(body);
        json expected = *one.spec;
        expected["Labels"] = {{"l", "v"}};
        REQUIRE(json::parse(*body) == expected);
    }
}

void decode_everything(std::string const& text) {
    decode_and_label(text);
    std::ignore = decode_created(text);
    decode_and_change(text);
    std::ignore = decode_services(text);
    std::ignore = decode_tasks(text, "sfgcjjfcro3qvhr1gisfirodz");
    std::ignore = decode_event(text);
    std::ignore = to_error({}, answer_of(500, text));
}

} // namespace

TEST_CASE("any field of a service may be anything", "[robust]") {
    std::vector<json> const strange{
        nullptr, -1, 1.5, 18446744073709551615U, "x", json::array(), json::object(), {{"x", {1}}}
    };
    json whole = json::parse(recorded("20.10/service_updating.json"));
    whole["Spec"] = json::parse(recorded("20.10/service_every_option.json")).at("Spec");
    std::set<std::string> paths; // of each leaf and of all that it is part of
    json const leaves = whole.flatten();
    for (auto const& [leaf, value] : leaves.items())
        for (json::json_pointer at(leaf); !at.empty(); at.pop_back())
            paths.insert(at.to_string());
    REQUIRE(paths.size() > 100);
    for (auto const& path : paths)
        for (json const& other : strange) {
            json changed = whole;
            changed[json::json_pointer(path)] = other;
            decode_and_change(changed.dump());
        }
}

TEST_CASE("any bytes may be broken", "[robust]") {
    std::mt19937 random(20261120); // NOLINT(cert-msc51-cpp): the same bytes each time
    for (char const* const name :
         {"20.10/configs.json",
          "20.10/service_paused.json",
          "20.10/services_list.json",
          "20.10/tasks_pending.json",
          "20.10/events.ndjson"}) {
        std::string const whole = recorded(name).substr(0, 2000);
        for (int round = 0; round < 500; ++round) {
            std::string text = whole;
            for (int hits = 0; hits < 3; ++hits)
                text[random() % text.size()] = static_cast<char>(random() % 256);
            text.resize(random() % 4 == 0 ? random() % text.size() : text.size());
            decode_everything(text);
        }
    }
    SUCCEED();
}

TEST_CASE("deep nesting is refused before it can exhaust the stack", "[robust]") {
    for (std::size_t const depth : {101U, 1'000'000U}) {
        decode_everything(std::string(depth, '['));
        std::string const nested = std::string(depth, '[') + std::string(depth, ']');
        CHECK_FALSE(decode_services(nested));
        std::string const spec =
            R"({"ID":"x","Version":{"Index":1},"Spec":{"Name":"n","TaskTemplate":)" + nested + "}}";
        CHECK_FALSE(decode_service(spec));
    }
    // Brackets in a string nest nothing.
    CHECK(decode_services(
        "[{\"ID\":\"x\",\"Version\":{\"Index\":1},\"Spec\":{\"Name\":\"" + std::string(500, '[') + "\\\"\"}}]"
    ));
}
