// Notifiers and the policies that name them: values and faults.
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

using names = std::vector<std::string>;

std::string const ops = "notifiers: {ops: {webhook: 'http://chat/T0K3N'}}\n";

struct row {
    std::string text; // what stands under "notifiers: {ops: "
    std::string fault;
};

} // namespace

TEST_CASE("a notifier with an address alone is told of everything", "[notifiers]") {
    auto const set = loaded(ops + policy_with("notify: [ops]"));
    webhook_target target;
    target.url = "http://chat/T0K3N";
    std::set<occasion> const all{
        occasion::scaled,
        occasion::at_max,
        occasion::held,
        occasion::failed,
        occasion::fallback,
        occasion::bounds
    };
    CHECK(set.notifiers == std::vector<notifier>{{"ops", target, all}});
    CHECK(set.policies[0].notify == names{"ops"});
}

TEST_CASE("a notifier may say when, how and with what it is told", "[notifiers]") {
    auto const set = loaded(
        "notifiers:\n"
        "  ops: {webhook: {url: 'https://chat/x', timeout: 2s, fields: {channel: '#ops'}, bearer_token: t}, "
        "on: [at_max, failed]}\n"
        "  log: {webhook: 'http://log'}\n" +
        policy_with("notify: [log, ops]")
    );
    REQUIRE(set.notifiers.size() == 2);
    auto const& first = set.notifiers[0];
    CHECK(first.name == "ops");
    CHECK(first.target.url == "https://chat/x");
    CHECK(first.target.timeout == 2s);
    CHECK(first.target.fields == std::vector<std::pair<std::string, std::string>>{{"channel", "#ops"}});
    CHECK(first.target.http.credentials.has_value());
    CHECK(first.on == std::set{occasion::at_max, occasion::failed});
    CHECK(set.policies[0].notify == names{"log", "ops"});
}

TEST_CASE("policies take over whom defaults name, and notifiers may stand last", "[notifiers]") {
    auto const set = loaded(
        "defaults: {notify: [ops], max: 3, return: {after: 1h, by: 1}}\n"
        "liveness: {matchers: ['alertname=\"W\"']}\n"
        "policies:\n"
        "- {alert: X, service: a, scale: +1}\n"
        "- {alert: Y, service: b, scale: +1, notify: []}\n"
        "- {alert: Z, service: c, action: restart}\n" +
        ops
    );
    CHECK(set.policies[0].notify == names{"ops"});
    CHECK(set.policies[1].notify.empty());
    CHECK(set.policies[2].notify == names{"ops"});
}

TEST_CASE("a fault in a notifier is told at its place", "[notifiers]") {
    auto const given = GENERATE_COPY(values<row>({
        {"{webhook: 'http://a', on: $a[[[]]]}",
         "on must be a list such as [scaled, at_max], not an empty list"},
        {"{webhook: 'http://a', on: $a[[scaled]]}",
         "on must be a list such as [scaled, at_max], not \"scaled\""},
        {"{webhook: 'http://a', on: [scaled, $a[[at_maxx]]]}",
         "on must be scaled, at_max, held, failed, fallback or bounds, not \"at_maxx\"; did you mean "
         "\"at_max\"?"},
        {"{webhook: 'http://a', on: [held, $a[[held]]]}", "on: \"held\" is listed twice"},
        {"$a[[{]]on: [held]}", "notifier \"ops\" has no \"webhook\": where are its messages posted?"},
        {"{webhook: $a[[chat]]}", "webhook: \"chat\" must begin with http:// or https://"},
        {"{webhook: $a[['https://chat/T0K3N#x']]}",
         "webhook: \"https://chat/...\" has a fragment (\"#\"), which is never sent"},
        {"{webhook: $a[[{]]timeout: 5s}}", "webhook has no \"url\": where is the body posted?"},
        {"{webhook: 'http://a', $a[[url]]: x}", "unknown key \"url\" in notifier \"ops\"; expected \"on\""},
        {"$a[['http://a']]", "notifier \"ops\" must be a map of keys and values, not a text"},
        {"{webhook: 'http://a'}, $a[[ops]]: {webhook: 'http://a'}",
         "duplicate key \"ops\": it stands already at line 1, column 13"},
    }));
    CAPTURE(given.text);
    CHECK(
        faults_of("notifiers: {ops: " + given.text + "}\n" + policy_with("notify: [ops]")) ==
        lines{"a: error: " + given.fault}
    );
}

TEST_CASE("a policy names notifiers that are there, each once", "[notifiers]") {
    CHECK(
        faults_of(ops + policy_with("notify: [$a[[opps]], ops, $b[[ops]]]")) ==
        lines{
            "a: error: notify: there is no notifier \"opps\"; did you mean \"ops\"?",
            "b: error: notify: \"ops\" is listed twice"
        }
    );
    CHECK(
        faults_of(policy_with("notify: [$a[[ops]]]")) ==
        lines{"a: error: notify: there is no notifier \"ops\"; write it under \"notifiers\" at the top of "
              "the file"}
    );
    CHECK(
        faults_of(ops + policy_with("notify: $a[[ops]]")) ==
        lines{"a: error: notify must be a list of notifiers such as [ops], not \"ops\""}
    );
    CHECK(
        faults_of(policy_with("$a[[notifiers]]: {x: y}")) ==
        lines{"a: error: \"notifiers\" belongs to the top of the file, not to a policy"}
    );
}

TEST_CASE("an unknown name in defaults is told once, however many policies take it over", "[notifiers]") {
    CHECK(
        faults_of(
            ops + "defaults: {notify: [$a[[chat]]], max: 3, return: {after: 1h, by: 1}}\n"
                  "liveness: {matchers: ['alertname=\"W\"']}\n"
                  "policies: [{alert: X, service: a, scale: +1}, {alert: Y, service: b, scale: +1}]\n"
        ) == lines{"a: error: notify: there is no notifier \"chat\""}
    );
}

} // namespace autoscaler::policy::tests
