// What a policy file that is in order becomes.
#include "support/catch.hpp"
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

alert_rule const& alert_of(service_policy const& policy) {
    return std::get<alert_rule>(policy.rules.at(0).kind);
}

using kind = scale_expression::kind;

} // namespace

TEST_CASE("the five-line form is a whole policy file", "[load]") {
    auto const policy = only("policies:\n"
                             "- alert: HighErrorRate\n"
                             "  service: web\n"
                             "  scale: +1\n"
                             "  max: 10\n"
                             "  cooldown: 60s        # a scalar sets up and down alike; min defaults to 1\n");
    CHECK(policy.name == "HighErrorRate");
    CHECK(policy.service == "web");
    CHECK(policy.min == 1);
    CHECK(policy.max == 10);
    CHECK(policy.cooldown == cooldown_times{60s, 60s});
    REQUIRE(policy.rules.size() == 1);
    CHECK(policy.rules[0].name == "HighErrorRate");
    CHECK(alert_of(policy).matchers == std::vector{matcher::alert_name("HighErrorRate")});
    CHECK(alert_of(policy).scale == scale_expression{kind::delta, 1});
}

TEST_CASE("everything but service, max and one rule has a default", "[load]") {
    auto const set = loaded("policies:\n- {alert: X, service: web, scale: +1, max: 3}\n");
    CHECK(set.stack.empty());
    CHECK_FALSE(set.liveness.has_value());
    CHECK(set.webhook_ttl == 5h);

    auto const& policy = set.policies.at(0);
    CHECK(policy.enabled);
    CHECK_FALSE(policy.dry_run);
    CHECK(policy.min == 1);
    CHECK(policy.zero == zero_mode::ignore);
    CHECK(policy.cooldown == cooldown_times{60s, 300s});
    CHECK(policy.converge_timeout == 2min);
    CHECK_FALSE(policy.give_back.has_value());
    CHECK(policy.stabilize == stabilization{});
    CHECK(policy.limit_up == direction_limits{});
    CHECK(policy.limit_down == direction_limits{});
    CHECK(policy.warmup == 0s);
    CHECK(policy.on_stuck == stuck_mode::hold);
    CHECK(policy.during_update == update_conduct::hold);
    CHECK(policy.on_external == external_mode::adopt);
    CHECK(policy.schedules.empty());
    CHECK_FALSE(policy.from_label.has_value());
    CHECK_FALSE(set.prometheus.has_value());

    auto const& rule = policy.rules.at(0);
    CHECK(rule.priority == 0);
    CHECK(alert_of(policy).for_ == 0s);
    CHECK(alert_of(policy).repeat.what == repeat_rhythm::kind::always);
    CHECK(alert_of(policy).on_resolved.what == resolved_action::kind::hold);
}

TEST_CASE("every field of a policy is read", "[load]") {
    auto const set =
        loaded("version: 1\n"
               "stack: shop\n"
               "liveness: {matchers: ['alertname=\"Watchdog\"', 'severity!=\"none\"'], within: 5m}\n"
               "alert_ttl: {api: from_endsAt, webhook: 6h}\n"
               "policies:\n"
               "- name: front\n"
               "  service: web\n"
               "  enabled: false\n"
               "  dry_run: true\n"
               "  min: 0\n"
               "  max: 12\n"
               "  zero: managed\n"
               "  cooldown: {up: 30s, down: 1h30m}\n"
               "  converge_timeout: 90s\n"
               "  during_update: hold\n"
               "  on_external: adopt\n"
               "  return: {after: 15m, by: 25%}\n"
               "  matchers: ['alertname=\"HighErrorRate\"', 'severity=~\"critical|page\"']\n"
               "  scale: +50%\n"
               "  for: 500ms\n"
               "  repeat: 5m\n"
               "  on_resolved: revert\n"
               "  priority: -7\n");
    CHECK(set.stack == "shop");
    REQUIRE(set.liveness.has_value());
    CHECK(set.liveness->matchers.size() == 2);
    CHECK(set.liveness->within == 5min);
    CHECK(set.webhook_ttl == 6h);

    auto const& policy = set.policies.at(0);
    CHECK(policy.name == "front");
    CHECK_FALSE(policy.enabled);
    CHECK(policy.dry_run);
    CHECK(policy.min == 0);
    CHECK(policy.zero == zero_mode::managed);
    CHECK(policy.cooldown == cooldown_times{30s, 90min});
    CHECK(policy.converge_timeout == 90s);
    CHECK(policy.give_back == return_rule{15min, {kind::percent, 25}});
    CHECK(policy.rules.at(0).name == "front");
    CHECK(policy.rules.at(0).priority == -7);
    CHECK(alert_of(policy).matchers.at(1).text() == "severity=~\"critical|page\"");
    CHECK(alert_of(policy).scale == scale_expression{kind::percent, 50});
    CHECK(alert_of(policy).for_ == 500ms);
    CHECK(alert_of(policy).repeat == repeat_rhythm{repeat_rhythm::kind::interval, 5min});
    CHECK(alert_of(policy).on_resolved.what == resolved_action::kind::revert);
}

TEST_CASE("a scale is a delta, a percentage, a count, a bound or a veto", "[load]") {
    struct row {
        std::string text;
        scale_expression expected;
    };

    auto const given = GENERATE(values<row>({
        {"+1", {kind::delta, 1}},
        {"3", {kind::delta, 3}},
        {"'3'", {kind::delta, 3}},
        {"-2", {kind::delta, -2}},
        {"+50%", {kind::percent, 50}},
        {"\"-25%\"", {kind::percent, -25}},
        {"-100%", {kind::percent, -100}},
        {"=5", {kind::exact, 5}},
        {"'=0'", {kind::exact, 0}},
        {"max", {kind::max, 0}},
        {"min", {kind::min, 0}},
        {"hold", {kind::hold, 0}},
    }));
    CAPTURE(given.text);
    CHECK(alert_of(only(unscaled_with("scale: " + given.text))).scale == given.expected);
}

