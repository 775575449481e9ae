#include "server/trial/machine.hpp"

#include "server/trial/life_sign.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::trial {

using policy::time_point;
namespace action = policy::action;
namespace event = policy::event;

namespace {

// A sign of life does not run out by itself: the test says when it is lost.
constexpr auto endless = std::chrono::years(10);

policy::query_answer answer_of(test_file::sample const& shown) {
    policy::query_answer answer;
    if (shown.what == test_file::sample::kind::error)
        answer.error = "the query fails in this test";
    else
        answer.series = shown.values;
    return answer;
}

} // namespace

machine::machine(test_file::test const& test, world& around, time_point began)
    : test_(test)
    , world_(around)
    , policies_(std::make_shared<policy::policy_set>(*test.policy->policies))
    , live_(test.live)
    , now_(began) {
    if (policies_->liveness)
        life_ = life_labels(*policies_->liveness);
}

void machine::start(memory const& remembered, time_point now) {
    // Each decision comes with samples and a sign of life that are of its own moment.
    policy::engine_options const options{
        .instance = "test",
        .dry_run = false,
        .old_samples_wait = false,
        .source_settle = {},
    };
    engine_ = std::make_unique<policy::engine>(options, policies_, now);
    asked_.clear();
    for (auto const& policy : policies_->policies)
        engine_->preload(
            world_.view(now).id,
            policy.dry_run ? policy.name : "",
            policy.dry_run ? remembered.dry_run : remembered.live,
            true // a test says at each step what fires
        );
    for (auto const& policy : remembered.attached)
        engine_->preload_attachment(policy, test_.service_name);
    on(event::tick{now});
}

void machine::on(policy::any_event const& what) {
    now_ = std::visit([](auto const& each) { return each.now; }, what);
    for (auto& each : engine_->on(what))
        carry_out(std::move(each));
    for (auto& each : std::exchange(posted_, {})) // of which the test says nothing: it goes well
        on(event::post_finished{.what = std::move(each), .error = "", .now = now_});
    if (std::exchange(list_asked_, false))
        answer_list();
}

// What a query asks is shown before each decision, asked for or not; nobody waits for a time to come.
void machine::carry_out(policy::any_action what) {
    if (auto* asked = std::get_if<action::inspect>(&what))
        asked_.push_back(std::move(*asked));
    else if (auto* write = std::get_if<action::update>(&what))
        sent_ = std::move(*write);
    else if (auto* post = std::get_if<action::post>(&what))
        posted_.push_back(std::move(post->what));
    else if (std::holds_alternative<action::list_alerts>(what))
        list_asked_ = true;
}

// What fires is told by notices; the list says only whether Prometheus answers.
void machine::answer_list() {
    on(event::alerts_listed{
        .alerts = {}, .error = live_ ? "" : "Prometheus does not answer in this test", .now = now_
    });
}

void machine::hear(std::vector<told_alert> alerts, time_point now) {
    alert_body const body(std::move(alerts));
    on(event::alerts_received{.alerts = body.notices(), .now = now});
}

void machine::show_life(time_point now) {
    now_ = now;
    if (!policies_->liveness) {
        if (policies_->prometheus)
            answer_list();
        return;
    }
    if (!life_)
        return;
    time_point const since = alive_since_.value_or(now);
    hear({{.labels = *life_, .starts_at = since, .ends_at = live_ ? now + endless : now}}, now);
    alive_since_ = live_ ? std::optional(since) : std::nullopt;
}

bool machine::names_ours(std::string_view service) const {
    auto const& name = test_.service_name;
    return service == name || (!policies_->stack.empty() && name.starts_with(policies_->stack + "_") &&
                               service == std::string_view(name).substr(policies_->stack.size() + 1));
}

// The policy may speak of the service, whether an alert names it or not.
bool machine::concerns(policy::service_policy const& policy) const {
    if (!policy.enabled)
        return false;
    return policy.from_label ? policy.from_label->allow.matches_value(test_.service_name)
                             : names_ours(policy.service);
}

