// The policies as an Alertmanager's routes, and the configuration that says so.
#include "server/alertmanager/routing.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler;
using namespace autoscaler::server::alertmanager;
using policy::testing::must_match;

namespace {

policy::service_policy policy_named(std::string name, std::vector<policy::rule> rules) {
    auto made = policy::testing::a_policy(std::move(rules));
    made.name = std::move(name);
    return made;
}

policy::rule on_alert(std::string_view alert) {
    return policy::testing::on_alert("r", alert, policy::testing::by(1));
}

std::vector<std::string> takers(routing const& all, std::vector<policy::label> const& labels) {
    std::vector<std::string> names;
    for (auto const* const each : routes_for(all, labels))
        names.push_back(each->receiver);
    return names;
}

} // namespace

TEST_CASE("each rule that wants alerts is a route to its policy", "[routing]") {
    policy::policy_set set;
    set.policies.push_back(policy_named("web", {on_alert("Up"), policy::testing::on_target("t", 1)}));
    set.policies.push_back(policy_named(
        "db",
        {policy::testing::act_on("a", policy::action_rule::kind::restart, "Stuck"),
         policy::testing::act_on("n", policy::action_rule::kind::restart, ""),
         on_alert("Up")}
    ));
    auto off = policy_named("off", {on_alert("Up")});
    off.enabled = false;
    set.policies.push_back(std::move(off));

    auto const all = routing_of(set);
    CHECK(all.root.receiver == "none");
    REQUIRE(all.routes.size() == 3);
    CHECK(receivers_of(all) == std::vector<std::string>{"none", "web", "db"});
    CHECK(takers(all, {{"alertname", "Up"}}) == std::vector<std::string>{"web", "db"});
    CHECK(takers(all, {{"alertname", "Stuck"}}) == std::vector<std::string>{"db"});
    CHECK(takers(all, {{"alertname", "Other"}}) == std::vector<std::string>{"none"});
}

TEST_CASE("a policy whose service a label names takes the allowed names alone", "[routing]") {
    policy::policy_set set;
    auto made = policy_named("any", {on_alert("Up")});
    made.from_label = policy::label_source{"service", must_match("service=~shop_.*")};
    set.policies.push_back(std::move(made));
    auto const all = routing_of(set);
    CHECK(takers(all, {{"alertname", "Up"}, {"service", "shop_web"}}) == std::vector<std::string>{"any"});
    CHECK(takers(all, {{"alertname", "Up"}, {"service", "bank"}}) == std::vector<std::string>{"none"});
    CHECK(takers(all, {{"alertname", "Up"}}) == std::vector<std::string>{"none"});
}

TEST_CASE("the configuration says what the routes say", "[routing]") {
    routing all{{{}, "none", {"alertname"}}, {}};
    all.routes.push_back(
        {{must_match("alertname=Up"), must_match(R"(path!~"a|\"b\\\\")")}, "web", {"alertname"}}
    );
    all.routes.push_back({{must_match("x=y")}, "db", {"team"}});
    CHECK(to_configuration(all) == R"(route:
  receiver: "none"
  group_by:
  - "alertname"
  continue: false
  routes:
  - receiver: "web"
    matchers:
    - "alertname=\"Up\""
    - "path!~\"a|\\\"b\\\\\\\\\""
    continue: true
  - receiver: "db"
    group_by:
    - "team"
    matchers:
    - "x=\"y\""
    continue: true
receivers:
- name: "none"
- name: "web"
- name: "db"
templates: []
)");
    CHECK(to_configuration({{{}, "none", {}}, {}}) == R"(route:
  receiver: "none"
  continue: false
receivers:
- name: "none"
templates: []
)");
}

TEST_CASE("a route that Alertmanager could not read is left out, and a comment says so", "[routing]") {
    routing all{{{}, "none", {"alertname"}}, {}};
    auto const odd = std::get<policy::matcher>(policy::matcher::make(
        "gr\xC3\xB6\xC3\x9F"
        "e\n",
        policy::matcher::op::equal,
        "XL"
    ));
    all.routes.push_back({{odd}, "shop", {"alertname"}});
    CHECK(
        to_configuration(all) ==
        "route:\n"
        "  receiver: \"none\"\n"
        "  group_by:\n"
        "  - \"alertname\"\n"
        "  continue: false\n"
        "  # left out, as Alertmanager 0.25 does not know the label name \"größe\\n\": a "
        "route to \"shop\"\n"
        "receivers:\n"
        "- name: \"none\"\n"
        "- name: \"shop\"\n"
        "templates: []\n"
    );
}

TEST_CASE("whatever a name holds, it is one string in YAML", "[routing]") {
    auto const name_of = [](std::string name) {
        auto const text = to_configuration({{{}, std::move(name), {}}, {}});
        return text.substr(0, text.find("\n  continue"));
    };
    CHECK(name_of("a\"b\\c: #d") == R"(route:
  receiver: "a\"b\\c: #d")");
    CHECK(name_of("\x01\x7F\n\t") == R"(route:
  receiver: "\u0001\u007f\n\u0009")");
    CHECK(name_of("\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF") == R"(route:
  receiver: "\u0085\u2028\ufeff")");
    CHECK(name_of("\xFF\xF0\x9F\x9A\x80") == "route:\n  receiver: \"\xEF\xBF\xBD\xF0\x9F\x9A\x80\"");
}
