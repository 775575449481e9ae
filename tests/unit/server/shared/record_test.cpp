#include "server/shared/record.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

using namespace autoscaler;
using namespace autoscaler::server::shared;
using policy::matcher;
using tests::at;

namespace {

constexpr auto const* uuid = "8f9d2c1e-0000-4000-8000-0123456789ab";

matcher make(std::string name, matcher::op operation, std::string value) {
    return std::get<matcher>(matcher::make(std::move(name), operation, std::move(value)));
}

policy::silence full_silence() {
    return {
        .id = uuid,
        .matchers =
            {make("alertname", matcher::op::equal, "a \"b\" \\ \n \xF0\x9F\x98\x80"),
             make("env", matcher::op::not_equal, ""),
             make("service", matcher::op::matches, "web|api.*"),
             make("zone", matcher::op::not_matches, "x+")},
        .starts_at = at(1'700'000'000'001),
        .ends_at = at(1'700'000'000'002),
        .updated_at = at(1'700'000'000'003),
        .created_by = "ann",
        .comment = "deploy \u2028",
    };
}

policy::service_pause full_pause() {
    policy::service_pause what;
    what.service = "shop_web.v2";
    what.mode = policy::pause_mode::down;
    what.until = at(5000);
    what.comment = "until \"tomorrow\"";
    what.updated_at = at(4000);
    return what;
}

bool refused(std::string_view name, std::string_view label, std::string content) {
    auto const read = to_item(name, {{std::string(label), std::move(content)}});
    if (!std::holds_alternative<std::string>(read))
        return false;
    return std::get<std::string>(read).find(std::string(name)) != std::string::npos;
}

} // namespace

TEST_CASE("a silence comes back from its record with every field") {
    record const made = to_record(full_silence());
    CHECK(made.name == std::string("swarm-autoscaler.silence.") + uuid);
    CHECK(made.updated_at == full_silence().updated_at);
    auto const read = to_silence(made.name, made.labels);
    REQUIRE(std::holds_alternative<policy::silence>(read));
    CHECK(std::get<policy::silence>(read) == full_silence());
    CHECK(std::get<item>(to_item(made.name, made.labels)) == to_item(full_silence()));
}

TEST_CASE("a pause comes back from its record, with an end and without") {
    policy::service_pause endless = full_pause();
    endless.until.reset();
    endless.mode = policy::pause_mode::both;
    for (auto const& pause : {full_pause(), endless}) {
        record const made = to_record(pause);
        auto const read = to_pause(made.name, made.labels);
        REQUIRE(std::holds_alternative<policy::service_pause>(read));
        CHECK(std::get<policy::service_pause>(read) == pause);
    }
}

TEST_CASE("the name of a pause is that of its service, for people and for the engine") {
    CHECK(to_record(full_pause()).name.starts_with("swarm-autoscaler.pause.shop_web-v2-"));
    policy::service_pause other = full_pause();
    other.comment = "another";
    CHECK(to_record(other).name == to_record(full_pause()).name);
    other.service = "shop_web-v2";
    CHECK(to_record(other).name != to_record(full_pause()).name);
    other.service = std::string(300, '\xC3');
    CHECK(to_record(other).name.size() <= 64);
    for (char const c : to_record(other).name)
        CHECK(std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-_.").find(c) != std::string_view::npos);
}

TEST_CASE("records that somebody else has written give a text, whatever they hold") {
    std::string const name = std::string(silence_prefix) + uuid;
    std::string const good = to_record(full_silence()).labels.begin()->second;
    CHECK(refused(name, "another.label", good));
    CHECK(refused(std::string(silence_prefix) + "0", silence_label, good));
    CHECK(refused("swarm-autoscaler.other", silence_label, good));
    CHECK(refused(to_record(full_pause()).name, pause_label, "{}"));
    for (auto const* content :
         {"",
          "null",
          "[1]",
          "{",
          "\xFF",
          "{}",
          R"({"v":2})",
          R"({"v":"1"})",
          R"({"v":1,"id":7})",
          R"({"v":1,"id":"8f9d2c1e-0000-4000-8000-0123456789ab","matchers":[]})"})
        CHECK(refused(name, silence_label, content));
    CHECK(refused(name, silence_label, std::string(longest_content + 1, ' ')));
    CHECK(refused(name, silence_label, good + std::string(1, '\0')));
    CHECK(refused(name, silence_label, std::string(100'000, '[')));
}

TEST_CASE("each wrong field of a silence is refused") {
    std::string const name = std::string(silence_prefix) + uuid;
    std::string const good = to_record(full_silence()).labels.begin()->second;
    auto const with = [&](std::string_view from, std::string_view to) {
        std::string changed = good;
        auto const found = changed.find(from);
        REQUIRE(found != std::string::npos);
        return changed.replace(found, from.size(), to);
    };
    CHECK_FALSE(refused(name, silence_label, good));
    CHECK(refused(name, silence_label, with("1700000000001", "-1")));
    CHECK(refused(name, silence_label, with("1700000000001", "1.5")));
    CHECK(refused(name, silence_label, with("1700000000001", "1700000000009"))); // ends before it starts
    CHECK(refused(name, silence_label, with("1700000000003", "18446744073709551615")));
    CHECK(refused(name, silence_label, with("\"=~\"", "\"~~\"")));
    CHECK(refused(name, silence_label, with("\"web|api.*\"", "\"(\"")));
    CHECK(refused(name, silence_label, with("\"ann\"", "null")));
}

TEST_CASE("text that is cut short is refused at every length") {
    record const silence = to_record(full_silence());
    record const pause = to_record(full_pause());
    for (auto const& made : {silence, pause}) {
        auto const& [label, content] = *made.labels.begin();
        for (std::size_t length = 0; length < content.size(); ++length)
            CHECK(refused(made.name, label, content.substr(0, length)));
    }
}

TEST_CASE("the later version counts, and of two of one time all choose the same") {
    record const a{"n", {{"l", "a"}}, at(1)};
    record const b{"n", {{"l", "b"}}, at(1)};
    record const later{"n", {{"l", ""}}, at(2)};
    CHECK(newer(later, b));
    CHECK_FALSE(newer(b, later));
    CHECK(newer(a, b) != newer(b, a));
    CHECK_FALSE(newer(a, a));
}
