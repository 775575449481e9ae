// Values of the policy core for tests: times, alerts that own their text, policies and services with the
// usual defaults. No behaviour of its own.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/alert_store.hpp"
#include "policy/core/pause.hpp"
#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"
#include "policy/core/service_view.hpp"
#include "policy/core/silence.hpp"

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::testing {

using namespace std::chrono_literals;

// 2026-01-01T00:00:00Z: where the virtual time of most tests begins.
inline constexpr time_point t0{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

// An alert notice that owns its text.
struct alert_spec {
    std::map<std::string, std::string> labels;
    std::optional<time_point> starts_at = t0;
    std::optional<time_point> ends_at = t0 + 24h;
    alert_source source = alert_source::api;
    bool resolved = false; // of a webhook
    // Initialised, though by nothing, so that designated initialisers may leave them out.
    std::map<std::string, std::string> annotations = {}; // NOLINT(readability-redundant-member-init)
    std::string url = {};                                // NOLINT(readability-redundant-member-init)
};

// `alertname=NAME`, firing since `since` and for long.
alert_spec firing(std::string name, time_point since = t0);

// The notice that ends it at `when`.
alert_spec resolved(std::string name, time_point when, time_point since = t0);

// Views of several alerts, as a body would hold them. Keeps the text alive.
class notices {
public:
    explicit notices(std::vector<alert_spec> specs);

    std::span<alert_notice const> views() const { return views_; }

private:
    std::vector<alert_spec> specs_;
    std::vector<std::vector<label>> pairs_; // labels and annotations of each, in turn
    std::vector<alert_notice> views_;
};

// One notice into a store.
alert_store::applied apply(alert_store& store, alert_spec const& what, time_point now);

// A matcher that is known to be good.
matcher must_match(std::string_view text);

// A silence that holds from t0 for an hour.
silence a_silence(
    std::string id,
    std::initializer_list<std::string_view> matchers,
    time_point from = t0,
    time_point until = t0 + 1h
);

// A pause of service `web`.
service_pause a_pause(pause_mode mode, std::optional<time_point> until = {}, std::string service = "web");

// A rule on `alert` with the defaults of the language.
rule on_alert(std::string name, std::string_view alert, scale_expression scale);

// A rule that polls and steps where the value crosses thresholds.
rule on_steps(std::string name, std::vector<value_step> steps);

// A rule that polls and keeps the value at `target`, with the tolerance of the language.
rule on_target(std::string name, double target, target_rule::mode what = target_rule::mode::average);

// A rule that acts once per episode of `alert`; "" stands for nodes that join.
rule act_on(std::string name, action_rule::kind what, std::string_view alert);

// `> bound` and `< bound`.
value_step above(double bound, scale_expression scale, duration for_ = {});
value_step below(double bound, scale_expression scale, duration for_ = {});

// What a query says.
sample value(double of);
sample no_series();
sample failed(std::string why = "no answer");

constexpr scale_expression by(std::int64_t amount) {
    return {.what = scale_expression::kind::delta, .amount = amount};
}

constexpr scale_expression exactly(std::int64_t amount) {
    return {.what = scale_expression::kind::exact, .amount = amount};
}

constexpr scale_expression percent(std::int64_t amount) {
    return {.what = scale_expression::kind::percent, .amount = amount};
}

// A policy `web` for service `web`: 1 to 10 replicas, no cooldowns.
service_policy a_policy(std::vector<rule> rules);

// The same with one rule `x`: alert X asks for one replica more.
service_policy one_more();

std::shared_ptr<policy_set> file_of(std::vector<service_policy> policies);

// The same with a Prometheus, as every file with a query has it.
std::shared_ptr<policy_set> polling_file_of(std::vector<service_policy> policies);

// A quiet service `web` with all its tasks running.
service_view a_service(std::int64_t replicas, std::uint64_t version = 7);

} // namespace autoscaler::policy::testing
