#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/spec_codec.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <set>
#include <string>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
using nlohmann::json;

namespace {

error refusal(service const& from, update_request const& change) {
    auto const body = changed_spec(from, change);
    REQUIRE_FALSE(body);
    CHECK(body.error().kind == error_kind::refused);
    return body.error();
}

} // namespace

TEST_CASE("an update posts the whole spec, different in replicas and one label only", "[spec]") {
    std::string const text = recorded("20.10/service_every_option.json");
    auto const found = decoded(text);
    auto const body = changed_spec(found, {5, label_change{"swarm.autoscaler.state", R"({"v":1})"}});
    REQUIRE(body);

    json posted = json::parse(*body);
    CHECK(posted["Mode"]["Replicated"]["Replicas"] == 5);
    CHECK(posted["Labels"]["swarm.autoscaler.state"] == R"({"v":1})");
    posted["Mode"]["Replicated"]["Replicas"] = 2;
    posted["Labels"].erase("swarm.autoscaler.state");
    CHECK(posted == json::parse(text).at("Spec"));
}

TEST_CASE("every number of a spec comes back digit by digit", "[spec]") {
    auto const numbers = [](std::string const& text) {
        std::multiset<std::string> found;
        bool quoted = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\')
                ++i;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (!quoted && (text[i] == '-' || std::isdigit(static_cast<unsigned char>(text[i])) != 0)) {
                std::size_t const end = text.find_first_of(",}]", i);
                found.insert(text.substr(i, end - i));
                i = end;
            }
        }
        return found;
    };
    std::string text = recorded("20.10/service_every_option.json");
    std::size_t const begin = text.find("\"Spec\":") + 7;
    std::string spec = text.substr(begin, text.find(",\"PreviousSpec\"") - begin);
    auto const put = [&spec](std::string const& from, std::string const& to) {
        std::size_t const at = spec.find(from);
        REQUIRE(at != std::string::npos);
        spec.replace(at, from.size(), to);
    };
    put("\"StopGracePeriod\":3000000000", "\"StopGracePeriod\":9223372036854775807");
    put("\"MemoryBytes\":67108864", "\"MemoryBytes\":9007199254740993");
    put("\"Window\":10000000000", "\"Window\":18446744073709551615");
    put("\"Delay\":2000000000", "\"Delay\":-9223372036854775808");

    auto const found = decoded(R"({"ID":"x","Version":{"Index":1},"Spec":)" + spec + "}");
    auto const body = changed_spec(found, {2, label_change{"l", "v"}});
    REQUIRE(body);
    auto const before = numbers(spec);
    REQUIRE(before.contains("0.1"));
    REQUIRE(before.contains("18446744073709551615"));
    CHECK(numbers(*body) == before);
}

TEST_CASE("the posted body is what a real engine accepted", "[spec]") {
    auto const body = changed_spec(
        decoded(recorded("20.10/service_new.json")), {4, label_change{"swarm.autoscaler.state", R"({"t":1})"}}
    );
    REQUIRE(body);
    CHECK(json::parse(*body) == json::parse(recorded("20.10/update_request_body.json")));
}

