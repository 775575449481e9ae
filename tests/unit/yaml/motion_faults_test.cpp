// Faults of the fields that say how a policy may move a service, and of services taken from labels.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

struct row {
    std::string fields; // of a policy that is in order otherwise
    std::string fault;
};

lines in_policy(std::string const& fields) {
    return faults_of(policy_with(fields));
}

lines in_window(std::string const& window) {
    return in_policy("schedules: [" + window + "]");
}

} // namespace

TEST_CASE("a fault in a limit is told at its place", "[motion]") {
    std::string const form =
        " is no limit: expected replicas or percent and a period, as in 4/15s or 100%/15s";
    auto const given = GENERATE_COPY(values<row>({
        {"stabilize: $a[[[]]]", "stabilize must be a map of keys and values, not a list"},
        {"stabilize: {down: $a[[5]]}", "stabilize.down: duration \"5\" has no unit; did you mean 5s?"},
        {"stabilize: $a[[5]]", "stabilize: duration \"5\" has no unit; did you mean 5s?"},
        {"limits: $a[[4/15s]]", "limits must be a map of keys and values, not \"4/15s\""},
        {"limits: {up: $a[[4/15s]]}",
         "limits.up must be a list such as [4/15s, 100%/15s], or disabled, not \"4/15s\""},
        {"limits: {down: $a[[none]]}",
         "limits.down must be a list such as [4/15s, 100%/15s], or disabled, not \"none\""},
        {"limits: {up: [$a[[4]]]}", "limits.up: \"4\"" + form},
        {"limits: {up: [$a[[4s]]]}", "limits.up: \"4s\"" + form},
        {"limits: {up: [$a[[/15s]]]}", "limits.up: \"/15s\"" + form},
        {"limits: {up: [$a[[-4/15s]]]}", "limits.up: \"-4/15s\"" + form},
        {"limits: {up: [$a[[+4/15s]]]}", "limits.up: \"+4/15s\"" + form},
        {"limits: {up: [$a[[1.5/15s]]]}", "limits.up: \"1.5/15s\"" + form},
        {"limits: {up: [$a[[{}]]]}", "limits.up holds limits such as 4/15s or 100%/15s, not a map"},
        {"limits: {up: [1/1m, $a[[0%/15s]]]}",
         "limits.up: \"0%/15s\" lets nothing through; write \"disabled\" if that is meant"},
        {"limits: {down: [$a[[0/15s]]]}",
         "limits.down: \"0/15s\" lets nothing through; write \"disabled\" if that is meant"},
        {"limits: {up: [$a[[4/0s]]]}", "limits.up: \"4/0s\" has a period of 0s, which limits nothing"},
        {"limits: {up: [$a[[4/15]]]}", "limits.up: duration \"15\" has no unit; did you mean 15s?"},
        {"limits: {up: [$a[[010/15s]]]}",
         "limits.up: \"010/15s\" may be read as octal 8; write a plain number"},
        {"limits: {up: [$a[[1000001/15s]]]}", "limits.up: \"1000001/15s\" is too large: at most 1000000"},
        {"limits: {select: $a[[both]]}", "limits.select must be max or min, not \"both\""},
        {"limits: {select: {up: $a[[maxx]]}}",
         "limits.select.up must be max or min, not \"maxx\"; did you mean \"max\"?"},
        {"limits: {$a[[upp]]: []}", "unknown key \"upp\"; did you mean \"up\"?"},
        {"warmup: $a[[soon]]",
         "warmup: bad duration \"soon\": expected whole numbers with the units y, w, d, h, m, s, ms, largest "
         "first, as in 1h30m"},
        {"on_stuck: $a[[go]]", "on_stuck must be hold or continue, not \"go\""},
    }));
    CAPTURE(given.fields);
    CHECK(in_policy(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("lists that policies share have an end", "[motion]") {
    std::string limits;
    std::string windows;
    for (int i = 0; i < 54; ++i) {
        limits += "1/1m, ";
        windows += "{start: '0 7 * * *', end: 1h, min: 2}, ";
    }
    CHECK(
        in_policy("limits: {up: $a[[[]]" + limits + "]}") ==
        lines{"a: error: limits.up has 54 entries: at most 10"}
    );
    CHECK(
        in_policy("schedules: $a[[[]]" + windows + "]") ==
        lines{"a: error: schedules has 54 entries: at most 53"}
    );
}

TEST_CASE("a fault in a window is told at its place", "[motion]") {
    auto const given = GENERATE(values<row>({
        {"$a[[office]]", "a window must be a map of keys and values, not \"office\""},
        {"$a[[{]]start: '0 7 * * *', end: 1h}",
         "a window sets neither min nor max, so it would change nothing"},
        {"$a[[{]]end: 1h, min: 2}", "a window has no \"start\": when does it open? For example '0 7 * * 1-5'"
        },
        {"$a[[{]]start: '0 7 * * *', min: 2}",
         "a window has no \"end\": when, or after how long, does it close? For example 12h"},
        {"{start: $a[[[]]], end: 1h, min: 2}",
         "start must be a cron expression such as '0 7 * * 1-5', not a list"},
        {"{start: '0 7 * * *', end: $a[[later]], min: 2}",
         "end must be a cron expression such as '0 19 * * 1-5' or a duration such as 12h, not \"later\""},
        {"{start: '0 7 * * *', end: $a[[0s]], min: 2}", "end of 0s would close the window as it opens"},
        {"{start: '0 7 * * *', end: $a[['0 7 * * *']], min: 2}",
         "start and end of the window are the same, so it would never be open"},
        {"{start: '0 7 * * 1-5', end: $a[['00 7 * * MON-FRI']], min: 2}",
         "start and end of the window are the same, so it would never be open"},
        {"{start: '0 7 * * *', end: 1h, min: 2, tz: $a[[Mars/Base]]}",
         "tz: there is no time zone \"Mars/Base\"; expected a name such as Europe/Berlin or UTC"},
        {"{start: '0 7 * * *', end: 1h, min: $a[[two]]}", "min must be a whole number, not \"two\""},
        {"{start: '0 7 * * *', end: 1h, max: $a[[1001]]}",
         "max 1001 is above the cap of 1000 replicas: the engine accepts any number and dies of it; "
         "--max-replicas raises the cap"},
        {"{name: w, start: '0 7 * * *', end: 1h, min: 5, max: $a[[3]]}",
         "window \"w\": min 5 is greater than max 3"},
        {"{name: w, start: '0 7 * * *', end: 1h, min: $a[[11]]}",
         "window \"w\": min 11 is greater than max 10 (the policy's)"},
        {"{name: w, start: '0 7 * * *', end: 1h, max: $a[[0]]}",
         "window \"w\": min 1 (the policy's) is greater than max 0"},
        {"{$a[[timezone]]: UTC, start: '0 7 * * *', end: 1h, min: 2}",
         "unknown key \"timezone\" in a window; expected \"name\", \"tz\", \"max\""},
    }));
    CAPTURE(given.fields);
    CHECK(in_window(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a bad cron expression is told with its key", "[motion]") {
    for (std::string const cron : {"'0 7 * *'", "'61 7 * * *'", "'0 7 30 2 *'", "'a b c d e'"}) {
        CAPTURE(cron);
        auto const start = in_window("{start: $a[[" + cron + "]], end: 1h, min: 2}");
        REQUIRE(start.size() == 1);
        CHECK(start[0].starts_with("a: error: start: "));
        auto const end = in_window("{start: '0 7 * * *', end: $a[[" + cron + "]], min: 2}");
        REQUIRE(end.size() == 1);
        CHECK(end[0].starts_with("a: error: end: "));
    }
}

TEST_CASE("schedules are a list of windows, each of its own name", "[motion]") {
    CHECK(
        in_policy("schedules: $a[[{}]]") == lines{"a: error: schedules must be a list of windows, not a map"}
    );
    CHECK(
        in_window(
            "{name: a, start: '0 7 * * *', end: 1h, min: 2}, {name: $a[[a]], start: '0 9 * * *', end: 1h, "
            "min: 3}"
        ) ==
        lines{"a: error: two windows of this policy are called \"a\": the other stands at line 7, column 22"}
    );
}

TEST_CASE("a service from a label needs a label, a pattern and a rule that hears alerts", "[motion]") {
    auto const service = [](std::string const& text) {
        return faults_of("policies: [{alert: X, scale: -1, max: 3, service: " + text + "}]\n");
    };
    CHECK(
        service("$a[[{]]allow: '.+'}") ==
        lines{"a: error: service has no \"label\": which label of an alert has the service's name?"}
    );
    CHECK(
        service("$a[[{]]label: svc}") == lines{"a: error: service has no \"allow\": which services may an "
                                               "alert name? A regular expression such as "
                                               "'shop_.*'"}
    );
    CHECK(
        service("{label: svc, allow: $a[['(']]}") ==
        lines{"a: error: service.allow: bad regular expression \"(\": missing ): ("}
    );
    CHECK(
        service("{label: svc, allow: '.+', $a[[deny]]: x}") ==
        lines{"a: error: unknown key \"deny\" in service"}
    );
    CHECK(service("$a[[[web]]]") == lines{"a: error: service must be a text, not a list"});
    CHECK(
        faults_of("policies: [{query: q, target: 5, max: 3, service: $a[[{]]label: svc, allow: '.+'}}]\n") ==
        lines{"a: error: the service is taken from a label, but no rule of the policy hears an alert that "
              "could "
              "have it"}
    );
}

TEST_CASE("a word on updates that cannot count is warned of", "[motion]") {
    std::string const down = "policies:\n- {alert: X, service: web, scale: -1, max: 3, during_update: ";
    CHECK(
        faults_of(down + "$a[[allow_up]]}\n") ==
        lines{"a: warning: during_update: allow_up cannot count: no rule of policy \"X\" takes the service up"
        }
    );
    CHECK(faults_of(down + "allow}\n").empty());
    CHECK(
        faults_of(down + "$a[[allow]]}\n- {name: y, alert: Y, service: web, scale: +1, max: 3}\n") ==
        lines{"a: warning: during_update: allow cannot count: policy \"y\" of the same service has hold, and "
              "the "
              "strictest counts"}
    );
    SECTION("what defaults say may count for another policy, and an action binds nobody") {
        CHECK(faults_of("defaults: {during_update: allow_up}\npolicies:\n"
                        "- {alert: X, service: web, scale: -1, max: 3}\n"
                        "- {alert: Y, service: web, scale: +1, max: 3}\n")
                  .empty());
        CHECK(faults_of(down + "allow}\n- {name: y, alert: Y, service: web, action: restart}\n").empty());
    }
}

TEST_CASE("a query can take replicas away, and its Prometheus is watched", "[motion]") {
    CHECK(faults_of("policies: [{service: web, max: 3, query: q, target: 5}]\n").empty());
    CHECK(
        faults_of("policies: [$a[[{]]service: web, max: 3, query: q, steps: [{when: '> 1', scale: +1}]}]\n"
        ) == lines{"a: warning: policy \"web\" can only go up: add \"return: {after: 10m, by: 1}\", "
                   "on_resolved, or a "
                   "rule that takes replicas away"}
    );
    CHECK(faults_of(
              "prometheus: {}\npolicies: [{alert: X, service: web, scale: +1, max: 3, on_resolved: revert}]\n"
    )
              .empty());
}

} // namespace autoscaler::policy::tests
