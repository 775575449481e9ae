// What the engine promises of each write, said anew and in other words than those of the code that decides.
#include "policy/core/bounds.hpp"
#include "support/polled_world.hpp"

#include <algorithm>

namespace autoscaler::policy::testing {

namespace {

bool has_value(query_answer const& what, series_reduction how) {
    return reduce(what, how).what == sample::kind::value;
}

} // namespace

service_policy const* polled_world::policy_named(std::string const& name) const {
    auto const found = std::ranges::find(file_->policies, name, &service_policy::name);
    return found == file_->policies.end() ? nullptr : &*found;
}

std::vector<service_policy const*> polled_world::policies_of(std::string const& service) const {
    std::vector<service_policy const*> all;
    for (auto const& each : file_->policies)
        if (!each.dry_run && (each.from_label ? service == "shop_api" : each.service == service))
            all.push_back(&each);
    return all;
}

void polled_world::check(action::update const& what) {
    auto const& made = what.what;
    if (dry_run_ || made.policy == "candidate")
        broken("a write in dry run");
    if (what.replicas != made.to || what.version != made.version || made.at != now_)
        broken("a write that is not its decision");
    bool const acts = made.action == decided_action::restart || made.action == decided_action::webhook;
    if (what.restart != (made.action == decided_action::restart) || (acts && made.to != made.from))
        broken("an act that is none");
    if (acts)
        return;
    bool const up = made.action == decided_action::up;
    if (up ? made.to <= made.from : made.to >= made.from)
        broken("a write against its direction");
    auto const bounds = common_bounds(policies_of(what.service), now_);
    bool const restored = made.why == reason::restored_after_deploy;
    if (made.to > bounds.max || (made.to < bounds.min && !restored))
        broken("a write out of bounds");
    check_value(what);
}

// A rule that polls moves the service on what it was told, and a step rule on nothing from before the last
// change. Missing data never lowers, unless the policy says how far.
void polled_world::check_value(action::update const& what) {
    auto const& made = what.what;
    auto const* policy = policy_named(made.policy);
    if (!policy)
        return;
    auto const found = std::ranges::find(policy->rules, made.rule, &rule::name);
    auto const* query = found == policy->rules.end() ? nullptr : query_of(*found);
    if (!query)
        return;
    auto const known = answers_.find({what.service, made.policy, made.rule});
    bool const told = known != answers_.end() && has_value(known->second.what, query->reduce);
    bool const empty = known != answers_.end() && known->second.what.error.empty() &&
                       known->second.what.series.empty() &&
                       query->on_missing.what == missing_rule::kind::zero;
    bool const falls_back = query->on_missing.what == missing_rule::kind::fallback;
    bool const up = made.action == decided_action::up;
    if (!told && !empty && !falls_back)
        broken("a step without a value");
    if (!told && falls_back && !up && query->on_missing.at_least)
        broken("a fallback that takes away");
    auto const& last = services_.at(what.service).last_change;
    if ((told || empty) && std::holds_alternative<step_rule>(found->kind) && last &&
        known->second.asked < *last + query->every)
        broken("a step on a value from before the last change");
}

void polled_world::broken(std::string const& promise) {
    violations_.push_back("after " + std::to_string((now_ - t0).count()) + " ms: " + promise);
}

} // namespace autoscaler::policy::testing
