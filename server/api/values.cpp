#include "server/api/values.hpp"

#include "policy/core/label.hpp"
#include "server/text/time.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;

json to_json(std::optional<policy::time_point> when) {
    return when ? json(text::to_rfc3339(*when)) : json();
}

template<typename Number>
json or_null(std::optional<Number> number) {
    return number ? json(*number) : json();
}

json to_json(policy::trace_step const& step) {
    return {
        {"stage", step.stage},
        {"policy", step.policy},
        {"rule", step.rule},
        {"in", step.in},
        {"out", step.out},
        {"reason", step.why},
    };
}

json to_json(policy::rule_value const& value) {
    return {
        {"policy", value.policy},
        {"rule", value.rule},
        {"value", or_null(value.value)},
        {"detail", value.detail},
    };
}

json to_json(policy::rule_status const& rule) {
    return {
        {"policy", rule.policy},
        {"rule", rule.rule},
        {"since", text::to_rfc3339(rule.since)},
        {"acted", to_json(rule.acted)},
    };
}

// "none" where the engine says nothing of a rollout.
std::string_view update_word(policy::update_state state) {
    return state == policy::update_state::none ? "none" : to_string(state);
}

// What holds: that of the service's own label, and that of the API.
policy::pause_mode pause_of(policy::service_status const& what) {
    return what.pause ? combine(what.view->pause, what.pause->mode) : what.view->pause;
}

} // namespace

json to_json(policy::service_pause const& what) {
    return {
        {"service", what.service},
        {"direction", to_string(what.mode)},
        {"until", to_json(what.until)},
        {"comment", what.comment},
        {"updated_at", text::to_rfc3339(what.updated_at)},
    };
}

json to_json(policy::decision const& what) {
    json alerts = json::array();
    for (auto const each : what.alerts)
        alerts.push_back(policy::to_hex(each));
    json values = json::array();
    for (auto const& each : what.values)
        values.push_back(to_json(each));
    json trace = json::array();
    for (auto const& each : what.trace)
        trace.push_back(to_json(each));
    return {
        {"time", text::to_rfc3339(what.at)},
        {"service", what.service},
        {"action", to_string(what.action)},
        {"from", what.from},
        {"to", what.to},
        {"would", or_null(what.would)},
        {"reason", to_string(what.why)},
        {"policy", what.policy},
        {"rule", what.rule},
        {"alerts", std::move(alerts)},
        {"values", std::move(values)},
        {"trace", std::move(trace)},
        {"dry_run", what.dry_run},
        {"version", what.version},
        {"error", what.error},
    };
}

json to_json(policy::service_status const& what) {
    auto const& view = what.view;
    json rules = json::array();
    for (auto const& each : what.active_rules)
        rules.push_back(to_json(each));
    return {
        {"service", view ? view->name : what.service},
        {"written_as", what.service},
        {"id", view ? json(view->id) : json()},
        {"policies", what.policies},
        {"replicas",
         {
             {"spec", view ? json(view->replicas) : json()},
             {"running", view ? or_null(view->running) : json()},
             {"wanted", view ? json(what.wanted) : json()},
             {"min", what.bounds.min},
             {"max", what.bounds.max},
         }},
        {"update_state", view ? json(update_word(view->update)) : json()},
        {"stuck", view ? json(to_string(view->stuck)) : json()},
        {"pause", view ? json(to_string(pause_of(what))) : json()},
        {"api_pause", what.pause ? to_json(*what.pause) : json()},
        {"mode", view ? json(to_string(view->mode)) : json()},
        {"active_rules", std::move(rules)},
        {"cooldown",
         {{"up_until", to_json(what.cooldown_up_until)}, {"down_until", to_json(what.cooldown_down_until)}}},
        {"last_decision", what.last_decision ? to_json(*what.last_decision) : json()},
        {"error", what.error},
    };
}

std::string dump(json const& what) {
    return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace autoscaler::server::api
