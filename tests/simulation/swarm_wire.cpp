#include "tests/simulation/swarm_wire.hpp"

#include "server/driver/state_label.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::simulation {

namespace {

using policy::event::update_result;

constexpr auto no_leader_text = "The swarm does not have a leader";

} // namespace

swarm_wire::swarm_wire(stage& on, promises& watch, model::scenario setting)
    : stage_(on), watch_(watch), swarm_(std::move(setting), to_model(on.time.now())), face_(swarm_) {
    told_ = swarm_.last_event();
}

duration swarm_wire::travel() {
    return stage_.dice.between(1ms, 8ms);
}

// An autoscaler may know several managers, and only one of them is cut off.
bool swarm_wire::meets_cut_off(std::size_t which) {
    return isolated_.contains(which) && stage_.dice.percent(60);
}

// ---- inspect ----

void swarm_wire::inspect(autoscaler& by, policy::action::inspect what) {
    auto const life = by.life();
    if (stage_.strikes(2, incident::inspect_lost)) {
        stage_.time.after(stage_.dice.between(500ms, 21s), [&by, life, what] {
            by.fail_inspect(life, what.service, "no answer");
        });
        return;
    }
    bool const stale = meets_cut_off(by.index());
    if (stale)
        stage_.counts.note(incident::inspect_stale);
    stage_.time.after(travel(), [this, &by, life, what, stale] { answer(by, life, what, stale); });
}

void swarm_wire::answer(
    autoscaler& by, unsigned life, policy::action::inspect const& what, bool from_isolation
) {
    if (by.life() != life)
        return;
    if (!leads()) {
        // A manager that knows says so at once; one that does not lets the call hang, 20 s at most.
        bool const hangs = stage_.dice.percent(30);
        duration const wait = hangs ? std::min<duration>(leads_again_ - stage_.time.now(), 20s) : travel();
        stage_.counts.note(incident::no_leader);
        stage_.time.after(wait, [&by, life, what] { by.fail_inspect(life, what.service, no_leader_text); });
        return;
    }
    bool counted = what.tasks;
    if (counted && stage_.strikes(2, incident::tasks_uncounted))
        counted = false;
    auto const isolated = isolated_.find(by.index());
    swarm_face& face = from_isolation && isolated != isolated_.end() ? *isolated->second.face : face_;
    auto seen = face.inspect(what.service, counted, by.clock());
    if (!what.tasks && seen)
        seen->view.running.reset();
    duration wait = travel();
    if (stage_.strikes(2, incident::inspect_late))
        wait = stage_.dice.between(100ms, 15s);
    stage_.time.after(wait, [this, &by, life, service = what.service, seen = std::move(seen)]() mutable {
        show(by, life, service, std::move(seen));
    });
}

void swarm_wire::show(
    autoscaler& by, unsigned life, std::string const& service, std::optional<inspected> seen
) {
    if (by.life() != life)
        return;
    if (seen) {
        if (seen->view.stuck == policy::stuck_state::unschedulable)
            stage_.counts.note(incident::tasks_unschedulable);
        if (seen->view.stuck == policy::stuck_state::crash_looping)
            stage_.counts.note(incident::tasks_crash_looping);
        watch_.shown(by, seen->view);
        if (seen->view.state && doubtful_.erase(seen->view.state->writer) > 0)
            stage_.counts.note(incident::doubtful_write_found);
        if (stage_.bug == planted_bug::trusted_rollback)
            disguise_rollback(by, seen->view);
    }
    by.answer_inspect(life, service, std::move(seen));
}

// To the engine, another service of that name, with nothing that tells of a rollback: all it knows of it is
// the label.
void swarm_wire::disguise_rollback(autoscaler const& by, policy::service_view& view) {
    auto& one = disguises_[{by.name(), view.id}];
    bool const older = view.state && view.state->sequence < one.highest;
    if (view.state)
        one.highest = view.state->sequence;
    if (older)
        ++one.times;
    if (one.times == 0)
        return;
    view.id += "~" + std::to_string(one.times);
    if (view.update == policy::update_state::rollback_completed)
        view.update = policy::update_state::none;
    view.previous_state.reset();
    view.previous_replicas.reset();
}