TEST_CASE("the end of an alert holds, reverts or steps back", "[load]") {
    struct row {
        std::string text;
        resolved_action expected;
    };

    using what = resolved_action::kind;
    auto const given = GENERATE(values<row>({
        {"hold", {what::hold, {}}},
        {"revert", {what::revert, {}}},
        {"-1", {what::scale, {kind::delta, -1}}},
        {"-25%", {what::scale, {kind::percent, -25}}},
        {"=2", {what::scale, {kind::exact, 2}}},
        {"min", {what::scale, {kind::min, 0}}},
    }));
    CAPTURE(given.text);
    CHECK(alert_of(only(policy_with("on_resolved: " + given.text))).on_resolved == given.expected);
}

TEST_CASE("an episode acts always, once or at its own rhythm", "[load]") {
    using what = repeat_rhythm::kind;
    CHECK(alert_of(only(policy_with("repeat: true"))).repeat == repeat_rhythm{what::always, {}});
    CHECK(alert_of(only(policy_with("repeat: false"))).repeat == repeat_rhythm{what::once, {}});
    CHECK(alert_of(only(policy_with("repeat: 1m30s"))).repeat == repeat_rhythm{what::interval, 90s});
}

TEST_CASE("a cooldown that names one direction keeps the other's default", "[load]") {
    CHECK(only(policy_with("cooldown: {up: 5s}")).cooldown == cooldown_times{5s, 300s});
    CHECK(only(policy_with("cooldown: {down: 5s}")).cooldown == cooldown_times{60s, 5s});
    CHECK(only(policy_with("cooldown: 0")).cooldown == cooldown_times{0s, 0s});
}

TEST_CASE("defaults stand behind every policy, wherever they stand in the file", "[load]") {
    auto const set =
        loaded("policies:\n"
               "- {alert: A, service: a, scale: -1}\n"
               "- {alert: B, service: b, scale: -1, max: 9, dry_run: false, cooldown: {up: 1s},\n"
               "   return: {by: 2}}\n"
               "- {alert: C, service: c, scale: -1, return: null}\n"
               "defaults:\n"
               "  max: 7\n"
               "  dry_run: true\n"
               "  cooldown: {down: 10m}\n"
               "  return: {after: 20m, by: 1}\n");
    REQUIRE(set.policies.size() == 3);
    CHECK(set.policies[0].max == 7);
    CHECK(set.policies[0].dry_run);
    CHECK(set.policies[0].cooldown == cooldown_times{60s, 10min});
    CHECK(set.policies[0].give_back == return_rule{20min, {kind::delta, 1}});
    CHECK(set.policies[1].max == 9);
    CHECK_FALSE(set.policies[1].dry_run);
    CHECK(set.policies[1].cooldown == cooldown_times{1s, 10min});
    CHECK(set.policies[1].give_back == return_rule{20min, {kind::delta, 2}});
    CHECK_FALSE(set.policies[2].give_back.has_value());
}

TEST_CASE("names default to the alert's, else to the service's", "[load]") {
    SECTION("a rule on the policy has the policy's name") {
        auto const policy = only("policies:\n- {name: p, alert: X, service: web, scale: -1, max: 3}\n");
        CHECK(policy.name == "p");
        CHECK(policy.rules.at(0).name == "p");
    }
    SECTION("a matcher on alertname says the same as alert") {
        auto const policy =
            only("policies:\n- {matchers: ['alertname=\"X\"', 'a=\"b\"'], service: web, scale: -1, max: 3}\n"
            );
        CHECK(policy.name == "X");
    }
    SECTION("matchers without one alert's name leave the service's") {
        auto const policy =
            only("policies:\n- {matchers: ['alertname=~\"X.*\"'], service: web, scale: -1, max: 3}\n");
        CHECK(policy.name == "web");
        CHECK(policy.rules.at(0).name == "web");
    }
    SECTION("a policy with a list of rules is called as its service, each rule as its alert") {
        auto const policy =
            only("policies:\n- {service: web, max: 3, rules: [{alert: A, scale: +1}, {name: y, "
                 "alert: B, scale: -1}]}\n");
        CHECK(policy.name == "web");
        CHECK(policy.rules.at(0).name == "A");
        CHECK(policy.rules.at(1).name == "y");
    }
}

TEST_CASE("the stack of the file wins over the option, an empty one says nothing", "[load]") {
    load_options const options{"from_option", 1000};
    std::string const rest = "policies: [{alert: X, service: web, scale: -1, max: 3}]\n";
    CHECK(loaded(rest, options).stack == "from_option");
    CHECK(loaded("stack: ''\n" + rest, options).stack == "from_option");
    CHECK(loaded("stack: from_file\n" + rest, options).stack == "from_file");
}

TEST_CASE("the hash is stable and tells two texts apart", "[load]") {
    std::string const text = "policies: [{alert: X, service: web, scale: -1, max: 3}]\n";
    CHECK(loaded(text).hash == loaded(text).hash);
    CHECK(loaded(text).hash.size() == 16);
    CHECK(loaded(text).hash != loaded(text + "# changed\n").hash);
}

TEST_CASE("the cap on max can be raised", "[load]") {
    std::string const text = "policies: [{alert: X, service: web, scale: -1, max: 2000}]\n";
    CHECK(loaded(text, {"", 2000}).policies.at(0).max == 2000);
}

} // namespace autoscaler::policy::tests
