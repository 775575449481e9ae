#include "policy/core/roster.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

namespace {

// Of a service, in Swarm. What an alert names beyond it is no service, and is not kept.
constexpr std::size_t longest_name = 63;

// The alertname that a rule asks for exactly, if it does: almost all do, and it spares trying every rule.
std::string const* exact_alertname(std::vector<matcher> const& matchers) {
    for (auto const& asked : matchers)
        if (asked.operation() == matcher::op::equal && asked.name() == "alertname" && !asked.value().empty())
            return &asked.value();
    return nullptr;
}

bool all_match(std::vector<matcher> const& matchers, label_set labels) {
    return std::ranges::all_of(matchers, [labels](auto const& asked) { return asked.matches(labels); });
}

// The matchers of a rule that waits for alerts.
std::vector<matcher> const* matchers_of(rule const& what) {
    if (auto const* alert = std::get_if<alert_rule>(&what.kind))
        return &alert->matchers;
    if (auto const* act = std::get_if<action_rule>(&what.kind); act && !act->on_node_joined())
        return &act->matchers;
    return nullptr;
}

group* find_group(std::vector<group>& groups, std::string_view name) {
    auto const found = std::ranges::find(groups, name, &group::name);
    return found == groups.end() ? nullptr : &*found;
}

// The query of the rule that is known as `key`.
query_source const* query_in(std::vector<group> const& groups, std::string_view key) {
    for (auto const& part : groups)
        for (auto const* policy : part.policies)
            for (auto const& what : policy->rules)
                if (auto const* query = query_of(what); query && memory_key(policy->name, what.name) == key)
                    return query;
    return nullptr;
}

// What was seen of the old rule's value says something of the new one's, too.
bool measures_alike(rule const& before, rule const& after) {
    auto const* const query = query_of(before);
    auto const* const other = query_of(after);
    if (!query || !other || !(*query == *other))
        return false;
    auto const* const steps = std::get_if<step_rule>(&before.kind);
    auto const* const others = std::get_if<step_rule>(&after.kind);
    return steps && others ? steps->steps == others->steps : steps == others;
}

} // namespace

void roster::replace(
    policy_set const& policies, std::set<attachment> const& attached, bool dry_run, time_point now
) {
    policies_ = &policies;
    dry_run_ = dry_run;
    auto old = std::exchange(tracks_, {});
    by_service_.clear();
    assignments_.clear();
    slots_.clear();
    slots_by_rule_.clear();
    slots_by_alertname_.clear();
    other_slots_.clear();
    auto const known_before = std::exchange(known_rules_, {});

    for (auto const& policy : policies.policies) {
        for (auto const& what : policy.rules)
            known_rules_.emplace(memory_key(policy.name, what.name), &what);
        if (!policy.from_label) {
            assign(policy, policy.service);
            continue;
        }
        for (auto const& [name, service] : attached)
            if (name == policy.name)
                assign(policy, service);
    }
    carry_over(std::move(old));
    for (auto& each : tracks_) {
        regroup(each, now);
        for (auto& part : each.groups)
            start_anew(part.memory, known_before);
    }
}

// Since when a step holds, or a value is missing, is known of the rule that was asked, not of its successor.
void roster::start_anew(history& memory, rule_index const& before) const {
    for (auto& [key, remembered] : memory.rules) {
        auto const old = before.find(key);
        auto const now = known_rules_.find(key);
        if (old == before.end() || now == known_rules_.end() || old->second == now->second ||
            measures_alike(*old->second, *now->second))
            continue;
        remembered.holding_since.clear();
        remembered.missing_since.reset();
    }
}

void roster::assign(service_policy const& policy, std::string const& service) {
    auto const [place, added] = by_service_.try_emplace(service, tracks_.size());
    if (added) {
        track& fresh = tracks_.emplace_back();
        fresh.index = fresh.owner = place->second;
        fresh.service = service;
    }
    assignment const made{.policy = &policy, .track = place->second};
    assignments_.push_back(made);
    for (auto const& what : policy.rules)
        if (auto const* matchers = matchers_of(what))
            add_slot(made, what, *matchers);
}

void roster::add_slot(assignment const& to, rule const& what, std::vector<matcher> const& matchers) {
    auto const slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({.policy = to.policy, .matchers = &matchers, .track = to.track, .members = {}});
    slots_by_rule_.emplace(&what, slot);
    auto const* name = exact_alertname(matchers);
    (name ? slots_by_alertname_[*name] : other_slots_).push_back(slot);
}

// What is known of services that are still named goes on.
void roster::carry_over(std::vector<track> old) {
    auto const place_of = [this](track const& kept) {
        auto const place = by_service_.find(kept.service);
        return place == by_service_.end() ? std::nullopt : std::optional(place->second);
    };
    std::vector<std::size_t> owners; // the place of each old track's owner, which may move
    owners.reserve(old.size());
    for (auto const& kept : old)
        owners.push_back(place_of(old[kept.owner]).value_or(place_of(kept).value_or(0)));
    for (auto& kept : old)
        if (auto const index = place_of(kept)) {
            std::size_t const owner = owners[kept.index];
            tracks_[*index] = std::move(kept);
            tracks_[*index].index = *index;
            tracks_[*index].owner = owner;
        }
}