// ---- update ----

void swarm_wire::update(autoscaler& by, policy::action::update what, model::service_spec posted) {
    what.id = what.id.substr(0, what.id.find('~'));
    attempt const made{
        .writer = by.name(),
        .index = by.index(),
        .policies = by.policies(),
        .what = what,
        .decided = stage_.time.now(),
        .knows = by.knowledge()[what.id].knows,
        .told = by.knowledge()[what.id].told,
        .found = by.knowledge()[what.id].found,
        .silences = by.silences(),
        .pauses = by.pauses(),
        .hears_up = by.hears("Up", what.service),
        .clock_kept = by.clock_kept()
    };
    auto const tell = [this, &by, life = by.life(), service = what.service](
                          duration wait, update_result result, std::string error
                      ) {
        stage_.time.after(wait, [&by, life, service, result, error = std::move(error)] {
            by.answer_update(life, service, result, error);
        });
    };
    if (stage_.strikes(2, incident::update_refused))
        return tell(travel(), update_result::refused, "invalid");
    if (stage_.strikes(3, incident::update_lost))
        return tell(stage_.dice.between(1s, 21s), update_result::unknown, "no answer");
    if (meets_cut_off(by.index())) // a leader without followers: nothing is written
        return tell(stage_.dice.between(12s, 20s), update_result::unknown, "node lost leader status");
    bool const late = stage_.strikes(2, incident::update_late);
    if (late)
        tell(stage_.dice.between(1s, 3s), update_result::unknown, "given up");
    duration const arrives = late ? stage_.dice.between(1s, 15s) : travel();
    stage_.time.after(arrives, [this, made, posted = std::move(posted), tell, late] {
        if (!leads() && !stage_.dice.percent(20)) {
            stage_.counts.note(incident::no_leader);
            if (!late)
                tell(stage_.dice.between(1ms, 20s), update_result::unknown, no_leader_text);
            return;
        }
        auto result = apply(made, posted);
        if (late)
            return;
        bool const accepted = result == update_result::accepted;
        duration wait = travel();
        if (stage_.strikes(4, accepted ? incident::reply_lost_applied : incident::reply_lost_not_applied)) {
            result = update_result::unknown;
            wait = stage_.dice.between(1ms, 21s);
            if (accepted)
                doubtful_.insert(made.what.state.writer);
        } else if (accepted && stage_.strikes(2, incident::reply_false_conflict)) {
            result = update_result::conflict;
        }
        tell(wait, result, "the engine's words");
    });
}

update_result swarm_wire::apply(attempt const& by, model::service_spec posted) {
    if (stage_.bug == planted_bug::two_writes && !by.what.restart) {
        posted.replicas = static_cast<std::uint64_t>(by.what.replicas);
        auto const result = write(by, posted);
        if (result == update_result::accepted)
            write_state_later(by);
        return result;
    }
    return write(by, changed_spec(std::move(posted), by.what));
}

// The second half of a planted bug: the state follows the replicas.
void swarm_wire::write_state_later(attempt const& by) {
    auto const* const now_there = swarm_.find_service(by.what.id);
    stage_.time.after(stage_.dice.between(1ms, 20ms), [this, by, version = now_there->version] {
        auto const* const found = swarm_.find_service(by.what.id);
        if (found)
            swarm_.update_service(
                by.what.id, version, changed_spec(found->spec, by.what), to_model(stage_.time.now())
            );
    });
}

