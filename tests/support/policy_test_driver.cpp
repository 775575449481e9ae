#include "support/policy_test_driver.hpp"

#include "policy/core/engine.hpp"
#include "support/alert_feed.hpp"
#include "support/policy_test_world.hpp"

#include <memory>
#include <utility>

namespace autoscaler::policy::testing {

namespace {

std::string seconds(duration time) {
    auto const whole = std::chrono::floor<std::chrono::seconds>(time);
    std::string const text = std::to_string(whole.count());
    return whole == time ? text + "s" : text + "." + std::to_string((time - whole).count()) + "s";
}

std::string text_of(std::int64_t count) {
    return std::to_string(count);
}

std::string text_of(std::string_view text) {
    return std::string(text);
}

std::string text_of(decided_action action) {
    return std::string(to_string(action));
}

class trial {
public:
    explicit trial(test_file::test const& test)
        : test_(test)
        , policies_(std::make_shared<policy_set>(*test.policy->policies))
        , world_(test)
        , feed_(test.clock)
        , live_(test.live) {}

    std::vector<std::string> run();

private:
    void start(history const& remembered);
    void change_world(test_file::step const& step, time_point now);
    void restart(test_file::step const& step, time_point now);
    void hear(std::vector<alert_spec> alerts, time_point now);
    void show_life(time_point now);
    void run_through(test_file::step const& step);
    decision decide(time_point now, bool refuse);
    void answer_others(time_point now);
    void on(any_event const& what);
    void compare(test_file::step const& step, decision const& got);

    template<class T, class U>
    void expect(std::string_view what, std::optional<T> const& expected, U const& got) {
        if (expected && text_of(*expected) != text_of(got))
            fail(std::string(what) + ": expected " + text_of(*expected) + ", got " + text_of(got));
    }

    void fail(std::string const& text) {
        failures_.push_back(
            "at " + seconds(past_ - test_.clock) + " (line " + std::to_string(line_) + "): " + text
        );
    }

    test_file::test const& test_;
    std::shared_ptr<policy_set const> policies_;
    test_world world_;
    alert_feed feed_;
    bool live_;
    std::unique_ptr<engine> machine_;
    time_point past_; // the engine's time
    std::vector<action::inspect> asked_;
    std::optional<action::update> write_;
    std::size_t line_ = 0;
    std::vector<std::string> failures_;
};

std::vector<std::string> trial::run() {
    if (auto unknown = world_.unsupported(); !unknown.empty())
        return unknown;
    past_ = test_.clock - std::chrono::days(1000); // before anything that a test lists
    start(world_.first_history());
    for (auto const& step : test_.steps) {
        line_ = step.line;
        run_through(step);
    }
    return failures_;
}

void trial::start(history const& remembered) {
    machine_ =
        std::make_unique<engine>(engine_options{.instance = "test", .dry_run = false}, policies_, past_);
    asked_.clear();
    for (auto const& policy : policies_->policies)
        machine_->preload(world_.view().id, policy.dry_run ? policy.name : "", remembered);
    on(event::tick{past_});
}

void trial::on(any_event const& what) {
    past_ = std::visit([](auto const& each) { return each.now; }, what);
    for (auto& each : machine_->on(what))
        if (auto* asked = std::get_if<action::inspect>(&each))
            asked_.push_back(std::move(*asked));
        else if (auto* write = std::get_if<action::update>(&each))
            write_ = std::move(*write);
}

void trial::hear(std::vector<alert_spec> alerts, time_point now) {
    notices const sent(std::move(alerts));
    on(event::alerts_received{sent.views(), now});
}

void trial::restart(test_file::step const& step, time_point now) {
    if (!step.restart || *step.restart == test_file::restart_kind::saved)
        return;
    start(
        *step.restart == test_file::restart_kind::label ? world_.labelled_history(now)
                                                        : world_.fresh_history(now)
    );
    hear(feed_.again(), now);
}

void trial::change_world(test_file::step const& step, time_point now) {
    auto const change = step.alerts ? feed_.become(*step.alerts, past_, now) : alert_change{};
    bool const was_live = std::exchange(live_, step.live.value_or(live_));
    for (auto const& [when, alerts] : change.early)
        hear(alerts, when);
    if (was_live && !live_ && past_ < now) // an alert that runs out now makes all older life signs worthless
        hear({{.labels = {{"of", "the test"}}, .starts_at = past_, .ends_at = now}}, past_);
    if (step.service)
        world_.change(*step.service);
    hear(change.ended, now);
    restart(step, now); // after which nobody speaks of what had ended before
    hear(change.listed, now);
}

void trial::show_life(time_point now) {
    if (!live_ || !policies_->liveness)
        return;
    alert_spec sign{.labels = {}, .starts_at = now, .ends_at = now + 1h};
    for (auto const& matcher : policies_->liveness->matchers)
        sign.labels[matcher.name()] = matcher.value(); // tests name their Watchdog plainly
    hear({sign}, now);
}

void trial::run_through(test_file::step const& step) {
    time_point now = test_.clock + step.at;
    change_world(step, now);
    if (!step.repeats) {
        if (step.expect)
            compare(step, decide(now, step.write_refused));
        return;
    }
    std::map<duration, std::int64_t> changes;
    for (; now <= test_.clock + step.repeats->until; now += step.repeats->every)
        if (auto const made = decide(now, step.write_refused); made.action != decided_action::hold)
            changes[now - test_.clock] = made.to;
    if (!step.expect_changes || *step.expect_changes == changes)
        return;
    std::string text = "changes: got";
    for (auto const& [when, replicas] : changes)
        text += " " + seconds(when) + ": " + std::to_string(replicas);
    fail(text);
}

// Services of the policy file that the test does not speak of are not there.
void trial::answer_others(time_point now) {
    for (std::size_t i = 0; i < asked_.size();) {
        auto const [service, alternative, tasks] = asked_[i];
        if (service == test_.service_name || alternative == test_.service_name) {
            ++i;
            continue;
        }
        asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
        on(event::service_observed{service, event::not_found{}, now});
    }
}

decision trial::decide(time_point now, bool refuse) {
    show_life(now);
    answer_others(now);
    if (asked_.empty())
        on(event::service_changed{world_.view().id, test_.service_name, now});
    while (!asked_.empty() && !write_) {
        auto const ask = asked_.front();
        asked_.erase(asked_.begin());
        on(event::service_observed{ask.service, world_.answer(ask.tasks), now});
    }
    if (!write_) {
        for (auto const& status : machine_->services(now))
            if (status.last_decision && status.last_decision->at == now)
                return *status.last_decision;
        fail("nothing was decided");
        return {};
    }
    auto const write = *std::exchange(write_, std::nullopt);
    if (!refuse)
        world_.apply(write);
    auto const result = refuse ? event::update_result::conflict : event::update_result::accepted;
    on(event::update_finished{write.service, result, "", now});
    return write.what;
}

void trial::compare(test_file::step const& step, decision const& got) {
    auto const& expected = *step.expect;
    expect("action", expected.action, got.action);
    expect("replicas", expected.replicas, got.to);
    if (expected.would && expected.would != got.would)
        fail(
            "would: expected " + text_of(*expected.would) + ", got " +
            (got.would ? text_of(*got.would) : "none")
        );
    expect("reason", expected.reason, to_string(got.why));
    expect("policy", expected.policy, got.policy);
}

} // namespace

std::vector<std::string> run(test_file::test const& test) {
    return trial(test).run();
}

} // namespace autoscaler::policy::testing
