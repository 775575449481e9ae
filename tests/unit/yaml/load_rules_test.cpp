// What rules on queries and action rules become.
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

using comparison = threshold::comparison;
using scale_kind = scale_expression::kind;
using missing = missing_rule::kind;

query_source query_with(std::string const& fields) {
    return only_rule<target_rule>(rule_with("name: x\nquery: avg(x)\ntarget: 5\n" + fields)).query;
}

target_rule target_with(std::string const& fields) {
    return only_rule<target_rule>(rule_with("name: x\nquery: avg(x)\n" + fields));
}

threshold when(std::string const& text) {
    auto const rule =
        only_rule<step_rule>(rule_with("name: x\nquery: avg(x)\nsteps: [{when: '" + text + "', scale: +1}]"));
    return rule.steps.at(0).when;
}

} // namespace

TEST_CASE("a step rule is a query and steps", "[load]") {
    auto const rule = only_rule<step_rule>(
        rule_with("name: cpu\n"
                  "query: avg(rate(cpu{service=\"$service\"}[1m]))*100\n"
                  "steps: [{when: '> 20', scale: +1, for: 30s}, {when: '< 10', scale: -25%}]")
    );
    CHECK(rule.query.promql == "avg(rate(cpu{service=\"$service\"}[1m]))*100");
    CHECK(
        rule.steps ==
        std::vector<value_step>{
            {{comparison::greater, 20}, {scale_kind::delta, 1}, 30s},
            {{comparison::less, 10}, {scale_kind::percent, -25}, 0s},
        }
    );
}

TEST_CASE("a query has defaults", "[load]") {
    CHECK(query_with("") == query_source{"avg(x)", 15s, series_reduction::error, {}});
    CHECK(query_with("every: 2s").every == 2s);
}

TEST_CASE("several series become one value as reduce says", "[load]") {
    CHECK(query_with("reduce: error").reduce == series_reduction::error);
    CHECK(query_with("reduce: avg").reduce == series_reduction::average);
    CHECK(query_with("reduce: max").reduce == series_reduction::max);
    CHECK(query_with("reduce: min").reduce == series_reduction::min);
    CHECK(query_with("reduce: sum").reduce == series_reduction::sum);
}

TEST_CASE("without data a rule holds, keeps silent, counts zero or falls back", "[load]") {
    CHECK(query_with("on_missing: hold").on_missing.what == missing::hold);
    CHECK(query_with("on_missing: ignore").on_missing.what == missing::ignore);
    CHECK(query_with("on_missing: zero").on_missing.what == missing::zero);
    CHECK(
        query_with("on_missing: {replicas: 6, after: 3m}").on_missing ==
        missing_rule{missing::fallback, 6, 3min, true}
    );
    CHECK(
        query_with("on_missing: {replicas: 0, after: 0s, mode: exact}").on_missing ==
        missing_rule{missing::fallback, 0, 0s, false}
    );
    CHECK(query_with("on_missing: {replicas: 6, after: 3m, mode: at_least}").on_missing.at_least);
}

TEST_CASE("a threshold is a comparison and a number", "[load]") {
    CHECK(when("> 20") == threshold{comparison::greater, 20});
    CHECK(when(">=0.5") == threshold{comparison::greater_equal, 0.5});
    CHECK(when("<  -3") == threshold{comparison::less, -3});
    CHECK(when("<= 1e6") == threshold{comparison::less_equal, 1e6});
}

TEST_CASE("steps up and down may meet without a value in common", "[load]") {
    auto const steps = GENERATE(
        as<std::string>{},
        "{when: '>= 10', scale: +1}, {when: '< 10', scale: -1}",
        "{when: '> 10', scale: +1}, {when: '<= 10', scale: -1}",
        "{when: '> 10', scale: +1}, {when: '< 10', scale: -1}",
        "{when: '> 10', scale: +1}, {when: '> 20', scale: +4}, {when: '< 5', scale: -1}, {when: '< 1', "
        "scale: min}",
        "{when: '> 10', scale: =8}, {when: '> 20', scale: =16}, {when: '< 5', scale: =2}",
        "{when: '> 10', scale: -1}, {when: '< 5', scale: +1}",
        "{when: '> 10', scale: +1}, {when: '> 8', scale: hold}"
    );
    CAPTURE(steps);
    CHECK(faults_of(rule_with("name: x\nquery: q\nsteps: [" + steps + "]")).empty());
}

TEST_CASE("a target rule has HPA's defaults", "[load]") {
    auto const rule = target_with("target: 60.5");
    CHECK(rule.target == 60.5);
    CHECK(rule.what == target_rule::mode::average);
    CHECK(rule.tolerance_up == 0.1);
    CHECK(rule.tolerance_down == 0.1);
}