update_result swarm_wire::write(attempt const& by, model::service_spec const& changed) {
    auto const now = to_model(stage_.time.now());
    swarm_.advance(now);
    auto const* const found = swarm_.find_service(by.what.id);
    if (!found)
        return update_result::refused;
    model::service const before = *found;
    bool const blind = stage_.bug == planted_bug::write_without_version;
    auto const refused =
        swarm_.update_service(by.what.id, blind ? before.version : by.what.version, changed, now);
    if (refused) {
        stage_.counts.note(incident::write_conflicted);
        auto const label = before.spec.labels.find(server::state_label_name);
        auto const state =
            label == before.spec.labels.end() ? std::nullopt : server::decode_state(label->second);
        if (state && state->sequence >= by.what.state.sequence && state->writer != by.what.state.writer)
            stage_.counts.note(incident::race_lost);
        return *refused == model::refusal::out_of_sequence ? update_result::conflict : update_result::refused;
    }
    stage_.counts.note(incident::write_accepted);
    watch_.check(by, before, *swarm_.find_service(by.what.id));
    return update_result::accepted;
}

// ---- troubles ----

void swarm_wire::lose_leader(duration time) {
    leads_again_ = stage_.time.now() + time;
    stage_.say("swarm", "has no leader");
    stage_.time.at(leads_again_, [this] {
        if (!leads())
            return;
        stage_.say("swarm", "has a leader");
        for (auto const& each : *all_)
            stage_.time.after(stage_.dice.between(10ms, 5s), [&each] { each->swarm_reached(); });
    });
}

void swarm_wire::cut_off(std::size_t which, duration time) {
    stage_.say("swarm", "the manager of a" + std::to_string(which) + " is cut off");
    auto& made = isolated_[which];
    made.as_it_was = std::make_shared<model::cluster const>(swarm_);
    made.face = std::make_unique<swarm_face>(*made.as_it_was);
    stage_.time.after(time, [this, which] { isolated_.erase(which); });
}

void swarm_wire::lose_events(std::size_t which, duration time) {
    auto const until = no_events_until_[which] = stage_.time.now() + time;
    stage_.time.at(until, [this, which] { (*all_)[which]->swarm_reached(); });
}

void swarm_wire::heal() {
    leads_again_ = stage_.time.now();
    isolated_.clear();
    no_events_until_.clear();
    for (auto const& each : *all_)
        each->swarm_reached();
}

// ---- time ----

std::optional<time_point> swarm_wire::next_due() const {
    auto const due = swarm_.next_due();
    return due ? std::optional(std::chrono::ceil<duration>(*due)) : std::nullopt;
}

void swarm_wire::advance() {
    swarm_.advance(to_model(stage_.time.now()));
    if (swarm_.last_event() == told_)
        return;
    auto const news = swarm_.events_after(told_);
    told_ = swarm_.last_event();
    for (auto const& each : news) {
        auto const state = each.attributes.find("updatestate.new");
        if (state != each.attributes.end()) {
            stage_.say("swarm", each.attributes.at("name") + " is " + state->second);
            if (state->second == "paused" || state->second == "rollback_paused")
                stage_.counts.note(incident::rollout_paused);
            if (state->second == "rollback_started") {
                stage_.counts.note(incident::automatic_rollback);
                auto const from = each.attributes.find("replicas.old");
                if (from != each.attributes.end())
                    watch_.outside_change(
                        each.id, std::stoll(from->second), std::stoll(each.attributes.at("replicas.new"))
                    );
            }
        }
        if (each.type == model::object_type::config)
            continue;
        for (auto const& to : *all_) {
            auto const deaf = no_events_until_.find(to->index());
            bool const lost = deaf != no_events_until_.end() && deaf->second > stage_.time.now();
            if (lost)
                stage_.counts.note(incident::event_lost);
            if (!lost && !stage_.strikes(3, incident::event_lost))
                stage_.time.after(stage_.dice.between(1ms, 40ms), [&to, each] { to->hear(each); });
        }
    }
}

} // namespace autoscaler::simulation
