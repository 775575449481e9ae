#include "server/driver/state_label.hpp"
#include "support/catch.hpp"

#include <random>

using namespace autoscaler;
using policy::duration;
using policy::time_point;
using server::decode_state;
using server::encode_state;

namespace {

time_point at(std::int64_t milliseconds) {
    return time_point(duration(1'770'000'000'000 + milliseconds));
}

policy::service_state full_state() {
    policy::service_state state;
    state.sequence = 7;
    state.writer = "1f00aa12.42";
    state.last_set = 5;
    state.last_up = at(1000);
    state.last_down = at(500);
    state.changes = {{.at = at(500), .delta = -1}, {.at = at(1000), .delta = 2}};
    state.policy_hash = "0123456789abcdef";
    state.episodes["web/errors"] = {
        .since = at(900), .start_count = 3, .acted = at(1000), .by_webhook = true
    };
    state.episodes["web/slow"] = {.since = at(950), .start_count = 5, .acted = {}, .by_webhook = false};
    return state;
}

} // namespace

TEST_CASE("a state survives its label", "[state_label]") {
    auto const state = full_state();
    CHECK(decode_state(encode_state(state)) == state);
    CHECK(decode_state(encode_state({})) == policy::service_state{});
    auto over = state;
    over.over_version = 123'456;
    CHECK(decode_state(encode_state(over)) == over);
}

TEST_CASE("a count of writes at its end leaves the label readable", "[state_label]") {
    auto state = full_state();
    state.sequence = (std::uint64_t{1} << 53U) + 1;
    auto const read = decode_state(encode_state(state));
    REQUIRE(read);
    CHECK(read->sequence == std::uint64_t{1} << 53U);
}

TEST_CASE("the label has the keys that the policy language names", "[state_label]") {
    CHECK(
        encode_state(full_state()) ==
        R"({"d":1770000000500,"e":[[1770000000500,-1],[1770000001000,2]],"n":5,"p":"0123456789abcdef","q":7,)"
        R"("r":{"web/errors":{"a":1770000001000,"c":3,"h":1,"s":1770000000900},"web/slow":{"c":5,"s":1770000000950}},)"
        R"("u":1770000001000,"v":1,"w":"1f00aa12.42"})"
    );
}

TEST_CASE("a state with much to say is cut to the label's limit, what acted last", "[state_label]") {
    auto state = full_state();
    state.changes.clear();
    std::int64_t sum = 0;
    for (int i = 0; i < 24; ++i) {
        policy::append(state.changes, {.at = at(i), .delta = i});
        sum += i;
    }
    for (int i = 0; i < 40; ++i)
        state.episodes["a policy with a long name/rule " + std::to_string(i)] = {
            .since = at(i),
            .start_count = 1,
            .acted = i == 17 ? std::optional(at(9'999)) : std::nullopt,
            .by_webhook = false
        };
    auto const text = encode_state(state);
    CHECK(text.size() <= server::state_label_limit);
    auto const read = decode_state(text);
    REQUIRE(read);
    CHECK(read->last_up == state.last_up);
    CHECK(read->sequence == state.sequence);
    REQUIRE(read->changes.size() == 1);
    CHECK(read->changes[0].delta == sum);
    CHECK(read->changes[0].at == at(23));
    CHECK(read->episodes.contains("a policy with a long name/rule 17"));
    CHECK(read->episodes.contains("web/errors"));
}

TEST_CASE("acts of rules that do not scale are in the label, and only there", "[state_label]") {
    auto state = full_state();
    CHECK(encode_state(state).find("\"x\"") == std::string::npos);
    state.acts = {{"web/restart", at(700)}, {"web/call", at(800)}};
    auto const text = encode_state(state);
    CHECK(text.find(R"("x":{"web/call":1770000000800,"web/restart":1770000000700})") != std::string::npos);
    CHECK(decode_state(text) == state);
    CHECK_FALSE(decode_state(R"({"v":1,"q":1,"w":"a","n":1,"e":[],"p":"","r":{},"x":[]})"));
    CHECK_FALSE(decode_state(R"({"v":1,"q":1,"w":"a","n":1,"e":[],"p":"","r":{},"x":{"a/b":"now"}})"));
}

TEST_CASE(
    "acts outlive changes and episodes that never acted, and the youngest of all lives longest",
    "[state_label]"
) {
    auto state = full_state();
    for (int i = 0; i < 40; ++i) {
        state.episodes["a policy with a long name/waits " + std::to_string(i)] = {
            .since = at(i), .start_count = 1, .acted = {}, .by_webhook = false
        };
        state.acts["a policy with a long name/acts " + std::to_string(i)] = at(2'000 + i);
    }
    auto const text = encode_state(state);
    CHECK(text.size() <= server::state_label_limit);
    auto const read = decode_state(text);
    REQUIRE(read);
    CHECK(read->changes.size() == 1);
    CHECK(read->episodes.empty()); // the one that acted did so before all acts
    CHECK(read->acts.size() > 10);
    CHECK(read->acts.contains("a policy with a long name/acts 39"));
    CHECK_FALSE(read->acts.contains("a policy with a long name/acts 0"));
}

TEST_CASE("a label that is no state of ours is none", "[state_label]") {
    for (std::string_view const text : {
             "",
             "x",
             "null",
             "[]",
             "{}",
             R"({"v":2,"q":1,"w":"a","n":1,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":-1,"w":"a","n":1,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":1,"w":1,"n":1,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":1,"w":"a","n":1.5,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":1,"w":"a","n":1,"e":[[1]],"p":"","r":{}})",
             R"({"v":1,"q":1,"w":"a","n":1,"e":[],"p":"","r":{"x":{"s":1}}})",
             R"({"v":1,"q":1,"w":"a","n":1,"u":99999999999999999,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":9223372036854775807,"w":"a","n":1,"e":[],"p":"","r":{}})",
             R"({"v":1,"q":18446744073709551615,"w":"a","n":1,"e":[],"p":"","r":{}})",
         }) {
        INFO(text);
        CHECK_FALSE(decode_state(text));
    }
    CHECK_FALSE(decode_state(std::string_view("{}\0{}", 5)));
    CHECK_FALSE(decode_state(std::string(2000, '[')));
}

TEST_CASE("whatever bytes a label has, reading it ends", "[state_label]") {
    std::string const seed = encode_state(full_state());
    std::mt19937 random(20260711); // NOLINT(cert-msc51-cpp): the same bytes in each run
    std::size_t read = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string text = seed;
        for (int change = 0; change < 3; ++change)
            text[random() % text.size()] = static_cast<char>(random() % 256);
        read += decode_state(text) ? 1 : 0;
    }
    CHECK(read < 2000);
}
