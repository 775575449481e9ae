// Faults of action rules and of policies that only act.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

struct row {
    std::string fields;
    std::string fault;
};

std::string const no_scale = ": such a rule does not scale";

} // namespace

TEST_CASE("a fault in an action rule is told at its place", "[action]") {
    auto const given = GENERATE_COPY(values<row>({
        {"alert: X\naction: $a[[reboot]]", "action must be restart or webhook, not \"reboot\""},
        {"alert: X\naction: $a[[restrt]]",
         "action must be restart or webhook, not \"restrt\"; did you mean \"restart\"?"},
        {"action: restart\non: $a[[node_join]]",
         "on must be node_joined, not \"node_join\"; did you mean \"node_joined\"?"},
        {"alert: X\naction: restart\naction_cooldown: $a[[10]]",
         "action_cooldown: duration \"10\" has no unit; did you mean 10s?"},
        {"alert: X\naction: restart\n$a[[scale]]: -1", "\"scale\" cannot stand beside \"action\"" + no_scale},
        {"alert: X\naction: restart\n$a[[repeat]]: true",
         "\"repeat\" cannot stand beside \"action\"" + no_scale},
        {"alert: X\naction: restart\n$a[[on_resolved]]: hold",
         "\"on_resolved\" cannot stand beside \"action\"" + no_scale},
        {"alert: X\naction: restart\n$a[[priority]]: 1",
         "\"priority\" cannot stand beside \"action\"" + no_scale},
        {"alert: X\naction: restart\n$a[[on]]: node_joined",
         "rule \"x\" has both \"alert\" and \"on\": a rule has one cause; make two rules of it"},
        {"alert: X\naction: restart\n$a[[webhook]]: {url: 'http://a'}",
         "\"webhook\" belongs to a rule with \"action: webhook\""},
        {"alert: X\naction: webhook\nwebhook: $a[[{]]timeout: 5s}",
         "webhook has no \"url\": where is the body posted?"},
        {"alert: X\naction: webhook\nwebhook: $a[['http://a']]",
         "webhook must be a map of keys and values, not a text"},
        {"alert: X\naction: webhook\nwebhook: {url: $a[[pool]]}",
         "webhook.url: \"pool\" must begin with http:// or https://"},
        {"alert: X\naction: webhook\nwebhook: {url: $a[['https://u:p@h/token#x']]}",
         "webhook.url: \"https://...@h/...\" has a fragment (\"#\"), which is never sent"},
        {"alert: X\naction: webhook\nwebhook: {url: $a[['https://h/token?key=a b']]}",
         "webhook.url: \"https://h/...\" has a character that no address has; write it percent-encoded"},
        {"alert: X\naction: webhook\nwebhook: {url: 'http://a', timeout: $a[[0s]]}",
         "webhook.timeout of 0s would never get an answer"},
        {"alert: X\naction: webhook\nwebhook: {url: 'http://a', fields: {n: $a[[[]]]}}",
         "webhook.fields \"n\" must be a text, not a list"},
        {"alert: X\naction: webhook\nwebhook: {url: 'http://a', bearer_token: t, $a[[basic_auth]]: "
         "{username: u}}",
         "webhook has more than one of basic_auth, authorization and bearer_token: keep one"},
    }));
    CAPTURE(given.fields);
    CHECK(faults_of(rule_with("{alert: Y, scale: -1}") + "  - name: x\n" + [&] {
              std::string text;
              for (char const c : "    " + given.fields)
                  text += c == '\n' ? std::string("\n    ") : std::string(1, c);
              return text + "\n";
          }()) == lines{"a: error: " + given.fault});
}

TEST_CASE("an action rule needs an action and one cause", "[action]") {
    std::string const head = "policies:\n- $a[[service]]: web\n  ";
    CHECK(
        faults_of(head + "action: restart\n") ==
        lines{"a: error: policy \"web\" has neither alert, matchers nor on: what makes it act?"}
    );
    CHECK(
        faults_of(head + "on: node_joined\n") ==
        lines{"a: error: policy \"web\" has no action: add \"action: restart\" or \"action: webhook\""}
    );
    CHECK(
        faults_of(head + "action: webhook\n  on: node_joined\n") ==
        lines{"a: error: policy \"web\" has no webhook: where is the body posted? Add \"webhook: {url: ...}\""
        }
    );
    CHECK(
        faults_of(rule_with("{alert: Y, scale: -1}") + "  - $a[[{]]action: restart, on: node_joined}\n") ==
        lines{"a: error: the rule needs a name: it has no alert to take one from"}
    );
}

TEST_CASE("a policy that only acts has no bounds and no pace", "[action]") {
    auto const field = GENERATE(
        as<std::string>{},
        "min: 1",
        "max: 3",
        "zero: managed",
        "stabilize: 1m",
        "limits: {up: [1/1m]}",
        "warmup: 1m",
        "converge_timeout: 1m",
        "on_stuck: hold",
        "on_external: adopt",
        "return: {after: 1m, by: 1}",
        "schedules: [{start: '0 7 * * *', end: 1h, min: 2}]"
    );
    std::string const key = field.substr(0, field.find(':'));
    CAPTURE(field);
    CHECK(
        faults_of(
            "policies:\n- service: web\n  alert: X\n  action: restart\n  $a[[" + key + "]]" +
            field.substr(key.size()) + "\n"
        ) ==
        lines{
            "a: error: \"" + key +
            "\" means nothing to a policy whose rules are all actions, which scales "
            "nothing; leave it out"
        }
    );
}

TEST_CASE("a cooldown of a policy that only acts is told its right name", "[action]") {
    CHECK(
        faults_of("policies:\n- {service: web, alert: X, action: restart, $a[[cooldown]]: 1h}\n") ==
        lines{"a: error: \"cooldown\" means nothing to a policy whose rules are all actions, which scales "
              "nothing; "
              "leave it out, or write \"action_cooldown\" in the rule"}
    );
}

TEST_CASE("a policy that only acts is in order beside one that scales", "[action]") {
    CHECK(faults_of(
              "policies:\n"
              "- {alert: X, service: web, scale: =2, min: 2, max: 3}\n"
              "- {name: kick, alert: Stuck, service: web, action: restart, during_update: hold}\n"
              "- {name: spread, service: {label: svc, allow: 'shop_.*'}, alert: Stuck, action: restart}\n"
    )
              .empty());
}

} // namespace autoscaler::policy::tests
