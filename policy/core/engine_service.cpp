// The engine's half that deals with one service: from an observation to a decision, from a write to its
// settlement.
#include "policy/core/act.hpp"
#include "policy/core/engine.hpp"
#include "policy/core/proposal.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

namespace {

// "A deploy was posted this instant" ends after this long at one version: a template change that no running
// task needs (a placement constraint that already holds) never gets an UpdateStatus.
constexpr duration guard_patience = std::chrono::seconds(30);

// An isolated leader answers stale reads for up to 17.5 s (measured). A lower version that stays longer than
// this is no stale read but another truth: a swarm restored from a backup.
constexpr duration stale_patience = std::chrono::seconds(60);
constexpr duration stale_poll = std::chrono::seconds(1);

// How long `lost_race` is the last word on a service.
constexpr duration after_race = std::chrono::seconds(1);

// The write whose answer we do not have is in the label, or was before a deploy erased it.
bool has_arrived(track const& of, service_view const& view) {
    auto const& label = view.last_state();
    return of.sent && label && label->writer == of.sent->after.writer;
}

bool scales(decision const& what) {
    return what.action == decided_action::up || what.action == decided_action::down;
}

// It has arrived, and somebody has written on top of it: his label tells of it among others.
bool is_told_of(sent_write const& write, service_view const& view) {
    auto const& label = view.last_state();
    if (!label || label->sequence <= write.after.sequence)
        return false;
    auto const& what = write.what;
    if (scales(what))
        return std::ranges::find(label->changes, replica_change{what.at, what.to - what.from}) !=
               label->changes.end();
    auto const act = label->acts.find(memory_key(what.policy, what.rule));
    return act != label->acts.end() && act->second == what.at;
}

// Two names may mean one service: before both have been looked for, neither is decided.
constexpr duration namesake_poll = std::chrono::seconds(1);

// Should what people have switched off never be read, the end of our patience is found out by this.
constexpr duration switches_poll = std::chrono::seconds(1);

} // namespace

void engine::observed(track& of, service_view view) {
    bool const first_answer = !std::exchange(of.answered, true);
    of.id = view.id;
    if (auto* const other = roster_.namesake_of(of)) {
        if (!other->answered)
            return wake(of, now_ + namesake_poll);
        if (first_answer && other->id != of.id)
            touch(*other); // it has waited for us
    }
    if (decided_elsewhere(of, view))
        return;
    if (is_stale(of, view))
        return wake(of, now_ + stale_poll);
    if (!of.view || of.view->id != view.id || of.view->version != view.version)
        of.version_since = now_;
    view.deploy_in_flight = view.deploy_in_flight && now_ - of.version_since < guard_patience;
    if (view.deploy_in_flight && view.update == update_state::none)
        view.update = update_state::updating;

    note_deploy(of, view);
    view.deployed = of.deployed;
    bool const first = !of.view || of.view->id != view.id;
    if (of.view && first)
        of.polls.clear(); // their values are of the service that had this name before
    settle_overwritten(of, view);
    bool const joined = remember(of, view);
    of.failures = 0;
    of.error.clear();
    of.version = view.version;
    settle_doubtful_write(of, view);
    note_rollbacks(of, view);
    note_stuck(of, view);
    of.looked_at = of.asked_at;
    if (of.view && !view.running &&
        of.view->id == view.id) { // for the API only: decide() gets what was counted
        auto shown = view;
        shown.running = of.view->running;
        of.view = std::move(shown);
    } else {
        of.view = view;
    }
    plan_polls(of); // not only at first: rules may have come with a second name of the service

    if (waits_for_switches())
        return wake(of, now_ + switches_poll);
    std::optional<time_point> next = now_ + resync_interval;
    keep_earliest(next, next_count(of));
    if (auto const paused = pause_in_force(pauses_, view.name, now_)) {
        view.pause = combine(view.pause, paused->mode);
        keep_earliest(next, paused->until);
    }
    for (auto& each : of.groups)
        if (auto const recheck = decide_group(of, each, view, joined))
            next = std::min(*next, std::max(*recheck, now_ + duration(1)));
    of.raced = false;
    if (of.under_way != track::flight::none)
        return;
    of.conflicts = of.failed_writes = 0;
    wake(of, *next);
}

