// What waits for a peer, who the peers are, and how their requests are known.
#include "server/cli/listen_address.hpp"
#include "server/relay/http_file.hpp"
#include "server/relay/marks.hpp"
#include "server/relay/outbox.hpp"
#include "server/relay/peer_list.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::relay;
using namespace std::chrono_literals;
namespace http = server::http;

namespace {

constexpr steady_time begin{};

relayed_body body(std::string text, bool webhook = false) {
    relayed_body made;
    made.text = std::make_shared<std::string const>(std::move(text));
    made.webhook = webhook;
    return made;
}

// The texts that would go out, in their order.
std::vector<std::string> drained(outbox& box, steady_time now = begin) {
    std::vector<std::string> texts;
    std::size_t dropped = 0;
    while (auto const* const next = box.next(now, dropped)) {
        texts.push_back(*next->text);
        box.done();
    }
    return texts;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("bodies go out in their order", "[relay]") {
    outbox box({});
    for (auto const* const each : {"1", "2", "3"})
        CHECK(box.push(body(each)) == 0);
    CHECK(box.bytes() == 3);
    CHECK(drained(box) == texts{"1", "2", "3"});
    CHECK(box.empty());
    CHECK(box.bytes() == 0);
}

TEST_CASE("beyond the number, the oldest of the API goes first, then the oldest", "[relay]") {
    outbox box({.bodies = 3});
    box.push(body("w1", true));
    box.push(body("a1"));
    box.push(body("a2"));
    CHECK(box.push(body("w2", true)) == 1);
    CHECK(box.push(body("w3", true)) == 1);
    CHECK(box.size() == 3);
    CHECK(box.push(body("a3")) == 1); // it is the only one of the API
    CHECK(box.push(body("w4", true)) == 1);
    CHECK(drained(box) == texts{"w2", "w3", "w4"});
}

TEST_CASE("beyond the bytes as many go as must, and a body that never fits goes at once", "[relay]") {
    outbox box({.bodies = 100, .bytes = 10});
    box.push(body("1234"));
    box.push(body("5678"));
    CHECK(box.push(body("abcdefgh")) == 2);
    CHECK(box.push(body("much too long", true)) == 1);
    CHECK(box.bytes() == 8);
    CHECK(drained(box) == texts{"abcdefgh"});
}

TEST_CASE("what is under way never makes way", "[relay]") {
    outbox box({.bodies = 1});
    box.push(body("under way"));
    std::size_t dropped = 0;
    auto const* const next = box.next(begin, dropped);
    REQUIRE(next != nullptr);
    CHECK(box.push(body("new")) == 1); // there is no place but that one
    CHECK(*next->text == "under way");
    CHECK(box.size() == 1);
    box.done();
    CHECK(box.empty());
    CHECK(box.push(body("newer")) == 0);
    CHECK(drained(box) == texts{"newer"});
}

TEST_CASE("a body whose alerts have run out is not sent any more", "[relay]") {
    outbox box({});
    auto short_lived = body("short");
    short_lived.useless_from = begin + 10s;
    box.push(short_lived);
    box.push(body("long", true));
    box.push(short_lived);
    std::size_t dropped = 0;
    auto const* const next = box.next(begin + 10s, dropped);
    REQUIRE(next != nullptr);
    CHECK(*next->text == "long");
    CHECK(dropped == 1);
    CHECK(box.clear() == 2);
    CHECK(box.bytes() == 0);
}

TEST_CASE("every address of every name is a peer, once", "[relay]") {
    peer_list list({{"tasks.a", 9093, false}, {"b", 9093, false}, {"tasks.a", 9094, true}}, 5min);
    CHECK(list.all().empty());
    CHECK(list.take(0, {{"10.0.0.1", "fd00::1"}, ""}, begin) == "10.0.0.1 fd00::1");
    CHECK(list.take(1, {{"10.0.0.1"}, ""}, begin) == "10.0.0.1");
    CHECK(list.take(2, {{"10.0.0.1"}, ""}, begin) == "10.0.0.1");
    auto const all = list.all();
    REQUIRE(all.size() == 3);
    CHECK(to_string(all[0]) == "10.0.0.1:9093");
    CHECK(to_string(all[1]) == "10.0.0.1:9094");
    CHECK(all[1].name == "tasks.a");
    CHECK(to_string(all[2]) == "[fd00::1]:9093");
}

TEST_CASE("a name that leads nowhere keeps its addresses for a while, and is told of once", "[relay]") {
    peer_list list({{"tasks.a", 9093, false}}, 5min);
    CHECK(list.take(0, {{}, "unknown"}, begin) == "unknown");
    CHECK(list.take(0, {{}, "unknown"}, begin) == "");
    CHECK(list.take(0, {{"10.0.0.1"}, ""}, begin) == "10.0.0.1");
    CHECK(list.take(0, {{"10.0.0.1"}, ""}, begin + 30s) == "");
    CHECK_FALSE(list.take(0, {{}, "unknown"}, begin + 60s).empty());
    CHECK(list.take(0, {{}, "unknown"}, begin + 90s) == "");
    CHECK(list.all().size() == 1);
    CHECK(list.take(0, {{}, "unknown"}, begin + 30s + 5min) == "unknown");
    CHECK(list.all().empty());
    CHECK(list.take(0, {{"10.0.0.2"}, ""}, begin + 6min) == "10.0.0.2");
    CHECK(list.take(0, {{"10.0.0.3"}, ""}, begin + 7min) == "10.0.0.3"); // others are peers no longer
    REQUIRE(list.all().size() == 1);
    CHECK(list.all()[0].address == "10.0.0.3");
}

TEST_CASE("the marks of a peer's request are read, and nonsense in them is nothing", "[relay]") {
    http::request asked;
    CHECK_FALSE(read_mark(asked).relayed);
    std::vector<http::field> fields{
        {"x-swarm-autoscaler-relay", "1"},
        {"X-Swarm-Autoscaler-Relay-Age", "1500"},
        {"X-Swarm-Autoscaler-Relay-From", "abc 10.0.0.1:9093"}
    };
    asked.fields = fields;
    auto const mark = read_mark(asked);
    CHECK(mark.relayed);
    CHECK(mark.age == 1500ms);
    CHECK(mark.nonce == "abc");
    CHECK(mark.address == "10.0.0.1:9093");
    for (auto const* const bad : {"", "-1", "1x", "99999999999999999999", "x"}) {
        fields[1].value = bad;
        CHECK(read_mark(asked).age == 0ms);
    }
    fields[1].value = "9000000000000000000";
    CHECK(read_mark(asked).age == 30 * 24h);
    fields[2].value = "abc";
    CHECK(read_mark(asked).nonce == "abc");
    CHECK(read_mark(asked).address.empty());
}

TEST_CASE("peers are read from the command line", "[relay]") {
    using server::cli::parse_peer;
    CHECK(
        std::get<peer_name>(parse_peer("tasks.autoscaler:9093")) == peer_name{"tasks.autoscaler", 9093, false}
    );
    CHECK(std::get<peer_name>(parse_peer("http://a:1")) == peer_name{"a", 1, false});
    CHECK(std::get<peer_name>(parse_peer("https://[fd00::5]:9093")) == peer_name{"fd00::5", 9093, true});
    for (auto const* const bad :
         {"", "a", ":9093", "a:0", "a:65536", "a:9093/", "https://a", "fd00::5:9093", "a b:1", "ftp://a:1"}) {
        INFO(bad);
        CHECK(std::holds_alternative<server::cli::value_fault>(parse_peer(bad)));
    }
}

TEST_CASE("the file of credentials is an http_config, and its faults have places", "[relay]") {
    auto const good = load_http_config(
        "basic_auth: {username: a, password_file: pass}\ntls_config: {ca_file: ca.pem}\n", "dir/http.yml"
    );
    REQUIRE(good.made);
    CHECK(good.made->basic->password.file == "dir/pass");
    CHECK(good.made->tls.ca.file == "dir/ca.pem");
    for (auto const* const bad :
         {"[]", "basic_auth: {username: a}\nbearer_token: b", "url: x", "{", "s3cret"}) {
        INFO(bad);
        auto const refused = load_http_config(bad, "http.yml");
        CHECK_FALSE(refused.made);
        REQUIRE_FALSE(refused.faults.empty());
        CHECK(to_string(refused.faults.front()).find("s3cret") == std::string::npos);
    }
}
