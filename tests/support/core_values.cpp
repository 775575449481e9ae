#include "support/core_values.hpp"

#include "support/catch.hpp"

#include <utility>

namespace autoscaler::policy::testing {

alert_spec firing(std::string name, time_point since) {
    return {.labels = {{"alertname", std::move(name)}}, .starts_at = since, .ends_at = since + 24h};
}

alert_spec resolved(std::string name, time_point when, time_point since) {
    return {.labels = {{"alertname", std::move(name)}}, .starts_at = since, .ends_at = when};
}

notices::notices(std::vector<alert_spec> specs) : specs_(std::move(specs)) {
    pairs_.reserve(2 * specs_.size());
    for (auto const& each : specs_) {
        auto& labels = pairs_.emplace_back();
        for (auto const& [name, value] : each.labels)
            labels.push_back({name, value});
        auto& annotations = pairs_.emplace_back();
        for (auto const& [name, value] : each.annotations)
            annotations.push_back({name, value});
        views_.push_back(
            {.source = each.source,
             .labels = labels,
             .annotations = annotations,
             .generator_url = each.url,
             .starts_at = each.starts_at,
             .ends_at = each.ends_at,
             .resolved = each.resolved}
        );
    }
}

alert_store::applied apply(alert_store& store, alert_spec const& what, time_point now) {
    notices const one({what});
    return store.apply(one.views().front(), now);
}

matcher must_match(std::string_view text) {
    auto made = matcher::parse(text);
    if (auto const* fault = std::get_if<std::string>(&made))
        FAIL(*fault);
    return std::get<matcher>(std::move(made));
}

silence a_silence(
    std::string id, std::initializer_list<std::string_view> matchers, time_point from, time_point until
) {
    silence made{
        .id = std::move(id),
        .matchers = {},
        .starts_at = from,
        .ends_at = until,
        .updated_at = from,
        .created_by = "tester",
        .comment = "a test",
    };
    for (auto const text : matchers)
        made.matchers.push_back(must_match(text));
    return made;
}

service_pause a_pause(pause_mode mode, std::optional<time_point> until, std::string service) {
    return {
        .service = std::move(service), .mode = mode, .until = until, .comment = "a test", .updated_at = t0
    };
}

rule on_alert(std::string name, std::string_view alert, scale_expression scale) {
    return {
        .name = std::move(name),
        .priority = 0,
        .kind =
            alert_rule{
                .matchers = {matcher::alert_name(alert)},
                .scale = scale,
                .for_ = {},
                .repeat = {},
                .on_resolved = {},
            }
    };
}

rule on_steps(std::string name, std::vector<value_step> steps) {
    query_source query;
    query.promql = "load{service=\"$service\"}";
    return {
        .name = std::move(name),
        .priority = 0,
        .kind = step_rule{.query = std::move(query), .steps = std::move(steps)}
    };
}

rule on_target(std::string name, double target, target_rule::mode what) {
    target_rule made;
    made.query.promql = "load{service=\"$service\"}";
    made.target = target;
    made.what = what;
    return {.name = std::move(name), .priority = 0, .kind = std::move(made)};
}

rule act_on(std::string name, action_rule::kind what, std::string_view alert) {
    action_rule made;
    made.what = what;
    if (!alert.empty())
        made.matchers = {matcher::alert_name(alert)};
    made.target.url = "http://hook/";
    return {.name = std::move(name), .priority = 0, .kind = std::move(made)};
}

value_step above(double bound, scale_expression scale, duration for_) {
    return {.when = {.than = threshold::comparison::greater, .bound = bound}, .scale = scale, .for_ = for_};
}

value_step below(double bound, scale_expression scale, duration for_) {
    return {.when = {.than = threshold::comparison::less, .bound = bound}, .scale = scale, .for_ = for_};
}

sample value(double of) {
    return {.what = sample::kind::value, .value = of, .detail = {}};
}

sample no_series() {
    return {.what = sample::kind::empty, .value = 0, .detail = {}};
}

sample failed(std::string why) {
    return {.what = sample::kind::error, .value = 0, .detail = std::move(why)};
}

service_policy a_policy(std::vector<rule> rules) {
    service_policy policy;
    policy.name = policy.service = "web";
    policy.max = 10;
    policy.cooldown = {.up = 0s, .down = 0s};
    policy.rules = std::move(rules);
    return policy;
}

service_policy one_more() {
    return a_policy({on_alert("x", "X", by(1))});
}

std::shared_ptr<policy_set> file_of(std::vector<service_policy> policies) {
    auto file = std::make_shared<policy_set>();
    file->policies = std::move(policies);
    file->hash = "hash";
    return file;
}

std::shared_ptr<policy_set> polling_file_of(std::vector<service_policy> policies) {
    auto file = file_of(std::move(policies));
    file->prometheus = prometheus_source{};
    return file;
}

service_view a_service(std::int64_t replicas, std::uint64_t version) {
    service_view view;
    view.id = "id1";
    view.name = "web";
    view.version = version;
    view.replicas = replicas;
    view.running = replicas;
    return view;
}

} // namespace autoscaler::policy::testing