// Two names of one service: the policies of the second are decided with those of the first.
bool engine::decided_elsewhere(track& of, service_view const& view) {
    for (auto& other : roster_.tracks()) {
        if (&other == &of || other.owner != other.index || other.id != view.id)
            continue;
        of.view = view;
        of.failures = 0;
        of.error.clear();
        roster_.set_owner(of, other.index, now_);
        wake(of, now_ + resync_interval);
        touch(other);
        return true;
    }
    roster_.set_owner(of, of.index, now_);
    return false;
}

bool engine::is_stale(track& of, service_view const& view) {
    bool const lower = of.view && of.view->id == view.id && view.version < of.version;
    if (!lower) {
        of.stale_since.reset();
        return false;
    }
    if (!of.stale_since)
        of.stale_since = now_;
    return now_ - *of.stale_since < stale_patience;
}

// Returns whether the label brought word of another writer.
bool engine::remember(track& of, service_view const& view) {
    bool joined = false;
    bool const first = !of.view || of.view->id != view.id;
    if (first) {
        of.sent.reset();
        of.conflicts = 0;
    }
    for (auto& each : of.groups) {
        if (first) {
            auto const before = std::exchange(each.memory, first_memory(each, view));
            for (auto const& [key, known] : before.rules) // a node may join before the service is seen
                if (known.joined && !of.view)
                    each.memory.rules[key].joined = known.joined;
            // The count that the deploy has found is the one to put back: others had set it before.
            auto& memory = each.memory;
            if (of.deployed && view.previous_replicas && memory.last_set &&
                *view.previous_replicas != *memory.last_set)
                note_change(memory, *memory.last_set, *view.previous_replicas, now_);
        } else if (!each.dry_run && !has_arrived(of, view)) {
            label_reading const how{
                .clock_tolerance = options_.clock_tolerance,
                .last_look = of.looked_at,
                .instance = options_.instance,
                .policy_hash = policies_->hash,
            };
            joined = join(each.memory, view, now_, how) || joined;
        }
        roster_.prune(each.memory, now_);
    }
    return joined;
}

// What was kept counts if it is of the label that is there, if there is none any more, or if a rollback has
// put back an older one: the step that it undid is remembered here alone.
history engine::first_memory(group const& of, service_view const& view) {
    auto saved = saved_.extract({view.id, of.name});
    auto const& label = view.last_state();
    auto const counts = [&](history const& kept) {
        if (!label)
            return true;
        if (label->sequence == kept.sequence && (kept.writer.empty() || label->writer == kept.writer))
            return true;
        return label->over_version != 0 && label->over_version < kept.seen_version;
    };
    if (saved && counts(saved.mapped())) {
        auto kept = loaded_history(std::move(saved.mapped()), now_);
        kept.seen_version = view.version;
        if (label && label->writer == kept.writer)
            kept.written_under = label->policy_hash;
        return kept;
    }
    return of.dry_run ? fresh_history(view, now_) : first_history(view, now_, options_.clock_tolerance);
}

// A write whose answer was lost, and over which another has written already, has arrived, too: what it did is
// told and counts as ours, before the other's word is taken in.
void engine::settle_overwritten(track& of, service_view const& view) {
    if (of.view && of.view->id == view.id && of.sent && !has_arrived(of, view) && is_told_of(*of.sent, view))
        accepted(of);
}

// A write whose answer was lost has arrived if the label carries its name. If not, deciding again is safe:
// the write could only have been applied to the version that it named.
void engine::settle_doubtful_write(track& of, service_view const& view) {
    if (has_arrived(of, view))
        accepted(of);
    of.sent.reset();
}