track* roster::find(std::string_view service) {
    auto const found = by_service_.find(service);
    return found == by_service_.end() ? nullptr : &tracks_[found->second];
}

track* roster::namesake_of(track const& which) {
    if (policies_->stack.empty())
        return nullptr;
    if (track* const longer = find(policies_->stack + "_" + which.service))
        return longer;
    std::string_view shorter = which.service;
    if (!shorter.starts_with(policies_->stack + "_"))
        return nullptr;
    return find(shorter.substr(policies_->stack.size() + 1));
}

void roster::slots_of(
    rule const& what, track const& owner, std::function<void(rule_slot const&)> const& visit
) const {
    auto const [first, last] = slots_by_rule_.equal_range(&what);
    for (auto each = first; each != last; ++each)
        if (tracks_[slots_[each->second].track].owner == owner.index)
            visit(slots_[each->second]);
}

void roster::match(label_set labels, std::function<void(std::uint32_t)> const& visit) const {
    auto const offer = [&](std::vector<std::uint32_t> const& slots) {
        for (auto const slot : slots) {
            auto const& [policy, matchers, track, members] = slots_[slot];
            bool const names_it =
                !policy->from_label || value_of(labels, policy->from_label->label) == tracks_[track].service;
            if (names_it && all_match(*matchers, labels))
                visit(slot);
        }
    };
    if (auto const named = slots_by_alertname_.find(value_of(labels, "alertname"));
        named != slots_by_alertname_.end())
        offer(named->second);
    offer(other_slots_);
}

void roster::claims(label_set labels, std::function<void(attachment)> const& visit) const {
    for (auto const& policy : policies_->policies) {
        if (!policy.from_label || !policy.enabled)
            continue;
        auto const service = value_of(labels, policy.from_label->label);
        if (service.empty() || service.size() > longest_name || !policy.from_label->allow.matches(labels))
            continue;
        if (std::ranges::any_of(policy.rules, [&](rule const& what) {
                auto const* matchers = matchers_of(what);
                return matchers && all_match(*matchers, labels);
            }))
            visit({policy.name, std::string(service)});
    }
}

void roster::set_owner(track& which, std::size_t owner, time_point now) {
    if (which.owner == owner)
        return;
    std::size_t const before = std::exchange(which.owner, owner);
    regroup(tracks_[before], now);
    regroup(tracks_[owner], now);
}

void roster::regroup(track& owner, time_point now) {
    auto old = std::exchange(owner.groups, {});
    if (owner.owner != owner.index) {
        owner.polls.clear();
        return;
    }
    if (group* const live = find_group(old, ""))
        owner.parked = std::move(live->memory);
    auto const add = [&](std::string const& name, service_policy const& policy, bool dry_run) {
        group* into = find_group(owner.groups, name);
        if (!into) {
            owner.groups.push_back(
                {.name = name, .policies = {}, .dry_run = dry_run, .memory = {}, .last = {}, .last_acts = {}}
            );
            into = &owner.groups.back();
            group* const known = find_group(old, name);
            if (known) {
                into->last = std::move(known->last);
                into->last_acts = std::move(known->last_acts);
            }
            if (name.empty() && owner.parked) {
                into->memory = *std::exchange(owner.parked, std::nullopt);
            } else if (known) {
                into->memory = std::move(known->memory);
            } else if (owner.view) {
                into->memory = into->dry_run ? fresh_history(*owner.view, now)
                                             : first_history(*owner.view, now, clock_tolerance_);
            }
        }
        // An alert may give a service by its full name and by that within the stack: that is one policy.
        if (std::ranges::find(into->policies, &policy) == into->policies.end())
            into->policies.push_back(&policy);
    };
    auto const each = [&](bool dry) {
        for (auto const& [policy, track] : assignments_)
            if (policy->enabled && policy->dry_run == dry && tracks_[track].owner == owner.index)
                add(dry ? policy->name : "", *policy, dry || dry_run_);
    };
    each(false);
    each(true);
    // What a policy did while it was not decided is not known: it is not idle since then.
    for (auto& part : owner.groups)
        std::erase_if(part.memory.busy, [&part](auto const& known) {
            return std::ranges::find(part.policies, known.first, &service_policy::name) ==
                   part.policies.end();
        });
    std::erase_if(owner.polls, [&owner](auto const& known) {
        auto const* query = query_in(owner.groups, known.first);
        return !query || !(*query == known.second.query);
    });
    // A service whose policies are all switched off is still watched, to say so.
    if (owner.groups.empty())
        owner.groups.push_back(
            {.name = "",
             .policies = {},
             .dry_run = false,
             .memory = std::exchange(owner.parked, std::nullopt).value_or(history{}),
             .last = {},
             .last_acts = {}}
        );
}

void roster::prune(history& memory, time_point now) const {
    std::erase_if(memory.rules, [this](auto const& remembered) {
        return !known_rules_.contains(remembered.first);
    });
    for (auto& [key, remembered] : memory.rules) {
        auto const* act = std::get_if<action_rule>(&known_rules_.at(key)->kind);
        if (remembered.last_act && (!act || now - *remembered.last_act >= act->cooldown))
            remembered.last_act.reset();
    }
}

} // namespace autoscaler::policy
