#include "tests/simulation/world.hpp"

#include "tests/simulation/end_promises.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

// No autoscaler may ask Swarm for more than this in a minute, for each service: a look each second while
// tasks start, and some for alerts, samples and conflicts.
constexpr std::uint64_t most_calls_per_service = 150;

} // namespace

world::world(world_options options)
    : each_minute_(std::move(options.each_minute))
    , stage_(options.seed)
    , policies_(draw_policies(stage_.dice))
    , promises_(stage_)
    , wire_(stage_, promises_, draw_scenario(stage_.dice, policies_.services))
    , monitoring_(stage_, policies_.services)
    , people_(stage_, wire_, promises_, policies_.services) {
    stage_.bug = options.bug;
    stage_.log.keep(options.journal_lines);
    auto const count = static_cast<std::size_t>(stage_.dice.pick(1, 4));
    bool const apart = stage_.dice.percent(50);
    bool const two = count > 1 && stage_.dice.percent(20);
    other_ = two || stage_.dice.percent(20) ? draw_other_version(policies_, stage_.dice) : policies_;
    if (apart)
        stage_.counts.note(incident::clock_apart);
    if (two)
        stage_.counts.note(incident::two_policies);
    world_access& here = *this;
    for (std::size_t i = 0; i < count; ++i)
        autoscalers_.push_back(std::make_unique<autoscaler>(
            stage_,
            here,
            i,
            two && i % 2 == 1 ? other_.file : policies_.file,
            apart ? stage_.dice.between(-5s, 5s) : 0ms
        ));
    calls_before_.resize(count);
    wire_.connect(autoscalers_);
    monitoring_.connect(autoscalers_);
    people_.connect(autoscalers_);
}

void world::run() {
    for (auto const& each : autoscalers_)
        stage_.time.after(stage_.dice.between(0ms, 5s), [&each] {
            if (!each->alive())
                each->start(true);
        });
    monitoring_.start();
    watch_each_minute();
    stage_.time.after(1s, [this] { something_happens(); });
    run_until(stage_.time.now() + stage_.dice.between(5min, 20min));
    calm_down();
    duration wait{};
    for (auto const& each : autoscalers_)
        wait = std::max(wait, longest_wait(*each->policies()));
    // What was done just before counts: cooldowns of the last step, twice for a second one.
    run_until(stage_.time.now() + 2 * wait);
    for (auto const& [alert, service] : fired_in_the_end_) {
        auto const recently = [&](written const& each) {
            return each.up() && each.by.what.service == service &&
                   stage_.time.now() - each.by.decided <= wait;
        };
        if (std::ranges::any_of(promises_.writes(), recently) || !stage_.violations.empty())
            continue;
        for (auto const& each : autoscalers_)
            if (auto const why = unexplained(*each, wire_.cluster(), service, alert); !why.empty())
                stage_.break_promise(
                    alert + " of " + service + " fires and nothing happens, and " + each->name() + " " + why
                );
    }
}

void world::run_until(time_point end) {
    for (;;) {
        auto next = stage_.time.next();
        policy::keep_earliest(next, wire_.next_due());
        if (!next || *next > end || stage_.violations.size() > 3)
            break;
        stage_.time.rest(*next);
        wire_.advance();
        if (stage_.time.next() && *stage_.time.next() <= stage_.time.now())
            stage_.time.step();
        wire_.advance();
    }
    stage_.time.rest(end);
}

// ---- what happens ----

void world::something_happens() {
    if (stage_.calm)
        return;
    auto const what = stage_.dice.pick(1, 100);
    if (what > 50)
        monitoring_.happen();
    else if (what > 26)
        people_.happen();
    else
        trouble();
    stage_.time.after(stage_.dice.between(50ms, 20s), [this] { something_happens(); });
}