void machine::show_samples(sample_map const& samples, time_point now) {
    for (auto const& policy : policies_->policies) {
        if (!concerns(policy))
            continue;
        for (auto const& rule : policy.rules) {
            if (!query_of(rule))
                continue;
            auto const shown = samples.find(rule.name);
            on(event::sample_received{
                .service = policy.from_label ? test_.service_name : policy.service,
                .policy = policy.name,
                .rule = rule.name,
                .answer = answer_of(shown == samples.end() ? test_file::sample{} : shown->second),
                .asked = now,
                .now = now,
            });
        }
    }
}

// Services of the policy file that the test does not speak of are not there.
void machine::answer_others(time_point now) {
    for (std::size_t i = 0; i < asked_.size();) {
        if (names_ours(asked_[i].service)) {
            ++i;
            continue;
        }
        std::string const service = std::move(asked_[i].service);
        asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
        on(event::service_observed{.service = service, .seen = event::not_found{}, .now = now});
    }
}

// A service that only an alert's label could name is not watched before one does.
bool machine::is_watched() const {
    auto const watches = [this](auto const& status) { return names_ours(status.service); };
    return std::ranges::any_of(engine_->services(now_), watches);
}

std::optional<policy::decision> machine::decided_at(time_point now) const {
    for (auto const& status : engine_->services(now))
        if (names_ours(status.service) && status.last_decision && status.last_decision->at == now)
            return status.last_decision;
    return {};
}

// A service that is not there has no count; a test says which one it is to have, and it is not changed.
std::optional<policy::decision> machine::decide(sample_map const& samples, bool refuse, time_point now) {
    auto made = decide_watched(samples, refuse, now);
    if (made && made->why == policy::reason::service_not_found)
        made->from = made->to = world_.view(now).replicas;
    return made;
}

std::optional<policy::decision>
machine::decide_watched(sample_map const& samples, bool refuse, time_point now) {
    show_life(now);
    show_samples(samples, now);
    answer_others(now);
    if (!is_watched())
        return unwatched(now);
    if (asked_.empty())
        on(event::service_changed{.id = world_.view(now).id, .name = test_.service_name, .now = now});
    while (!asked_.empty()) {
        auto const ask = std::move(asked_.front());
        asked_.erase(asked_.begin());
        on(event::service_observed{.service = ask.service, .seen = world_.answer(now), .now = now});
        if (auto sent = std::exchange(sent_, std::nullopt))
            return write(*std::move(sent), refuse, now);
        if (auto made = decided_at(now))
            return made;
    }
    return {};
}

policy::decision machine::write(action::update sent, bool refuse, time_point now) {
    if (!refuse)
        world_.apply(sent);
    on(event::update_finished{
        .service = sent.service,
        .result = refuse ? event::update_result::conflict : event::update_result::accepted,
        .error = refuse ? "update out of sequence" : "",
        .now = now,
    });
    return std::move(sent.what);
}

// What the engine would say of a service that it has no reason to watch.
policy::decision machine::unwatched(time_point now) const {
    auto const seen = world_.view(now);
    if (world_.missing()) {
        policy::decision made;
        made.at = now;
        made.service = test_.service_name;
        made.why = policy::reason::service_not_found;
        return made;
    }
    std::vector<policy::policy_input> left_out;
    for (auto const& policy : policies_->policies)
        if (concerns(policy) && policy.from_label && !seen.opted_in)
            left_out.push_back(
                {.policy = &policy, .signals = std::vector<policy::rule_signal>(policy.rules.size())}
            );
    policy::situation const facts{
        .policies = left_out,
        .service = seen,
        .webhook_ttl = policies_->webhook_ttl,
        .live = live_,
        .dry_run = false
    };
    return policy::decide(facts, {}, now).result;
}

} // namespace autoscaler::server::trial
