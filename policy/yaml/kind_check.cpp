#include "policy/yaml/kind_check.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace autoscaler::policy::yaml {

namespace {

// Each key and the kinds of rules that have it, one letter for each.
struct key_row {
    std::string_view key;
    std::string_view kinds; // a: alert, s: steps, t: target, x: action
};

constexpr std::array<key_row, 19> rows{{
    {"alert", "ax"},      {"matchers", "ax"},  {"scale", "a"},           {"for", "ax"},    {"repeat", "a"},
    {"on_resolved", "a"}, {"priority", "ast"}, {"query", "st"},          {"every", "st"},  {"reduce", "st"},
    {"on_missing", "st"}, {"steps", "s"},      {"target", "t"},          {"mode", "t"},    {"tolerance", "t"},
    {"action", "x"},      {"on", "x"},         {"action_cooldown", "x"}, {"webhook", "x"},
}};

constexpr auto keys = [] {
    std::array<std::string_view, rows.size()> made{};
    for (std::size_t i = 0; i < rows.size(); ++i)
        made[i] = rows[i].key;
    return made;
}();

char letter(rule_kind kind) {
    return std::string_view("astx")[static_cast<std::size_t>(kind)];
}

bool fits(key_row const& row, rule_kind kind) {
    return row.kinds.find(letter(kind)) != std::string_view::npos;
}

// The first of `some` that is written.
std::string_view first_of(map_reader const& map, std::initializer_list<std::string_view> some) {
    auto const* const found = std::ranges::find_if(some, [&](auto key) { return map.has(key); });
    return found == some.end() ? std::string_view{} : *found;
}

hallmarks hallmarks_of(map_reader const& map) {
    return {
        first_of(map, {"alert", "matchers"}),
        first_of(map, {"query", "every", "reduce", "on_missing"}),
        first_of(map, {"target", "mode", "tolerance"}),
        first_of(map, {"action", "on", "webhook", "action_cooldown"}),
        map.has("steps"),
    };
}

rule_kind kind_of(hallmarks const& seen) {
    if (!seen.action.empty())
        return rule_kind::action;
    if (seen.steps)
        return rule_kind::steps;
    if (!seen.target.empty() || !seen.query.empty())
        return rule_kind::target;
    return rule_kind::alert;
}

} // namespace

std::span<std::string_view const> rule_keys() {
    return keys;
}

kind_check::kind_check(
    rule_draft const& draft, std::string const& what, map_reader const& map, fault_sink& faults
)
    : draft_(draft)
    , what_(what)
    , map_(map)
    , faults_(faults)
    , seen_(hallmarks_of(map))
    , kind_(kind_of(seen_)) {}

void kind_check::refuse_both(std::string_view a, std::string_view b, std::string const& why) {
    std::size_t const at = std::max(map_.key_at(a).value_or(0), map_.key_at(b).value_or(0));
    faults_.error(at, what_ + " has both " + in_quotes(a) + " and " + in_quotes(b) + ": " + why);
}

bool kind_check::is_one_kind() {
    std::string const split = "; make two rules of it";
    std::string_view const polled = seen_.steps ? "steps" : seen_.target.empty() ? seen_.query : seen_.target;
    if (kind_ == rule_kind::action && !polled.empty()) {
        refuse_both(
            seen_.action,
            seen_.query.empty() ? polled : seen_.query,
            "an action waits for an alert or a node" + split
        );
        return false;
    }
    if (kind_ != rule_kind::action && !seen_.cause.empty() && !polled.empty()) {
        refuse_both(
            seen_.cause,
            seen_.query.empty() ? polled : seen_.query,
            "a rule hears alerts or asks a query" + split
        );
        return false;
    }
    if (seen_.steps && !seen_.target.empty()) {
        refuse_both("steps", seen_.target, "a rule steps at thresholds or follows a target" + split);
        return false;
    }
    return true;
}

std::string kind_check::misfit_text(std::string_view key) const {
    std::string const name = in_quotes(key);
    if (kind_ == rule_kind::action)
        return name + " cannot stand beside " + in_quotes(seen_.action) + ": such a rule does not scale";
    if (key == "scale" || key == "for")
        return kind_ == rule_kind::steps
                   ? name + " stands in each of the steps, as in {when: '> 20', scale: +1, for: 30s}"
               : key == "scale" ? name + " cannot stand beside a target, which gives the count itself"
                                : name + " cannot stand beside a target; \"stabilize\" smooths its wishes";
    return name + " belongs to a rule on alerts, and this one asks a query";
}

void kind_check::refuse_misfits() {
    for (auto const& row : rows)
        if (auto const at = map_.key_at(row.key); at && !fits(row, kind_))
            faults_.error(*at, misfit_text(row.key));
}

void kind_check::require_query() {
    if (!map_.has("query"))
        missing(" has no query: which value does it look at?");
    if (kind_ == rule_kind::steps || map_.has("target"))
        return;
    if (draft_.target.what == target_rule::mode::replicas && map_.has("mode"))
        return; // the value is the count
    if (seen_.target.empty())
        missing(" has no action: add steps, for example \"steps: [{when: '> 20', scale: +1}]\", or target");
    else
        missing(" has no target: at which value is it at rest?");
}

void kind_check::require_action_parts() {
    if (!map_.has("action"))
        missing(" has no action: add \"action: restart\" or \"action: webhook\"");
    if (!seen_.cause.empty() && map_.has("on"))
        refuse_both(seen_.cause, "on", "a rule has one cause; make two rules of it");
    else if (seen_.cause.empty() && !map_.has("on"))
        missing(" has neither alert, matchers nor on: what makes it act?");
    if (draft_.action_kind == action_rule::kind::webhook && !map_.has("webhook"))
        missing(" has no webhook: where is the body posted? Add \"webhook: {url: ...}\"");
    if (draft_.action_kind == action_rule::kind::restart && map_.has("webhook"))
        faults_.error(
            map_.key_at("webhook").value_or(draft_.at),
            "\"webhook\" belongs to a rule with \"action: webhook\""
        );
}

void kind_check::require_parts() {
    switch (kind_) {
    case rule_kind::alert:
        if (seen_.cause.empty())
            missing(" has neither alert nor matchers");
        if (!map_.has("scale"))
            missing(" has no action: add scale, for example \"scale: +1\"");
        break;
    case rule_kind::steps:
    case rule_kind::target:
        require_query();
        break;
    case rule_kind::action:
        require_action_parts();
        break;
    }
}

} // namespace autoscaler::policy::yaml
