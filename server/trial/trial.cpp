#include "server/trial/trial.hpp"

#include "server/trial/machine.hpp"
#include "server/trial/offset_text.hpp"

#include <string_view>
#include <utility>

namespace autoscaler::server::trial {

using policy::decision;
using policy::duration;
using policy::time_point;

namespace {

using change_map = std::map<duration, std::int64_t>;

// Before anything that a test lists, so that the engine's time never has to go back.
constexpr auto long_before = std::chrono::days(1000);

std::string text_of(std::int64_t count) {
    return std::to_string(count);
}

std::string text_of(std::string_view text) {
    return text.empty() ? "none" : std::string(text);
}

std::string text_of(std::optional<std::int64_t> count) {
    return count ? std::to_string(*count) : "none";
}

std::string text_of(policy::decided_action action) {
    return std::string(to_string(action));
}

std::string text_of(change_map const& changes) {
    std::string text;
    for (auto const& [at, replicas] : changes)
        text += (text.empty() ? "" : ", ") + offset_text(at) + ": " + std::to_string(replicas);
    return text.empty() ? "none" : text;
}

// Collects the fields in which an expectation and a decision differ.
class comparison {
public:
    template<class T, class U>
    void field(std::string_view name, std::optional<T> const& expected, U const& got) {
        if (!expected)
            return;
        std::string const wanted = text_of(*expected);
        std::string const found = text_of(got);
        if (wanted == found)
            return;
        add(expected_, name, wanted);
        add(got_, name, found);
    }

    bool differs() const { return !expected_.empty(); }

    failure as_failure() && {
        return {.line = 0, .at = {}, .expected = std::move(expected_), .got = std::move(got_), .decided = {}};
    }

private:
    static void add(std::string& list, std::string_view name, std::string_view value) {
        list.append(list.empty() ? "" : ", ").append(name).append(" ").append(value);
    }

    std::string expected_;
    std::string got_;
};

class trial {
public:
    explicit trial(test_file::test const& test)
        : test_(test), world_(test), feed_(test.clock), machine_(test, world_, test.clock - long_before) {}

    std::vector<failure> run();

private:
    void change_world(test_file::step const& step, time_point now);
    void restart(test_file::restart_kind kind, time_point now);
    void run_through(test_file::step const& step);
    void repeat(test_file::step const& step);
    std::optional<decision> decide(time_point now, bool refuse);
    void compare(test_file::step const& step, decision got);
    void compare(test_file::step const& step, change_map const& changes, std::vector<decision> const& made);
    void fail(test_file::step const& step, time_point at, failure what);

    test_file::test const& test_;
    world world_;
    alert_feed feed_;
    machine machine_;
    sample_map samples_;
    std::vector<failure> failures_;
};

std::vector<failure> trial::run() {
    if (!machine_.can_show_life()) {
        failures_.push_back(
            {.line = test_.line,
             .at = {},
             .expected = "a liveness alert that a test can show",
             .got = "matchers that none was found for: name it plainly, as in alertname=\"Watchdog\"",
             .decided = {}}
        );
        return std::move(failures_);
    }
    auto const remembered = world_.first_history();
    machine_.start(
        {.live = remembered, .dry_run = remembered, .attached = world_.first_attached()}, machine_.now()
    );
    for (auto const& step : test_.steps)
        run_through(step);
    return std::move(failures_);
}

void trial::fail(test_file::step const& step, time_point at, failure what) {
    what.line = step.line;
    what.at = at - test_.clock;
    failures_.push_back(std::move(what));
}

void trial::restart(test_file::restart_kind kind, time_point now) {
    if (kind == test_file::restart_kind::saved)
        return;
    auto const fresh = world_.fresh_history(now); // no label speaks of a dry run
    bool const label = kind == test_file::restart_kind::label;
    machine_.start(
        {.live = label ? world_.labelled_history(now) : fresh, .dry_run = fresh, .attached = {}}, now
    );
    machine_.hear(feed_.again(now), now);
}

void trial::change_world(test_file::step const& step, time_point now) {
    auto const change = step.alerts ? feed_.become(*step.alerts, machine_.now(), now) : alert_change{};
    for (auto const& [when, alerts] : change.early)
        machine_.hear(alerts, when);
    machine_.set_live(step.live.value_or(machine_.live()));
    if (step.service)
        world_.change(*step.service);
    for (auto const& [rule, sample] : step.samples)
        samples_.insert_or_assign(rule, sample);
    machine_.hear(change.ended, now);
    if (step.restart) // after which nobody speaks of what had ended before
        restart(*step.restart, now);
    machine_.hear(change.listed, now);
}

void trial::run_through(test_file::step const& step) {
    time_point const now = test_.clock + step.at;
    change_world(step, now);
    if (step.repeats)
        return repeat(step);
    if (!step.expect)
        return;
    if (auto made = decide(now, step.write_refused))
        compare(step, *std::move(made));
    else
        fail(step, now, {.line = 0, .at = {}, .expected = "a decision", .got = "none", .decided = {}});
}

std::optional<decision> trial::decide(time_point now, bool refuse) {
    return machine_.decide(samples_, refuse, now);
}

void trial::repeat(test_file::step const& step) {
    change_map changes;
    std::optional<decision> odd; // the first that is not as expected
    for (duration at = step.repeats->from; at <= step.repeats->until; at += step.repeats->every) {
        auto made = decide(test_.clock + at, step.write_refused);
        bool const changed = made && made->to != made->from;
        if (changed)
            changes[at] = made->to;
        if (odd || !step.expect_changes || !made)
            continue;
        auto const expected = step.expect_changes->find(at);
        bool const known = expected != step.expect_changes->end();
        if (known != changed || (known && expected->second != made->to))
            odd = std::move(made);
    }
    if (!step.expect_changes || *step.expect_changes == changes)
        return;
    time_point const at = odd ? odd->at : test_.clock + step.at;
    fail(
        step,
        at,
        {.line = 0,
         .at = {},
         .expected = "changes " + text_of(*step.expect_changes),
         .got = "changes " + text_of(changes),
         .decided = std::move(odd)}
    );
}

void trial::compare(test_file::step const& step, decision got) {
    auto const& expected = *step.expect;
    comparison all;
    all.field("action", expected.action, got.action);
    all.field("replicas", expected.replicas, got.to);
    all.field("would", expected.would, got.would);
    all.field("reason", expected.reason, to_string(got.why));
    all.field("policy", expected.policy, got.policy);
    if (!all.differs())
        return;
    auto what = std::move(all).as_failure();
    what.decided = std::move(got);
    fail(step, what.decided->at, std::move(what));
}

} // namespace

std::vector<failure> run(policy::test_file::test const& test) {
    return trial(test).run();
}

} // namespace autoscaler::server::trial