std::optional<time_point>
engine::decide_group(track& of, group& which, service_view const& view, bool joined) {
    auto const inputs = inputs_of(of, which);
    situation const facts{
        .policies = inputs,
        .service = view,
        .webhook_ttl = policies_->webhook_ttl,
        .live = live(),
        .dry_run = which.dry_run,
        .clock_tolerance = options_.clock_tolerance,
        .policy_hash = policies_->hash,
    };
    outcome made = decide(facts, which.memory, now_);
    which.memory = std::move(made.next);
    if (&which == &of.groups.front()) {
        of.deployed = of.deployed && !made.deploy_settled;
        if (std::max(which.memory.last_up, which.memory.last_down) == now_)
            delay_polls(of); // somebody else has changed it just now
    }
    if (made.result.action != decided_action::hold) {
        write(of, which, std::move(made.result));
        return {};
    }
    if (decide_acts(of, which, std::move(made.acts)))
        return {};
    if (made.result.why == reason::dry_run)
        commit(which.memory, made.result, true);
    if (of.raced && joined && !which.dry_run) {
        made.result.why = reason::lost_race;
        keep_earliest(made.recheck, now_ + after_race); // then it is told why the service stays as it is
    }
    report(which, std::move(made.result));
    return made.recheck;
}

void engine::write(track& of, group& live, decision chosen) {
    history after = live.memory;
    if (scales(chosen))
        commit(after, chosen, false);
    else
        commit_act(after, chosen);
    ++after.sequence;
    after.writer = options_.instance + "." + std::to_string(++writes_);
    after.written_under = policies_->hash;
    note_told(after);
    auto state = to_state(after, policies_->hash);
    state.over_version = chosen.version;
    of.under_way = track::flight::updating;
    agenda_.remove(of.index);
    actions_.emplace_back(action::update{
        .service = of.service,
        .id = of.view->id,
        .version = chosen.version,
        .replicas = chosen.to,
        .restart = chosen.action == decided_action::restart,
        .state = std::move(state),
        .what = chosen,
    });
    of.sent = sent_write{.what = std::move(chosen), .after = std::move(after)};
}

void engine::accepted(track& of) {
    if (!of.sent)
        return;
    of.conflicts = of.failures = of.failed_writes = 0;
    of.version = std::max(of.version, of.sent->what.version + 1); // whatever is older does not hold our write
    if (!of.groups.empty() && !of.groups.front().dry_run) {
        group& live = of.groups.front();
        live.memory = std::move(of.sent->after);
        if (scales(of.sent->what)) {
            of.deployed = false; // an act leaves what the deploy took still to be put back
            delay_polls(of);
            report(live, std::move(of.sent->what));
        } else {
            if (of.sent->what.action == decided_action::webhook)
                actions_.emplace_back(message_of(of, of.sent->what));
            report_act(live, std::move(of.sent->what));
        }
    }
    of.sent.reset();
}

void engine::missed(track& of, reason why, std::string const& error, duration retry) {
    of.error = error;
    wake(of, now_ + retry);
    for (auto& each : of.groups) {
        decision made;
        made.at = now_;
        made.service = of.view ? of.view->name : of.service;
        made.from = made.to = of.view ? of.view->replicas : 0;
        made.why = why;
        made.error = error;
        made.dry_run = each.dry_run;
        if (of.sent && !each.dry_run) { // what was tried
            made.would = of.sent->what.to;
            made.policy = of.sent->what.policy;
            made.rule = of.sent->what.rule;
            made.alerts = of.sent->what.alerts;
        }
        report(each, std::move(made));
    }
}

// The instance's name ends where the number of the write begins.
bool engine::is_ours_to_tell(group const& which, decision const& made) const {
    return made.action != decided_action::hold || which.memory.writer.empty() ||
           which.memory.writer.starts_with(options_.instance + ".");
}

void engine::report(group& which, decision made) {
    made.ours = is_ours_to_tell(which, made);
    bool const news = made.action != decided_action::hold || !which.last || !same_outcome(*which.last, made);
    if (news)
        actions_.emplace_back(action::record{made});
    which.last = std::move(made);
}

} // namespace autoscaler::policy
