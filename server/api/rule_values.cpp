// Rules as JSON: the words of the policy language for what a person wrote, or would write. Secrets and
// headers stay where they are.
#include "policy/yaml/duration.hpp"
#include "server/api/values.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <string_view>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;
using policy::yaml::to_text;

// The word of an enumerator; `words` in the order of the enumeration.
template<typename Enum, std::size_t N>
std::string_view word(Enum value, std::array<std::string_view, N> const& words) {
    auto const place = static_cast<std::size_t>(value);
    return place < N ? words[place] : std::string_view{};
}

std::string to_text(policy::scale_expression const& scale) {
    using kind = policy::scale_expression::kind;
    std::string const amount = (scale.amount < 0 ? "" : "+") + std::to_string(scale.amount);
    switch (scale.what) {
    case kind::delta:
        return amount;
    case kind::percent:
        return amount + "%";
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

json to_json(std::vector<policy::matcher> const& matchers) {
    json list = json::array();
    for (auto const& each : matchers)
        list.push_back(each.text());
    return list;
}

// `> 20`.
std::string to_text(policy::threshold const& when) {
    constexpr std::array<std::string_view, 4> symbols{">", ">=", "<", "<="};
    std::array<char, 32> digits{}; // the shortest form of any double fits
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), when.bound).ptr;
    return std::string(word(when.than, symbols)) + ' ' + std::string(digits.data(), end);
}

json to_json(policy::missing_rule const& what) {
    if (what.what != policy::missing_rule::kind::fallback)
        return word(what.what, std::array<std::string_view, 3>{"hold", "ignore", "zero"});
    return {
        {"replicas", what.replicas},
        {"after", to_text(what.after)},
        {"mode", what.at_least ? "at_least" : "exact"},
    };
}

void add_query(json& made, policy::query_source const& query) {
    constexpr std::array<std::string_view, 5> reductions{"error", "avg", "max", "min", "sum"};
    made["query"] = query.promql;
    made["every"] = to_text(query.every);
    made["reduce"] = word(query.reduce, reductions);
    made["on_missing"] = to_json(query.on_missing);
}

void add(json& made, policy::alert_rule const& rule) {
    made["matchers"] = to_json(rule.matchers);
    made["scale"] = to_text(rule.scale);
    made["for"] = to_text(rule.for_);
    made["repeat"] = to_json(rule.repeat);
    made["on_resolved"] = to_text(rule.on_resolved);
}

void add(json& made, policy::step_rule const& rule) {
    add_query(made, rule.query);
    json steps = json::array();
    for (auto const& each : rule.steps)
        steps.push_back(
            {{"when", to_text(each.when)}, {"scale", to_text(each.scale)}, {"for", to_text(each.for_)}}
        );
    made["steps"] = std::move(steps);
}

void add(json& made, policy::target_rule const& rule) {
    add_query(made, rule.query);
    made["target"] = rule.target;
    made["mode"] = word(rule.what, std::array<std::string_view, 3>{"average", "total", "replicas"});
    made["tolerance"] = {{"up", rule.tolerance_up}, {"down", rule.tolerance_down}};
}

// The path of a chat's or a cloud's webhook is the secret itself.
std::string without_path(std::string const& url) {
    std::size_t const host = url.find("://");
    std::size_t const end = url.find_first_of("/?", host == std::string::npos ? 0 : host + 3);
    bool const hides = end != std::string::npos && end + 1 < url.size();
    return hides ? url.substr(0, end) + "/..." : url;
}

void add(json& made, policy::action_rule const& rule) {
    bool const posts = rule.what == policy::action_rule::kind::webhook;
    made["action"] = posts ? "webhook" : "restart";
    if (rule.on_node_joined())
        made["on"] = "node_joined";
    else
        made["matchers"] = to_json(rule.matchers);
    made["for"] = to_text(rule.for_);
    made["action_cooldown"] = to_text(rule.cooldown);
    if (!posts)
        return;
    json fields = json::object();
    for (auto const& [name, value] : rule.target.fields)
        fields[name] = value;
    made["webhook"] = {
        {"url", without_path(rule.target.url)},
        {"timeout", to_text(rule.target.timeout)},
        {"fields", std::move(fields)},
    };
}

} // namespace

json to_json(policy::rule const& what) {
    constexpr std::array<std::string_view, 4> kinds{"alert", "steps", "target", "action"};
    json made{
        {"name", what.name},
        {"kind", kinds.at(what.kind.index())},
        {"priority", what.priority},
    };
    std::visit([&](auto const& rule) { add(made, rule); }, what.kind);
    return made;
}

} // namespace autoscaler::server::api
