// Policies as JSON: the words of the policy language for what a person wrote, or would write.
#include "policy/yaml/duration.hpp"
#include "server/api/values.hpp"

#include <nlohmann/json.hpp>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;
using policy::yaml::to_text;

std::string signed_text(std::int64_t number) {
    return (number < 0 ? "" : "+") + std::to_string(number);
}

std::string to_text(policy::scale_expression const& scale) {
    using kind = policy::scale_expression::kind;
    switch (scale.what) {
    case kind::delta:
        return signed_text(scale.amount);
    case kind::percent:
        return signed_text(scale.amount) + "%";
    case kind::exact:
        return "=" + std::to_string(scale.amount);
    case kind::max:
        return "max";
    case kind::min:
        return "min";
    case kind::hold:
        return "hold";
    }
    return "";
}

json to_json(policy::repeat_rhythm const& repeat) {
    using kind = policy::repeat_rhythm::kind;
    switch (repeat.what) {
    case kind::always:
        return true;
    case kind::once:
        return false;
    case kind::interval:
        return to_text(repeat.interval);
    }
    return {};
}

std::string to_text(policy::resolved_action const& what) {
    using kind = policy::resolved_action::kind;
    switch (what.what) {
    case kind::hold:
        return "hold";
    case kind::revert:
        return "revert";
    case kind::scale:
        return to_text(what.scale);
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

json to_json(policy::rule const& what) {
    auto const& rule = std::get<policy::alert_rule>(what.kind);
    json matchers = json::array();
    for (auto const& each : rule.matchers)
        matchers.push_back(each.text());
    return {
        {"name", what.name},
        {"priority", what.priority},
        {"matchers", std::move(matchers)},
        {"scale", to_text(rule.scale)},
        {"for", to_text(rule.for_)},
        {"repeat", to_json(rule.repeat)},
        {"on_resolved", to_text(rule.on_resolved)},
    };
}

} // namespace

json to_json(policy::service_policy const& what) {
    json rules = json::array();
    for (auto const& each : what.rules)
        rules.push_back(to_json(each));
    return {
        {"name", what.name},
        {"service", what.service},
        {"enabled", what.enabled},
        {"dry_run", what.dry_run},
        {"min", what.min},
        {"max", what.max},
        {"zero", what.zero == policy::zero_mode::ignore ? "ignore" : "managed"},
        {"cooldown", {{"up", to_text(what.cooldown.up)}, {"down", to_text(what.cooldown.down)}}},
        {"converge_timeout", to_text(what.converge_timeout)},
        {"return", what.give_back ? to_json(*what.give_back) : json()},
        {"rules", std::move(rules)},
    };
}

} // namespace autoscaler::server::api
