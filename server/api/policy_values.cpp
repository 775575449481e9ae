// Policies as JSON: the words of the policy language for what a person wrote, or would write.
#include "policy/yaml/duration.hpp"
#include "server/api/values.hpp"

#include <nlohmann/json.hpp>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;
using api::to_json; // of rules
using policy::yaml::to_text;

// A name, or the label that has it.
json service_of(policy::service_policy const& what) {
    if (!what.from_label)
        return what.service;
    return {{"label", what.from_label->label}, {"allow", what.from_label->allow.value()}};
}

json to_json(policy::stabilization const& windows) {
    return {{"up", to_text(windows.up)}, {"down", to_text(windows.down)}};
}

// The list of one direction, or `disabled`.
json to_json(policy::direction_limits const& limits) {
    if (limits.disabled)
        return "disabled";
    json list = json::array();
    for (auto const& each : limits.entries)
        list.push_back(
            std::to_string(each.amount) + (each.percent ? "%/" : "/") + policy::yaml::to_text(each.period)
        );
    return list;
}

std::string_view select_of(policy::direction_limits const& limits) {
    return limits.which == policy::direction_limits::select::max ? "max" : "min";
}

json limits_of(policy::service_policy const& what) {
    return {
        {"up", to_json(what.limit_up)},
        {"down", to_json(what.limit_down)},
        {"select", {{"up", select_of(what.limit_up)}, {"down", select_of(what.limit_down)}}},
    };
}

std::string_view to_text(policy::update_conduct conduct) {
    switch (conduct) {
    case policy::update_conduct::hold:
        return "hold";
    case policy::update_conduct::allow_up:
        return "allow_up";
    case policy::update_conduct::allow:
        return "allow";
    }
    return "";
}

// return.by is written without a sign.
json to_json(policy::return_rule const& give_back) {
    bool const percent = give_back.by.what == policy::scale_expression::kind::percent;
    return {
        {"after", to_text(give_back.after)},
        {"by", std::to_string(give_back.by.amount) + (percent ? "%" : "")},
    };
}

json to_json(policy::schedule_window const& window) {
    auto const* const cron = std::get_if<policy::cron_expression>(&window.end);
    return {
        {"name", window.name},
        {"start", window.start.text()},
        {"end", cron != nullptr ? cron->text() : to_text(std::get<policy::duration>(window.end))},
        {"tz", window.zone.name()},
        {"min", window.min ? json(*window.min) : json()},
        {"max", window.max ? json(*window.max) : json()},
    };
}

template<typename T>
json list_of(std::vector<T> const& values) {
    json list = json::array();
    for (auto const& each : values)
        list.push_back(to_json(each));
    return list;
}

} // namespace

json to_json(policy::service_policy const& what) {
    using policy::external_mode;
    using policy::stuck_mode;
    using policy::zero_mode;
    bool const bound = what.max != policy::unlimited_replicas;
    return {
        {"name", what.name},
        {"service", service_of(what)},
        {"enabled", what.enabled},
        {"dry_run", what.dry_run},
        {"min", bound ? json(what.min) : json()},
        {"max", bound ? json(what.max) : json()},
        {"zero", what.zero == zero_mode::ignore ? "ignore" : "managed"},
        {"cooldown", {{"up", to_text(what.cooldown.up)}, {"down", to_text(what.cooldown.down)}}},
        {"stabilize", to_json(what.stabilize)},
        {"limits", limits_of(what)},
        {"warmup", to_text(what.warmup)},
        {"converge_timeout", to_text(what.converge_timeout)},
        {"on_stuck", what.on_stuck == stuck_mode::hold ? "hold" : "continue"},
        {"during_update", to_text(what.during_update)},
        {"on_external", what.on_external == external_mode::adopt ? "adopt" : "restore"},
        {"return", what.give_back ? to_json(*what.give_back) : json()},
        {"schedules", list_of(what.schedules)},
        {"notify", what.notify},
        {"rules", list_of(what.rules)},
    };
}

} // namespace autoscaler::server::api
