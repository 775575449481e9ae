// Faults and warnings of rules on queries.
#include "policy/yaml/query_text.hpp"
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

struct row {
    std::string fields;
    std::string fault;
};

lines in_target(std::string const& fields) {
    return faults_of(rule_with("name: x\nquery: avg(x)\n" + fields));
}

lines in_steps(std::string const& steps) {
    return faults_of(rule_with("name: x\nquery: avg(x)\nsteps: " + steps));
}

lines in_query(std::string const& query) {
    return faults_of(rule_with("name: x\ntarget: 5\nquery: " + query));
}

} // namespace

TEST_CASE("a fault in a query is told at its place", "[query]") {
    std::string const only = "; the only one is $service, the full name of the service";
    auto const given = GENERATE_COPY(values<row>({
        {"$a[[[]]]", "query must be a PromQL expression, not a list"},
        {"$a[[' ']]", "query must be a PromQL expression, not an empty text"},
        {"$a[[~]]", "query must be a PromQL expression, not \"~\""},
        {"$a[['up{job=\"$job\"}']]", "query: unknown variable \"$job\"" + only},
        {"$a[['up{job=\"$services\"}']]", "query: unknown variable \"$services\"" + only},
        {"$a[['up{job=\"$Service\"}']]", "query: unknown variable \"$Service\"" + only},
        {"$a[['up{job=\"${service}\"}']]", "query: unknown variable \"${service}\"" + only},
        {"$a[['up{a=\"$service\", b=\"$__rate\"}']]", "query: unknown variable \"$__rate\"" + only},
    }));
    CAPTURE(given.fields);
    CHECK(in_query(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a dollar that begins no name is a dollar", "[query]") {
    auto const query = GENERATE(
        as<std::string>{},
        "'up{job=~\"web$\"}'",
        "'up{job=\"$service\"} > 1'",
        "'up{job=~\"($service)$\"}'",
        "'up{job=~\"$service-[0-9]$|$5\"}'",
        "1"
    );
    CAPTURE(query);
    CHECK(in_query(query).empty());
}

TEST_CASE("a fault in a field of a rule on a query is told at its place", "[query]") {
    auto const given = GENERATE(values<row>({
        {"every: $a[[0s]]", "every of 0s would never stop asking; the default is 15s"},
        {"every: $a[[15]]", "every: duration \"15\" has no unit; did you mean 15s?"},
        {"reduce: $a[[mean]]", "reduce must be error, avg, max, min or sum, not \"mean\""},
        {"reduce: $a[[averag]]", "reduce must be error, avg, max, min or sum, not \"averag\""},
        {"on_missing: $a[[zeroo]]",
         "on_missing must be hold, ignore or zero, not \"zeroo\"; did you mean \"zero\"?"},
        {"on_missing: $a[[[6]]]",
         "on_missing must be hold, ignore, zero or a map such as {replicas: 6, after: 3m}, not a list"},
        {"on_missing: $a[[{]]after: 3m}",
         "on_missing has no \"replicas\": the count that is safe without data"},
        {"on_missing: $a[[{]]replicas: 6}",
         "on_missing has no \"after\": for how long data must be missing, for example 3m"},
        {"on_missing: {replicas: $a[[six]], after: 3m}",
         "on_missing.replicas must be a whole number, not \"six\""},
        {"on_missing: {replicas: 6, after: $a[[3]]}",
         "on_missing.after: duration \"3\" has no unit; did you mean 3s?"},
        {"on_missing: {replicas: 6, after: 3m, mode: $a[[atleast]]}",
         "on_missing.mode must be at_least or exact, not \"atleast\"; did you mean \"at_least\"?"},
        {"mode: $a[[sum]]", "mode must be average, total or replicas, not \"sum\""},
        {"tolerance: $a[[-0.1]]", "tolerance must be 0 or more, not \"-0.1\""},
        {"tolerance: $a[['0.1']]", "tolerance must be a number, not \"0.1\" in quotes"},
        {"tolerance: $a[[10%]]", "tolerance must be a number, not \"10%\""},
        {"tolerance: {up: $a[[.inf]]}", "tolerance.up must be a number, not \".inf\""},
        {"tolerance: {$a[[upp]]: 0.1}", "unknown key \"upp\"; did you mean \"up\"?"},
        {"tolerance: $a[[[0.1]]]", "tolerance must be a map of keys and values, not a list"},
    }));
    CAPTURE(given.fields);
    CHECK(in_target("target: 5\n" + given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a target is a number above zero", "[query]") {
    CHECK(in_target("target: $a[[0]]") == lines{"a: error: target must be above 0, not \"0\""});
    CHECK(in_target("target: $a[[-5]]") == lines{"a: error: target must be above 0, not \"-5\""});
    CHECK(in_target("target: $a[[many]]") == lines{"a: error: target must be a number, not \"many\""});
    CHECK(in_target("target: $a[[nan]]") == lines{"a: error: target must be a number, not \"nan\""});
    CHECK(in_target("target: $a[[1e999]]") == lines{"a: error: target must be a number, not \"1e999\""});
    CHECK(
        in_target("target: $a[[010]]") ==
        lines{"a: error: target: \"010\" may be read as octal 8; write a plain number"}
    );
}

TEST_CASE("a tolerance that is no fraction is warned of", "[query]") {
    CHECK(
        in_target("target: 5\ntolerance: $a[[10]]") ==
        lines{"a: warning: tolerance is a fraction: \"10\" leaves alone what is twice the target; 0.1 is 10 %"
        }
    );
}

TEST_CASE("a fault in a step is told at its place", "[query]") {
    std::string const form = "when must be one of > >= < <= and a number, as in '> 20', not ";
    std::string const list =
        "steps must be a list such as [{when: '> 20', scale: +1}, {when: '< 10', scale: -1}], not ";
    auto const given = GENERATE_COPY(values<row>({
        {"$a[[[]]]", list + "an empty list"},
        {"$a[[{when: '> 1'}]]", list + "a map"},
        {"[$a[[up]]]", "a step must be a map of keys and values, not \"up\""},
        {"[$a[[{]]scale: +1}]", "a step has no \"when\": at which values does it step? For example '> 20'"},
        {"[$a[[{]]when: '> 1'}]", "a step has no \"scale\": how far does it step? For example +1"},
        {"[{when: $a[['== 1']], scale: +1}]", form + "\"== 1\""},
        {"[{when: $a[['20']], scale: +1}]", form + "\"20\""},
        {"[{when: $a[['>']], scale: +1}]", form + "\">\""},
        {"[{when: $a[['> 20%']], scale: +1}]", form + "\"> 20%\""},
        {"[{when: $a[['> +5']], scale: +1}]", form + "\"> +5\""},
        {"[{when: $a[['> inf']], scale: +1}]", form + "\"> inf\""},
        {"[{when: $a[['< nan']], scale: +1}]", form + "\"< nan\""},
        {"[{when: $a[[[1]]], scale: +1}]", form + "a list"},
        {"[{when: $a[['> 010']], scale: +1}]", "when: \"010\" may be read as octal 8; write a plain number"},
        {"[{when: '> 1', scale: $a[[up]]}]",
         "scale must be +n, -n, +n%, -n%, =n, max, min or hold, not \"up\""},
        {"[{when: '> 1', scale: +1, for: $a[[5]]}]", "for: duration \"5\" has no unit; did you mean 5s?"},
        {"[{when: '> 1', scale: +1, $a[[forr]]: 5s}]", "unknown key \"forr\"; did you mean \"for\"?"},
    }));
    CAPTURE(given.fields);
    CHECK(in_steps(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a list of steps has an end", "[query]") {
    std::string steps;
    for (int i = 0; i < 101; ++i)
        steps += "{when: '> 1', scale: +1}, ";
    CHECK(in_steps("$a[[[]]" + steps + "]") == lines{"a: error: steps has 101 entries: at most 100"});
}

TEST_CASE("steps up and down that overlap are refused", "[query]") {
    CHECK(
        in_steps("[{when: '> 10', scale: +1}, {when: $a[['< 20']], scale: -1}]") ==
        lines{
            "a: error: steps up and down overlap: a value can be \"> 10\" and \"< 20\" at once; leave a gap "
            "between them"
        }
    );
    auto const steps = GENERATE(
        as<std::string>{},
        "[{when: '>= 10', scale: +1}, {when: $a[['<= 10']], scale: -1}]",
        "[{when: '> 10', scale: +1}, {when: $a[['> 20']], scale: -1}]",
        "[{when: '< 10', scale: min}, {when: $a[['<= 20']], scale: max}]",
        "[{when: '< 10', scale: -50%}, {when: '> 30', scale: +1}, {when: $a[['>= 9']], scale: +10%}]"
    );
    CAPTURE(steps);
    auto const found = in_steps(steps);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("a: error: steps up and down overlap"));
}

TEST_CASE("a rule is of one kind", "[query]") {
    auto const given = GENERATE(values<row>({
        {"alert: X\n$a[[query]]: q\ntarget: 5",
         "rule \"x\" has both \"alert\" and \"query\": a rule hears alerts or asks a query; make two rules "
         "of it"},
        {"query: q\nsteps: [{when: '> 1', scale: +1}]\n$a[[matchers]]: ['a=\"b\"']",
         "rule \"x\" has both \"matchers\" and \"query\": a rule hears alerts or asks a query; make two "
         "rules of "
         "it"},
        {"alert: X\nscale: -1\n$a[[tolerance]]: 0.1",
         "rule \"x\" has both \"alert\" and \"tolerance\": a rule hears alerts or asks a query; make two "
         "rules of "
         "it"},
        {"query: q\ntarget: 5\n$a[[steps]]: [{when: '> 1', scale: +1}]",
         "rule \"x\" has both \"steps\" and \"target\": a rule steps at thresholds or follows a target; make "
         "two "
         "rules of it"},
        {"query: q\ntarget: 5\n$a[[action]]: restart",
         "rule \"x\" has both \"action\" and \"query\": an action waits for an alert or a node; make two "
         "rules of "
         "it"},
        {"query: q\ntarget: 5\n$a[[scale]]: +1",
         "\"scale\" cannot stand beside a target, which gives the count itself"},
        {"query: q\ntarget: 5\n$a[[for]]: 1m",
         "\"for\" cannot stand beside a target; \"stabilize\" smooths its wishes"},
        {"query: q\nsteps: [{when: '> 1', scale: +1}]\n$a[[scale]]: +1",
         "\"scale\" stands in each of the steps, as in {when: '> 20', scale: +1, for: 30s}"},
        {"query: q\nsteps: [{when: '> 1', scale: +1}]\n$a[[for]]: 1m",
         "\"for\" stands in each of the steps, as in {when: '> 20', scale: +1, for: 30s}"},
        {"query: q\ntarget: 5\n$a[[repeat]]: false",
         "\"repeat\" belongs to a rule on alerts, and this one asks a query"},
        {"query: q\nsteps: [{when: '> 1', scale: +1}]\n$a[[on_resolved]]: hold",
         "\"on_resolved\" belongs to a rule on alerts, and this one asks a query"},
    }));
    CAPTURE(given.fields);
    CHECK(faults_of(rule_with("name: x\n" + given.fields)) == lines{"a: error: " + given.fault});
}

TEST_CASE("a rule on a query needs a query and something to do", "[query]") {
    CHECK(
        faults_of(rule_with("$a[[name]]: x\ntarget: 5")) ==
        lines{"a: error: rule \"x\" has no query: which value does it look at?"}
    );
    CHECK(
        faults_of(rule_with("$a[[name]]: x\nsteps: [{when: '> 1', scale: +1}]")) ==
        lines{"a: error: rule \"x\" has no query: which value does it look at?"}
    );
    CHECK(
        faults_of(rule_with("$a[[name]]: x\nquery: q")) ==
        lines{"a: error: rule \"x\" has no action: add steps, for example \"steps: [{when: '> 20', scale: "
              "+1}]\", "
              "or target"}
    );
    CHECK(
        faults_of(rule_with("$a[[name]]: x\nquery: q\nmode: total")) ==
        lines{"a: error: rule \"x\" has no target: at which value is it at rest?"}
    );
    CHECK(
        faults_of(rule_with("$a[[query]]: q\ntarget: 5")) ==
        lines{"a: error: the rule needs a name: it has no alert to take one from"}
    );
}

TEST_CASE("a range that a few polls do not fill is warned of", "[query]") {
    auto const range = [](std::string const& window, std::string const& every) {
        return in_target("target: 5\nevery: " + every + "\nreduce: max") == lines{} &&
                       faults_of(rule_with(
                                     "name: x\ntarget: 5\nevery: " + every + "\nquery: rate(x[" + window +
                                     "])"
                                 ))
                           .empty()
                   ? "fine"
                   : "short";
    };
    CHECK(range("1m", "15s") == std::string("fine"));
    CHECK(range("59s", "15s") == std::string("short"));
    CHECK(range("8s", "2s") == std::string("fine"));
    CHECK(
        faults_of(rule_with("name: x\ntarget: 5\nquery: $a[['sum(rate(a[5m])) + rate(b[30s])']]")) ==
        lines{
            "a: warning: query: the range [30s] is shorter than 4 polls (every 15s): write at least [1m], or "
            "poll more often"
        }
    );
}

TEST_CASE("ranges are found where PromQL has them", "[query]") {
    using yaml::shortest_range;
    CHECK(shortest_range("rate(x[5m])") == 5min);
    CHECK(shortest_range("max_over_time(rate(x[ 2m ])[1h:30s])") == 2min);
    CHECK(shortest_range("up{a=\"[1s]\", b='[1s]', c=`[1s]`} # [1s]\n + rate(x[1m])") == 1min);
    CHECK(shortest_range(R"(up{a="\"[1s]"})") == std::nullopt);
    CHECK(shortest_range("up") == std::nullopt);
    CHECK(shortest_range("up[") == std::nullopt);
    CHECK(shortest_range("up{a=\"") == std::nullopt);
    CHECK(shortest_range("") == std::nullopt);
}

} // namespace autoscaler::policy::tests
