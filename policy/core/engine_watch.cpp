// The engine's half that tells what has become of a service between two looks: deploys, rollbacks, tasks that
// are stuck.
#include "policy/core/engine.hpp"

namespace autoscaler::policy {

namespace {

// Tasks that start or are stuck are counted this often, for as long as anybody may wonder what became of a
// step up; later with every resync.
constexpr duration count_interval = std::chrono::seconds(5);

} // namespace

// Somebody else has deployed: the task template has changed, or the state label is gone, by a write that
// brought no newer state with it. At a first observation, PreviousSpec tells what the last write has changed:
// a deploy that left the count as it was, or that somebody has written over since, took nothing.
void engine::note_deploy(track& of, service_view const& view) {
    if (!of.view || of.view->id != view.id) {
        bool const label_gone = !view.state && view.previous_state;
        bool const by_autoscaler =
            view.state && (!view.previous_state || view.previous_state->writer != view.state->writer);
        bool const other_template = view.previous_template_digest && !by_autoscaler &&
                                    *view.previous_template_digest != view.template_digest;
        bool const lowered = !view.previous_replicas || view.replicas < *view.previous_replicas;
        of.deployed = (label_gone || other_template) && lowered;
        return;
    }
    auto const& before = *of.view;
    history known;
    if (before.state) {
        known.sequence = before.state->sequence;
        known.writer = before.state->writer;
    }
    known.seen_version = before.version;
    bool const by_autoscaler = view.state && is_news(*view.state, known);
    if (by_autoscaler || view.version == before.version)
        return;
    bool const label_gone = before.state && !view.state;
    of.deployed = of.deployed || label_gone || view.template_digest != before.template_digest;
}

// Between two looks somebody may have stepped and a rollback undone it: no label tells of that any more.
// While a rollout is under way nobody steps, so one that fails hides nothing.
void engine::note_rollbacks(track& of, service_view const& view) {
    if (!is_rollback(view.update))
        return;
    bool const first = !of.view || of.view->id != view.id;
    // One that was over when we looked last, and is so at another version, was followed by another one: any
    // write in between has cleared it.
    bool const another =
        !first && of.view->update == update_state::rollback_completed && view.version != of.view->version;
    // One by hand leaves what it has undone in PreviousSpec; one of a rollout that fails leaves nothing
    // there.
    bool const by_hand = view.previous_replicas.has_value();
    bool const hides =
        first ? view.update == update_state::rollback_completed
              : another || (!is_rollback(of.view->update) && (by_hand || !in_rollout(of.view->update)));
    if (!hides)
        return;
    for (auto& each : of.groups)
        if (!each.dry_run)
            note_rollback(each.memory, now_);
}

// Tasks that were not counted are as they were, and those that crash run in between.
void engine::note_stuck(track& of, service_view& view) {
    bool const known = of.view && of.view->id == view.id;
    if (!known)
        of.stuck_since = of.crashed_at = {};
    if (known && !view.running)
        view.stuck = of.view->stuck;
    else if (view.stuck == stuck_state::crash_looping)
        of.crashed_at = now_;
    else if (view.stuck == stuck_state::none && of.crashed_at &&
             now_ - *of.crashed_at < options_.crash_memory)
        view.stuck = stuck_state::crash_looping;
    if (view.stuck == stuck_state::none)
        of.stuck_since.reset();
    else if (!of.stuck_since)
        of.stuck_since = now_;
}

// What became of the tasks of a step up is to be known before the next one is wanted.
std::optional<time_point> engine::next_count(track const& of) const {
    auto const& view = *of.view;
    bool const settled = view.running && *view.running >= view.replicas && view.stuck == stuck_state::none;
    auto const& live = of.groups.front();
    if (settled || !live.memory.last_up)
        return {};
    for (auto const* policy : live.policies)
        if (now_ - *live.memory.last_up < policy->converge_timeout + resync_interval)
            return now_ + count_interval;
    return {};
}

} // namespace autoscaler::policy
