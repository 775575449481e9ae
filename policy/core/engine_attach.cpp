// The engine's half that deals with policies whose services are named by alerts: a policy is attached to a
// service while an alert speaks of it, and until what it began there is done.
#include "policy/core/bounds.hpp"
#include "policy/core/engine.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

// Alerts may name any service that `allow` lets pass, there or not: beyond this many, others must wait.
constexpr std::size_t most_attachments = 1000;

bool is_over(std::optional<time_point> last, duration cooldown, time_point now) {
    return !last || now - *last >= cooldown;
}

} // namespace

// Returns whether the alert names a service that its policy was not attached to. One that is silenced brings
// nobody to a service, for the policy would bring its bounds, too.
bool engine::attach(alert_store::handle which) {
    if (silences_.is_silenced(which))
        return false;
    bool added = false;
    store_.text_of(which).labels(scratch_);
    roster_.claims(scratch_, [&](attachment const& claim) {
        if (attached_.size() < most_attachments)
            added = attached_.insert(claim).second || added;
    });
    return added;
}

void engine::preload_attachment(std::string const& policy, std::string const& service) {
    auto const known = std::ranges::find(policies_->policies, policy, &service_policy::name);
    bool const named = known != policies_->policies.end() && known->from_label &&
                       known->from_label->allow.matches_value(service);
    if (named && attached_.size() < most_attachments && attached_.insert({policy, service}).second)
        rebuild();
}

void engine::detach() {
    bool const full = attached_.size() >= most_attachments;
    if (std::erase_if(attached_, [this](attachment const& each) { return is_done(each); }) == 0)
        return;
    if (full)
        attach_firing(); // those that had to wait
    rebuild();
}

// Attaches whatever alerts name now; returns whether anything is new.
bool engine::attach_firing() {
    bool added = false;
    store_.for_each([&](auto which) {
        if (store_.status_of(which, now_).firing)
            added = attach(which) || added;
    });
    return added;
}

// No alert fires that names the service, no episode is open there, cooldowns have passed, and `return` has
// brought it back.
bool engine::is_done(attachment const& what) {
    auto const& [name, service] = what;
    track const* const named = roster_.find(service);
    auto const policy = std::ranges::find(policies_->policies, name, &service_policy::name);
    if (!named || policy == policies_->policies.end() || !policy->enabled)
        return true;
    track const& owner = roster_.owner_of(*named);
    // An answer to an inspect that is under way finds nobody, and that is all.
    if (owner.under_way == track::flight::updating || owner.sent || !owner.answered)
        return false;
    for (auto const& rule : policy->rules)
        if (auto const signal = signal_of(rule, owner); signal.active || signal.silenced)
            return false;
    if (!owner.view)
        return true;
    for (auto const& part : owner.groups) {
        if (std::ranges::find(part.policies, &*policy) == part.policies.end())
            continue;
        auto const& memory = part.memory;
        for (auto const& rule : policy->rules) {
            auto const known = memory.rules.find(memory_key(policy->name, rule.name));
            if (known != memory.rules.end() && (known->second.open || known->second.resolved))
                return false;
        }
        bool const gives_back = policy->give_back && owner.view->opted_in &&
                                owner.view->replicas > common_bounds(part.policies, now_).min;
        if (gives_back || !is_over(memory.last_up, policy->cooldown.up, now_) ||
            !is_over(std::max(memory.last_up, memory.last_down), policy->cooldown.down, now_))
            return false;
    }
    return true;
}

} // namespace autoscaler::policy
