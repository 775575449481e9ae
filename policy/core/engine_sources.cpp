// The engine's half that deals with what Prometheus is asked: the queries of rules, its list of alerts, and
// whether the monitoring is alive.
#include "policy/core/engine.hpp"
#include "policy/core/proposal.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

namespace {

// Where nothing else tells that the monitoring is alive, Prometheus is asked this often.
constexpr duration life_poll = std::chrono::seconds(60);

// A Prometheus that has not answered for this long may have restarted meanwhile: as long as a liveness alert
// may be away by default.
constexpr duration list_silence = std::chrono::minutes(3);

// An unanswered question for the list of alerts is asked again after this.
constexpr duration list_retry = std::chrono::seconds(5);

// The first question is asked at once, the second at a multiple of `every`: rules of one rhythm then ask in
// the same tick and may share a question. Later ones keep the rhythm, which a step of the service may have
// moved.
time_point next_due(poll const& of, time_point now) {
    auto const beat = std::max(of.query.every, duration(1));
    if (of.asked == time_point{})
        return time_point((now.time_since_epoch() / beat + 1) * beat);
    return *of.due + (1 + (now - *of.due) / beat) * beat;
}

} // namespace

void engine::handle(event::sample_received const& what) {
    track* const found = roster_.find(what.service);
    if (!found)
        return; // the policies were replaced meanwhile
    track& owner = roster_.owner_of(*found);
    plan_polls(owner); // a value that comes unasked may come before the service was seen
    auto const known = owner.polls.find(memory_key(what.policy, what.rule));
    if (known == owner.polls.end())
        return;
    poll& of = known->second;
    auto const& view = owner.view;
    if (!what.promql.empty() && (!view || what.promql != promql_for(of.query.promql, view->name)))
        return;           // by a rule that has another query now
    of.under_way = false; // also where it shares the answer of a question that is older than itself
    if (what.asked < of.since)
        return; // by a rule that has had another query meanwhile, or about another service of that name
    of.answer = what.answer;
    of.asked = what.asked;
    touch(owner);
}

// When the earliest question about a service is due.
void engine::schedule_polls(track const& of) {
    std::optional<time_point> next;
    for (auto const& [key, each] : of.polls)
        keep_earliest(next, each.due);
    if (next)
        polls_.set(of.index, *next);
    else
        polls_.remove(of.index);
}

// Every rule of the service that polls gets its first question; those that are there keep their rhythm.
void engine::plan_polls(track& of) {
    for (auto const& part : of.groups)
        for (auto const* policy : part.policies)
            for (auto const& what : policy->rules) {
                auto const* query = query_of(what);
                if (!query)
                    continue;
                auto& planned = of.polls[memory_key(policy->name, what.name)];
                if (planned.due)
                    continue;
                planned.query = *query;
                planned.since = now_;
                planned.due = now_;
            }
    schedule_polls(of);
}

// After a change of the service a step rule needs a sample that is `every` younger: it is taken just then.
void engine::delay_polls(track& of) {
    for (auto const& part : of.groups)
        for (auto const* policy : part.policies)
            for (auto const& what : policy->rules)
                if (auto const* steps = std::get_if<step_rule>(&what.kind))
                    if (auto const known = of.polls.find(memory_key(policy->name, what.name));
                        known != of.polls.end() && known->second.due)
                        known->second.due = std::max(*known->second.due, now_ + steps->query.every);
    schedule_polls(of);
}

void engine::ask_queries(track& of) {
    for (auto const& part : of.groups)
        for (auto const* policy : part.policies)
            for (auto const& what : policy->rules) {
                auto const known = of.polls.find(memory_key(policy->name, what.name));
                if (known == of.polls.end() || !known->second.due || *known->second.due > now_)
                    continue;
                poll& each = known->second;
                each.due = next_due(each, now_);
                if (each.under_way || !of.view)
                    continue; // Prometheus is slower than the rhythm: one question at a time
                if (auto promql = promql_for(each.query.promql, of.view->name)) {
                    each.under_way = true;
                    actions_.emplace_back(action::query{of.service, policy->name, what.name, *promql});
                } else {
                    each.answer = {.series = {}, .error = "the service's name cannot stand in a query"};
                }
            }
    schedule_polls(of);
}

// ---- the list of alerts ----

void engine::ask_for_alerts() {
    if (!policies_->prometheus || listing_ || !list_due_ || *list_due_ > now_)
        return;
    listing_ = true;
    list_due_.reset();
    actions_.emplace_back(action::list_alerts{});
}

// It opens and confirms; what it does not list any more ends as if nobody had repeated it. A list that was
// only asked for as a sign of life changes nothing but what is pending.
void engine::handle(event::alerts_listed const& what) {
    listing_ = false;
    auto const& source = policies_->prometheus;
    if (std::exchange(old_list_, false) || !source)
        return;
    if (!what.error.empty()) {
        list_due_ = now_ + list_retry;
        return;
    }
    bool const reconciles = reconcile_due_ && *reconcile_due_ <= now_;
    std::vector<alert_store::handle> news;
    if (reconciles) {
        for (auto const& notice : what.alerts) {
            auto const applied = store_.apply(notice, now_);
            admit(applied);
            if (applied.created || applied.what == alert_store::effect::opened)
                news.push_back(applied.which);
        }
        store_.end_unlisted(now_);
        reconcile_due_.reset();
        if (source->reconcile > duration::zero())
            reconcile_due_ = now_ + source->reconcile;
    }
    if (!policies_->liveness)
        note_life(listed_at_, list_silence);
    listed_at_ = now_;
    if (watches_prometheus())
        list_due_ = now_ + life_poll;
    if (reconcile_due_)
        list_due_ = std::min(list_due_.value_or(*reconcile_due_), *reconcile_due_);
    touch_services_of(news);
}

// ---- the sign of life ----

// Somebody wants to act on silence, and only Prometheus itself can say that it is alive.
bool engine::watches_prometheus() const {
    if (policies_->liveness || !policies_->prometheus)
        return false;
    return std::ranges::any_of(policies_->policies, [](service_policy const& policy) {
        return policy.give_back || std::ranges::any_of(policy.rules, [](rule const& what) {
                   auto const* alert = std::get_if<alert_rule>(&what.kind);
                   return alert && alert->on_resolved.what != resolved_action::kind::hold;
               });
    });
}

// A sign of life has come, the one before at `last`: the monitoring is alive since then, unless it was silent
// for so long, or an alert ran out meanwhile.
void engine::note_life(std::optional<time_point> last, duration patience) {
    bool const silent = !last || now_ - *last >= patience;
    if (!life_since_ || silent || !after_expiry(*life_since_))
        life_since_ = now_;
}

// A sign of the very millisecond of an expiry may have come before it; but where nothing has to settle, each
// decision brings a sign of its own.
bool engine::after_expiry(time_point sign) const {
    if (!latest_expiry_ || sign > *latest_expiry_)
        return true;
    return sign == *latest_expiry_ && options_.source_settle == duration::zero();
}

// The monitoring has spoken since the last alert ran out, and long enough for that alert to fire again if it
// were still true.
bool engine::live() const {
    if (policies_->liveness) {
        if (!last_liveness_ || now_ - *last_liveness_ >= policies_->liveness->within)
            return false;
        if (!after_expiry(*last_liveness_))
            return false;
    } else if (policies_->prometheus) {
        if (!listed_at_ || !after_expiry(*listed_at_))
            return false;
    } else {
        return true;
    }
    return !latest_expiry_ || (life_since_ && now_ - *life_since_ >= options_.source_settle);
}

} // namespace autoscaler::policy