void world::trouble() {
    auto const which = static_cast<std::size_t>(stage_.dice.pick(0, std::ssize(autoscalers_) - 1));
    auto& one = *autoscalers_[which];
    auto const what = stage_.dice.pick(1, 100);
    if (what > 60)
        return kill(one);
    if (what > 50)
        return monitoring_.deafen(which, stage_.dice.between(10s, 200s));
    if (what > 40)
        return wire_.cut_off(which, stage_.dice.between(1s, 17s));
    if (what > 32)
        return wire_.lose_leader(stage_.dice.between(1s, 60s));
    if (what > 24)
        return wire_.lose_events(which, stage_.dice.between(5s, 60s));
    if (what > 14)
        return monitoring_.die(stage_.dice.between(5s, 400s));
    if (what > 8) {
        stage_.counts.note(incident::policy_reloaded);
        return one.reload(one.policies() == other_.file ? policies_.file : other_.file);
    }
    if (one.clock_error() == 0ms)
        return;
    stage_.counts.note(incident::clock_jump);
    if (stage_.dice.percent(70))
        return one.set_clock(stage_.dice.between(-5s, 5s));
    one.set_clock(stage_.dice.percent(50) ? 1h : -1h); // and set right some time later
    stage_.time.after(stage_.dice.between(10s, 300s), [this, &one] {
        if (std::chrono::abs(one.clock_error()) > 5s)
            one.set_clock(stage_.dice.between(-5s, 5s));
    });
}

void world::kill(autoscaler& which) {
    if (!which.alive())
        return;
    auto const where = static_cast<failpoint>(stage_.dice.pick(0, 4));
    if (where == failpoint::none)
        which.crash(incident::crash_anywhere);
    else
        which.arm(where);
    revive(which);
}

// Whoever is dead is started again after a time; a failpoint may not be met at once.
void world::revive(autoscaler& which) {
    stage_.time.after(stage_.dice.between(1s, 90s), [this, &which] {
        if (which.alive())
            return;
        bool const kept = stage_.dice.percent(50);
        stage_.counts.note(kept ? incident::restart_with_storage : incident::restart_without_storage);
        which.start(kept);
    });
}

void world::calm_down() {
    stage_.say("world", "calms down");
    stage_.calm = true;
    calm_since_ = stage_.time.now();
    wire_.heal();
    people_.calm_down();
    for (auto const& service : policies_.services)
        if (stage_.dice.percent(80))
            fired_in_the_end_.emplace_back("Up", service);
    monitoring_.calm_down(fired_in_the_end_);
    for (auto const& each : autoscalers_) {
        each->disarm();
        if (std::chrono::abs(each->clock_error()) > 5s)
            each->set_clock(0ms);
        if (!each->alive())
            each->start(true);
    }
}

void world::watch_each_minute() {
    stage_.time.after(60s, [this] {
        if (each_minute_)
            each_minute_(wire_.cluster(), stage_.time.now());
        for (auto const& each : autoscalers_) {
            auto& before = calls_before_[each->index()];
            if (each->calls() - before > most_calls_per_service * policies_.file->policies.size())
                stage_.break_promise(
                    each->name() + " has called Swarm " + std::to_string(each->calls() - before) +
                    " times in a minute"
                );
            before = each->calls();
        }
        watch_each_minute();
    });
}

// ---- what autoscalers ask for ----

void world::inspect(autoscaler& by, policy::action::inspect what) {
    wire_.inspect(by, std::move(what));
}

void world::update(autoscaler& by, policy::action::update what, model::service_spec posted) {
    wire_.update(by, std::move(what), std::move(posted));
}

void world::query(autoscaler& by, policy::action::query what) {
    monitoring_.query(by, std::move(what));
}

void world::list_alerts(autoscaler& by) {
    monitoring_.list_alerts(by);
}

void world::post(autoscaler& by, policy::action::post what) {
    monitoring_.post(by, std::move(what));
}

void world::read_switches(autoscaler& by) {
    people_.read_switches(by);
}

} // namespace autoscaler::simulation