TEST_CASE("a target is per task, in total, or the count itself", "[load]") {
    CHECK(target_with("target: 5\nmode: average").what == target_rule::mode::average);
    CHECK(target_with("target: 5\nmode: total").what == target_rule::mode::total);
    CHECK(target_with("target: 1\nmode: replicas").what == target_rule::mode::replicas);
    CHECK(target_with("mode: replicas").what == target_rule::mode::replicas);
}

TEST_CASE("a tolerance serves both directions or each has its own", "[load]") {
    CHECK(target_with("target: 5\ntolerance: 0").tolerance_up == 0);
    CHECK(target_with("target: 5\ntolerance: 0").tolerance_down == 0);
    auto const each = target_with("target: 5\ntolerance: {up: 0.05, down: 0.2}");
    CHECK(each.tolerance_up == 0.05);
    CHECK(each.tolerance_down == 0.2);
    CHECK(target_with("target: 5\ntolerance: {down: 0.2}").tolerance_up == 0.1);
}

TEST_CASE("a rule on a query may stand on the policy itself, with a priority", "[load]") {
    auto const policy = only("policies:\n- {service: web, max: 9, query: q, target: 5, priority: 3}\n");
    CHECK(policy.name == "web");
    CHECK(policy.rules.at(0).name == "web");
    CHECK(policy.rules.at(0).priority == 3);
    CHECK(std::holds_alternative<target_rule>(policy.rules.at(0).kind));
}

TEST_CASE("one policy may have rules of all kinds that scale", "[load]") {
    auto const policy = only("policies:\n- service: web\n  max: 9\n  rules:\n"
                             "  - {alert: X, scale: +1}\n"
                             "  - {name: cpu, query: q, steps: [{when: '> 1', scale: +1}]}\n"
                             "  - {name: rps, query: q, target: 5}\n"
                             "  - {name: kick, alert: Stuck, action: restart}\n");
    CHECK(policy.rules.size() == 4);
    CHECK(policy.max == 9);
    CHECK(policy.rules[3].kind.index() == 3);
}

TEST_CASE("a restart on an alert has a pause of ten minutes", "[load]") {
    auto const rule = only_rule<action_rule>("policies:\n- {service: web, alert: Stuck, action: restart}\n");
    CHECK(rule.what == action_rule::kind::restart);
    CHECK(rule.matchers == std::vector{matcher::alert_name("Stuck")});
    CHECK_FALSE(rule.on_node_joined());
    CHECK(rule.for_ == 0s);
    CHECK(rule.cooldown == 10min);
}

TEST_CASE("a restart may wait for nodes that join", "[load]") {
    auto const rule = only_rule<action_rule>(
        "policies:\n- {service: web, action: restart, on: node_joined, for: 2m, action_cooldown: 1h}\n"
    );
    CHECK(rule.on_node_joined());
    CHECK(rule.for_ == 2min);
    CHECK(rule.cooldown == 1h);
}

TEST_CASE("a webhook has an address, a deadline, fields and a way to say who we are", "[load]") {
    auto const rule = only_rule<action_rule>("policies:\n"
                                             "- service: web\n"
                                             "  matchers: ['alertname=\"Full\"']\n"
                                             "  action: webhook\n"
                                             "  webhook:\n"
                                             "    url: https://pool.example:8443/grow?token=x\n"
                                             "    timeout: 30s\n"
                                             "    fields: {pool: workers, note: ''}\n"
                                             "    bearer_token: secret\n");
    CHECK(rule.what == action_rule::kind::webhook);
    CHECK(rule.target.url == "https://pool.example:8443/grow?token=x");
    CHECK(rule.target.timeout == 30s);
    using fields = std::vector<std::pair<std::string, std::string>>;
    CHECK(rule.target.fields == fields{{"pool", "workers"}, {"note", ""}});
    CHECK(rule.target.http.credentials == authorization{"Bearer", {"secret", ""}});
    auto const plain = only_rule<action_rule>(
        "policies:\n- {service: web, alert: X, action: webhook, webhook: {url: 'http://pool'}}\n"
    );
    CHECK(plain.target.timeout == 5s);
    CHECK(plain.target.http == http_config{});
}

TEST_CASE("a policy that only acts needs no max and binds nothing", "[load]") {
    auto const set = loaded("defaults: {min: 2, max: 9, return: {after: 5m, by: 1}, on_external: restore,\n"
                            "  schedules: [{start: '0 7 * * *', end: 1h, min: 3}]}\n"
                            "liveness: {matchers: ['a=\"b\"']}\n"
                            "policies:\n"
                            "- {alert: X, service: web, scale: +1}\n"
                            "- {name: kick, alert: Stuck, service: web, action: restart}\n");
    auto const& acts = set.policies.at(1);
    CHECK(acts.min == 0);
    CHECK(acts.max == unlimited_replicas);
    CHECK_FALSE(acts.give_back.has_value());
    CHECK(acts.on_external == external_mode::adopt);
    CHECK(acts.schedules.empty());
    CHECK(set.policies.at(0).max == 9);
}

} // namespace autoscaler::policy::tests