TEST_CASE("a restart adds one to ForceUpdate and touches nothing but our label besides", "[spec]") {
    struct row {
        json before; // null: absent, as the engine writes a 0 before the first restart
        std::uint64_t after;
    };

    auto const given = GENERATE(
        row{nullptr, 1},
        row{0, 1},
        row{1, 2},
        row{std::uint64_t{9'007'199'254'740'993}, 9'007'199'254'740'994}, // beyond what a double holds
        row{std::numeric_limits<std::uint64_t>::max() - 1, std::numeric_limits<std::uint64_t>::max()}
    );
    INFO(given.before.dump());
    auto const found = altered("20.10/service_every_option.json", [&](json& value) {
        auto& task = value["Spec"]["TaskTemplate"];
        task.erase("ForceUpdate");
        if (!given.before.is_null())
            task["ForceUpdate"] = given.before;
    });
    update_request change;
    change.label = label_change{"swarm.autoscaler.state", "{}"};
    change.restart = true;
    auto const body = changed_spec(found, change);
    REQUIRE(body);
    json posted = json::parse(*body);
    CHECK(posted["TaskTemplate"]["ForceUpdate"].get<std::uint64_t>() == given.after);
    posted["Labels"].erase("swarm.autoscaler.state");
    posted["TaskTemplate"].erase("ForceUpdate");
    json expected = *found.spec;
    expected["TaskTemplate"].erase("ForceUpdate");
    CHECK(posted == expected);
}

TEST_CASE("a restart of a service whose ForceUpdate cannot grow is refused", "[spec]") {
    update_request change;
    change.restart = true;
    for (auto const& strange :
         {json(std::numeric_limits<std::uint64_t>::max()), json(-1), json(1.5), json("1"), json(nullptr)}) {
        INFO(strange.dump());
        auto const found = altered("20.10/service_new.json", [&](json& value) {
            value["Spec"]["TaskTemplate"]["ForceUpdate"] = strange;
        });
        CHECK(
            refusal(found, change).message ==
            "service \"web\" has a TaskTemplate.ForceUpdate that cannot grow"
        );
    }
    auto const templateless =
        altered("20.10/service_new.json", [](json& value) { value["Spec"]["TaskTemplate"] = nullptr; });
    refusal(templateless, change);
}

TEST_CASE("labels begin where a service had none", "[spec]") {
    auto const without =
        altered("20.10/service_new.json", [](json& value) { value["Spec"].erase("Labels"); });
    auto const body = changed_spec(without, {std::nullopt, label_change{"a", "b"}});
    REQUIRE(body);
    CHECK(json::parse(*body)["Labels"] == json{{"a", "b"}});
    CHECK(json::parse(*body)["Mode"]["Replicated"]["Replicas"] == 2);
}

TEST_CASE("services of another mode are never written", "[spec]") {
    for (json const& one : json::parse(recorded("20.10/services_global_and_jobs_status.json"))) {
        INFO(one.at("Spec").at("Mode").dump());
        auto const found = decoded(one.dump());
        CHECK(found.mode != service_mode::replicated);
        CHECK(found.mode != service_mode::unknown);
        CHECK(refusal(found, {1, std::nullopt}).message.ends_with("only replicated services are written"));
    }
}

TEST_CASE("a spec whose count is not plain is never written", "[spec]") {
    auto const mode = [](json given) {
        return altered("20.10/service_new.json", [&](json& value) {
            value["Spec"]["Mode"] = std::move(given);
        });
    };
    for (auto const& strange :
         {json(nullptr),
          json::object(),
          json{{"Replicated", json::object()}},
          json{{"Replicated", nullptr}},
          json{{"Replicated", {{"Replicas", nullptr}}}},
          json{{"Replicated", {{"Replicas", -1}}}},
          json{{"Replicated", {{"Replicas", 1.5}}}},
          json{{"Replicated", {{"Replicas", "2"}}}},
          json{{"Replicated", {{"Replicas", 2}}}, {"Global", json::object()}},
          json{{"Elastic", json::object()}}}) {
        INFO(strange.dump());
        auto const found = mode(strange);
        CHECK(found.mode == service_mode::unknown);
        refusal(found, {3, std::nullopt});
    }
    auto const no_mode = altered("20.10/service_new.json", [](json& value) { value["Spec"].erase("Mode"); });
    CHECK(
        refusal(no_mode, {3, std::nullopt}).message ==
        "service \"web\" has mode \"unknown\", only replicated services are written"
    );
}

TEST_CASE("changes that must not be posted are refused", "[spec]") {
    auto const found = decoded(recorded("20.10/service_new.json"));
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(changed_spec(found, {most, std::nullopt}));
    CHECK(
        refusal(found, {most + 1, std::nullopt}).message ==
        "9223372036854775808 replicas are more than the engine can count"
    );
    CHECK(refusal(found, {}).message == "the change changes nothing");
    CHECK(
        refusal(found, {2, label_change{"swarm.autoscaler", "true"}}).message == "the change changes nothing"
    );
    CHECK(refusal(found, {3, label_change{"l", "\xFF\xFE"}}).message == "the label is not UTF-8");

    service bare;
    bare.name = "web";
    bare.mode = service_mode::replicated;
    CHECK(refusal(bare, {3, std::nullopt}).message == "service \"web\" was read without its full spec");
    auto const templateless =
        altered("20.10/service_new.json", [](json& value) { value["Spec"].erase("TaskTemplate"); });
    refusal(templateless, {3, std::nullopt});
    auto const odd_labels =
        altered("20.10/service_new.json", [](json& value) { value["Spec"]["Labels"] = {1}; });
    refusal(odd_labels, {3, label_change{"l", "v"}});
}
