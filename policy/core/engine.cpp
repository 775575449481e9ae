#include "policy/core/engine.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace autoscaler::policy {

namespace {

// Failed questions are asked again after 1 s, 2 s, 4 s and so on up to this.
constexpr duration first_retry = std::chrono::seconds(1);
constexpr duration last_retry = std::chrono::seconds(10);

// Events may be stamped in another order than they come. More than this is a clock that was set right: the
// drift at which the daemon's clock follows the wall clock.
constexpr duration clock_slack = std::chrono::seconds(1);

// Conflicts come in bursts (a rollout bumps the version every few milliseconds): the first is asked again at
// once, later ones after a growing pause, so that several autoscalers and a busy engine do not keep each
// other from working.
constexpr duration first_conflict_pause = std::chrono::milliseconds(20);
constexpr duration last_conflict_pause = std::chrono::seconds(1);

// So many conflicts in a row are no burst any more: they are told as a failure, and go on.
constexpr unsigned many_conflicts = 6;

} // namespace

engine::engine(engine_options options, std::shared_ptr<policy_set const> policies, time_point now)
    : options_(std::move(options))
    , policies_(std::move(policies))
    , store_(policies_->webhook_ttl, options_.alert_memory)
    , roster_(options_.clock_tolerance)
    , last_sweep_(now)
    , now_(now) {
    roster_.replace(*policies_, attached_, options_.dry_run, now);
    for (auto const& each : roster_.tracks())
        wake(each, now);
    if (policies_->prometheus)
        list_due_ = reconcile_due_ = now;
}

std::vector<any_action> engine::on(any_event const& what) {
    std::visit(
        [this](auto const& event) {
            constexpr bool sets_clock = std::is_same_v<std::decay_t<decltype(event)>, event::clock_set>;
            if constexpr (sets_clock)
                handle(event);
            else if (now_ - event.now > clock_slack)
                set_back(event.now);
            now_ = std::max(now_, event.now);
            sweep(); // first: an alert that has run out by now is no sign of life
            touch_services_of(silences_.advance(now_));
            if constexpr (!sets_clock)
                handle(event);
        },
        what
    );
    ask_for_alerts();
    auto earliest = agenda_.earliest();
    keep_earliest(earliest, polls_.earliest());
    keep_earliest(earliest, silences_.next_change());
    if (!listing_)
        keep_earliest(earliest, list_due_);
    if (earliest && earliest != woken_at_) {
        woken_at_ = earliest;
        actions_.emplace_back(action::wake_at{*earliest});
    }
    return std::exchange(actions_, {});
}

void engine::handle(event::service_observed const& what) {
    track* const found = roster_.find(what.service);
    if (!found)
        return; // the policies were replaced meanwhile
    track& of = *found;
    of.under_way = track::flight::none;
    bool const again = std::exchange(of.again, false);
    if (auto const* view = std::get_if<service_view>(&what.seen))
        observed(of, *view);
    else if (auto const* failed = std::get_if<event::unavailable>(&what.seen))
        missed(
            of, reason::swarm_unavailable, failed->error, back_off(of, of.failures++, first_retry, last_retry)
        );
    else {
        of.answered = true;
        of.id.clear();
        of.view.reset();
        of.polls.clear(); // what they said is not of the service that comes next
        polls_.remove(of.index);
        roster_.set_owner(of, of.index, now_);
        std::string tried = "no service is named \"" + of.service + '"';
        if (!policies_->stack.empty())
            tried += " or \"" + policies_->stack + "_" + of.service + '"';
        missed(of, reason::service_not_found, tried, resync_interval);
        if (auto* const other = roster_.namesake_of(of))
            touch(*other);
    }
    if (again)
        touch(of);
}

void engine::handle(event::update_finished const& what) {
    track* const found = roster_.find(what.service);
    if (!found)
        return;
    track& of = *found;
    of.under_way = track::flight::none;
    of.again = false; // every way on from here asks again
    duration retry{};
    switch (what.result) {
    case event::update_result::accepted:
        accepted(of);
        ask(of, true);
        break;
    case event::update_result::conflict: // `sent` stays: it may be our own write that we collided with
        of.raced = true;
        if (of.conflicts++ == 0)
            return ask(of, true);
        retry = back_off(of, of.conflicts, first_conflict_pause, last_conflict_pause);
        if (of.conflicts < many_conflicts)
            wake(of, now_ + retry);
        else
            missed(of, reason::swarm_unavailable, what.error, retry); // it goes on, but not in silence
        break;
    case event::update_result::refused:
    case event::update_result::unknown: // `sent` stays: the next observation tells
        ++of.failures;
        retry = back_off(of, of.failed_writes++, first_retry, last_retry);
        missed(of, reason::swarm_unavailable, what.error, retry);
        if (what.result == event::update_result::refused)
            of.sent.reset();
        break;
    }
}

