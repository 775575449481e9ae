#include "server/storage/memory_text.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

using namespace autoscaler;
using server::storage::decode_memory;
using server::storage::encode_memory;
using tests::at;

namespace {

policy::history full_memory() {
    policy::rule_memory rule;
    rule.open = policy::episode{.since = at(10), .start_count = 3, .acted = at(11), .by_webhook = true};
    rule.unheard_since = at(12);
    rule.settled = true;
    rule.resolved =
        policy::pending_resolved{.of = {.since = at(13), .start_count = 4, .acted = {}}, .expired = true};
    rule.holding_since = {at(14), std::nullopt, at(15)};
    rule.missing_since = at(16);
    rule.last_act = at(17);
    rule.joined = at(18);
    rule.acted_stamp = at(28);
    rule.act_stamp = at(29);

    policy::history memory;
    memory.last_set = 5;
    memory.last_up = at(20);
    memory.last_down = at(21);
    memory.boot = at(22);
    memory.changes = {{.at = at(23), .delta = -2}, {.at = at(24), .delta = 7, .stamp = at(19)}};
    memory.up_stamp = at(30);
    memory.down_stamp = at(31);
    memory.seen_version = 32;
    memory.wishes = {{.at = at(25), .replicas = 8}, {.at = at(26), .replicas = 0}};
    memory.rules = {{"web/\"busy\"\n", rule}, {"web/idle", {}}};
    memory.busy = {{"web", at(27)}};
    memory.changed_by_other = true;
    memory.sequence = std::uint64_t{1} << 63U;
    memory.writer = "a1b2c3d4.9";
    return memory;
}

} // namespace

TEST_CASE("a memory comes back from its text with every field") {
    CHECK(decode_memory(encode_memory(full_memory())) == full_memory());
    CHECK(decode_memory(encode_memory({})) == policy::history{});
    auto const changes = decode_memory(encode_memory(full_memory())).value().changes;
    REQUIRE(changes.size() == 2);
    CHECK_FALSE(changes.front().stamp);
    CHECK(changes.back().stamp == at(19));
}

TEST_CASE("a memory of a newer version is read without the fields that are not known") {
    std::string text = encode_memory(full_memory());
    text.insert(1, R"("from_the_future":[{"a":null}],)");
    CHECK(decode_memory(text) == full_memory());
}

TEST_CASE("text that is no memory is refused, whatever it is") {
    for (auto const* text : {
             "",
             "null",
             "[]",
             "{",
             R"({"boot":"yesterday"})",
             R"({"boot":-1})",
             R"({"boot":1e300})",
             R"({"boot":18446744073709551615})",
             R"({"boot":9223372036854775807})",
             R"({"last_set":99999999999999})",
             R"({"changes":[[1]]})",
             R"({"changes":{"a":1}})",
             R"({"rules":[]})",
             R"({"rules":{"a/b":{"holding_since":[true]}}})",
             R"({"rules":{"a/b":{"open":7}}})",
             R"({"sequence":-1})",
             R"({"writer":1})",
         })
        CHECK_FALSE(decode_memory(text));
}

TEST_CASE("every text that is cut short is refused") {
    std::string const text = encode_memory(full_memory());
    for (std::size_t length = 0; length < text.size(); ++length)
        CHECK_FALSE(decode_memory(text.substr(0, length)));
}
