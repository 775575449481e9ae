#include "policy/yaml/load_policy.hpp"

#include "policy/yaml/alertmanagers_section.hpp"
#include "policy/yaml/duration.hpp"
#include "policy/yaml/file_checks.hpp"
#include "policy/yaml/kind_check.hpp"
#include "policy/yaml/load_node.hpp"
#include "policy/yaml/notifier_fields.hpp"
#include "policy/yaml/policy_reader.hpp"
#include "policy/yaml/prometheus_section.hpp"
#include "policy/yaml/scalars.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace autoscaler::policy {

namespace yaml {

namespace {

// The version of the language.
constexpr std::int64_t language_version = 1;

// Alertmanager repeats a webhook after its repeat_interval, 4h by default: below this an alert can end while
// it fires.
constexpr duration safe_webhook_ttl = std::chrono::hours(5);

void read_version(node const& value, fault_sink& faults) {
    auto const version = read_integer(value, "version", 0, INT64_MAX, faults);
    if (version && *version != language_version) {
        faults.error(
            value.offset,
            "version " + std::to_string(*version) +
                " of the policy language is not known; this program reads version 1"
        );
    }
}

void read_alert_ttl(policy_set& set, node const& value, fault_sink& faults) {
    map_reader map(faults, "alert_ttl");
    map.key("api", [&](entry const& seen) {
        read_word(seen.value, "alert_ttl.api", std::array<std::string_view, 1>{"from_endsAt"}, faults);
    });
    map.key("webhook", [&](entry const& seen) {
        auto const ttl = read_duration(seen.value, "alert_ttl.webhook", faults);
        if (!ttl)
            return;
        set.webhook_ttl = *ttl;
        if (*ttl == duration::zero()) {
            faults.error(seen.value.offset, "alert_ttl.webhook of 0s would end every alert at once");
        } else if (*ttl < safe_webhook_ttl) {
            faults.warning(
                seen.value.offset,
                "alert_ttl.webhook is only " + to_text(*ttl) +
                    ": alerts end while they fire unless it exceeds Alertmanager's repeat_interval (4h by "
                    "default); "
                    "5h is safe with that"
            );
        }
    });
    map.read(value);
}

void read_liveness(policy_set& set, node const& value, fault_sink& faults) {
    liveness_rule made;
    map_reader map(faults, "liveness");
    map.key("matchers", [&](entry const& one) {
        made.matchers = read_matchers(one.value, "liveness.matchers", faults);
    });
    map.key("within", [&](entry const& one) {
        made.within = read_duration(one.value, "liveness.within", faults).value_or(made.within);
        if (made.within == duration::zero())
            faults.error(one.value.offset, "liveness.within of 0s can never be kept; the default is 3m");
    });
    if (map.read(value))
        map.require(
            "matchers",
            "liveness has no matchers: which alert always fires? For example ['alertname=\"Watchdog\"']"
        );
    set.liveness = std::move(made);
}

// The parts of a file that have to wait for each other: defaults come before policies wherever they stand.
struct file_parts {
    std::vector<std::string> notifiers; // all names written, good or not
    node const* defaults = nullptr;
    node const* policies = nullptr;
};

void read_top(policy_set& set, file_parts& parts, node const& root, fault_sink& faults) {
    map_reader map(faults, "a policy file");
    map.key("version", [&](entry const& seen) { read_version(seen.value, faults); });
    map.key("stack", [&](entry const& seen) {
        // An empty stack says as much as none: the option's default stays.
        auto stack = read_any_text(seen.value, "stack", faults);
        if (stack && !stack->empty())
            set.stack = std::move(*stack);
    });
    map.key("liveness", [&](entry const& seen) { read_liveness(set, seen.value, faults); });
    map.key("alert_ttl", [&](entry const& seen) { read_alert_ttl(set, seen.value, faults); });
    map.key("defaults", [&](entry const& seen) { parts.defaults = &seen.value; });
    map.key("policies", [&](entry const& seen) { parts.policies = &seen.value; });
    map.key("prometheus", [&](entry const& seen) { set.prometheus = read_prometheus(seen.value, faults); });
    map.key("alertmanagers", [&](entry const& seen) {
        set.alertmanagers = read_alertmanagers(seen.value, faults);
    });
    map.key("notifiers", [&](entry const& seen) {
        set.notifiers = read_notifiers(seen.value, parts.notifiers, faults);
    });
    for (auto const keys : {policy_keys(), rule_keys()})
        for (auto const key : keys)
            map.misplaced(
                key, in_quotes(key) + " belongs to a policy: put it into a list under \"policies\""
            );
    if (map.read(root))
        map.require("policies", "policies is missing: a policy file needs a list of policies");
}

std::vector<policy_draft>
read_policies(file_parts const& parts, load_options const& options, fault_sink& faults) {
    policy_draft const defaults =
        parts.defaults != nullptr ? read_defaults(*parts.defaults, options, faults) : policy_draft{};
    check_notify(defaults.notify, parts.notifiers, faults);
    std::vector<policy_draft> drafts;
    if (parts.policies == nullptr)
        return drafts;
    if (parts.policies->what != node::kind::list) {
        faults.error(
            parts.policies->offset,
            "policies must be a list, each policy begun by \"- \", not " + describe(*parts.policies)
        );
        return drafts;
    }
    if (parts.policies->items.empty())
        faults.warning(parts.policies->offset, "policies is empty: nothing will be scaled");
    for (auto const& item : parts.policies->items) {
        auto& draft = drafts.emplace_back(read_policy(item, defaults, options, faults));
        if (draft.notify != defaults.notify) // whose faults are told already
            check_notify(draft.notify, parts.notifiers, faults);
        for (auto const& one : draft.notify)
            draft.value.notify.push_back(one.name);
    }
    return drafts;
}

bool asks_queries(policy_draft const& draft) {
    return std::ranges::any_of(draft.value.rules, [](rule const& each) { return query_of(each) != nullptr; });
}

std::string hash_of(std::string_view text) {
    // The fingerprint of a label set is FNV-64a already; a file is a set of one.
    label const whole{"file", text};
    return to_hex(fingerprint(label_set(&whole, 1)));
}

} // namespace

loaded_policy
load_node(node const& root, std::string_view text, load_options const& options, fault_sink& faults) {
    policy_set set;
    set.stack = options.stack_default;
    set.hash = hash_of(text);
    file_parts parts;
    read_top(set, parts, root, faults);
    std::vector<policy_draft> drafts = read_policies(parts, options, faults);
    if (!set.prometheus && std::ranges::any_of(drafts, asks_queries))
        set.prometheus.emplace();
    check_file(drafts, set.liveness || set.prometheus, faults);
    for (auto& draft : drafts)
        set.policies.push_back(std::move(draft.value));

    loaded_policy loaded;
    if (!faults.failed())
        loaded.policies = std::move(set);
    loaded.faults = faults.take();
    return loaded;
}

} // namespace yaml

loaded_policy load_policy(std::string_view text, std::string const& file_name, load_options const& options) {
    yaml::fault_sink faults(text, file_name);
    auto const root = yaml::read_yaml(text, faults);
    if (!root)
        return {std::nullopt, faults.take()};
    return yaml::load_node(*root, text, options, faults);
}

} // namespace autoscaler::policy