void engine::handle(event::service_changed const& what) {
    for (auto& each : roster_.tracks()) {
        bool const known = each.view && each.view->id == what.id;
        bool const named = !what.name.empty() &&
                           (what.name == each.service || what.name == policies_->stack + "_" + each.service);
        if (known || named)
            touch(each);
    }
}

void engine::handle(event::swarm_reached const&) {
    for (auto& each : roster_.tracks()) {
        each.failures = 0;
        ask(each, true);
    }
}

void engine::handle(event::policy_replaced const& what) {
    auto const before = std::exchange(policies_, what.policies); // outlives the roster's pointers into it
    store_.set_webhook_ttl(policies_->webhook_ttl);
    bool const other_source = before->prometheus != policies_->prometheus;
    if (other_source) {
        listed_at_.reset();
        list_due_ = reconcile_due_ = policies_->prometheus ? std::optional(now_) : std::nullopt;
        old_list_ = listing_;
    }
    if (watches_prometheus())
        keep_earliest(list_due_, now_);
    std::erase_if(attached_, [this](attachment const& each) {
        auto const policy = std::ranges::find(policies_->policies, each.first, &service_policy::name);
        return policy == policies_->policies.end() || !policy->from_label ||
               !policy->from_label->allow.matches_value(each.second);
    });
    if (before->hash != policies_->hash) // what others thought of the file before says nothing of this one
        for (auto& each : roster_.tracks())
            for (auto& part : each.groups)
                part.memory.undone_cuts = 0;
    rebuild();
    if (attach_firing())
        rebuild();
}

// Policies or their services have changed.
void engine::rebuild() {
    roster_.replace(*policies_, attached_, options_.dry_run, now_);
    agenda_.clear();
    polls_.clear();
    slots_of_.clear();
    store_.for_each([this](auto which) { enlist(which); });
    for (auto& each : roster_.tracks()) {
        each.failures = 0;
        if (each.under_way == track::flight::none)
            wake(each, now_);
        else
            each.again = true;
        if (each.view)
            plan_polls(each);
    }
}

void engine::handle(event::tick const&) {
    woken_at_.reset();
    while (auto const due = agenda_.pop_due(now_))
        ask(roster_.tracks()[*due], true);
    while (auto const due = polls_.pop_due(now_))
        ask_queries(roster_.tracks()[*due]);
}

void engine::preload(std::string service_id, std::string group, history saved, bool heard) {
    // Whoever heard of its alert is dead; that nobody has repeated it yet does not end it.
    for (auto& [key, remembered] : saved.rules)
        if (remembered.open && !heard)
            remembered.unheard_since = now_;
    saved_.insert_or_assign({std::move(service_id), std::move(group)}, std::move(saved));
}

// Asks about a service now, unless a back-off says to leave the engine in peace: then the agenda will.
void engine::touch(track& of) {
    track& owner = roster_.owner_of(of);
    if (owner.failures == 0)
        ask(owner, false);
}

void engine::ask(track& of, bool tasks) {
    if (of.under_way != track::flight::none) {
        of.again = true;
        return;
    }
    of.under_way = track::flight::inspecting;
    of.asked_at = now_;
    agenda_.remove(of.index);
    actions_.emplace_back(action::inspect{
        .service = of.service,
        .alternative = policies_->stack.empty() ? "" : policies_->stack + "_" + of.service,
        .tasks = tasks || !of.view || needs_tasks(of),
    });
}

// Whether the tasks must be counted for the next decision: while those of the last step start or are stuck,
// and where a rule wants a value per task.
bool engine::needs_tasks(track const& of) const {
    if (of.view && of.view->stuck != stuck_state::none)
        return true;
    auto const by_task = [](rule const& what) {
        auto const* target = std::get_if<target_rule>(&what.kind);
        return target && target->what == target_rule::mode::average;
    };
    for (auto const& each : of.groups)
        for (auto const* policy : each.policies) {
            bool const converging =
                each.memory.last_up && now_ - *each.memory.last_up < policy->converge_timeout;
            if (converging || std::ranges::any_of(policy->rules, by_task))
                return true;
        }
    return false;
}

// Doubles from `first` to `last`, spread by up to a quarter so that services, and instances, do not ask in
// step. The spread is a hash, not a random number: the engine stays reproducible.
duration engine::back_off(track const& of, unsigned failures, duration first, duration last) const {
    constexpr unsigned most_doublings = 16;
    duration const base = std::min(last, first * (1U << std::min(failures, most_doublings)));
    std::size_t const spread =
        std::hash<std::string>{}(options_.instance + of.service + std::to_string(failures));
    return base + base * static_cast<std::int64_t>(spread % 256) / 1024;
}

} // namespace autoscaler::policy
