#include "support/small_world.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy::testing {

// One autoscaler. `life` tells answers for an engine that has died from those for its successor.
struct small_world::instance {
    std::unique_ptr<engine> machine;
    unsigned life = 0;
    unsigned wakes = 0; // only the last time that was asked for counts
    bool under_way = false;
    std::optional<std::int64_t> seen; // replicas as it knows them
    std::optional<time_point> saw_up; // when it first saw what others had changed
    std::optional<time_point> saw_down;
};

namespace {

std::shared_ptr<policy_set const> random_policy(std::mt19937& random) {
    auto const pick = [&](std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random);
    };
    auto policy = a_policy(
        {on_alert("up", "Up", pick(0, 1) ? by(pick(1, 3)) : percent(50)), on_alert("down", "Down", by(-1))}
    );
    policy.min = pick(0, 2);
    policy.max = policy.min + pick(3, 10);
    policy.zero = zero_mode::managed;
    policy.cooldown = {.up = std::chrono::seconds(pick(0, 60)), .down = std::chrono::seconds(pick(0, 120))};
    auto& up = std::get<alert_rule>(policy.rules[0].kind);
    up.for_ = std::chrono::seconds(pick(0, 1) * 10);
    up.on_resolved.what = static_cast<resolved_action::kind>(pick(0, 1)); // hold or revert
    if (pick(0, 1))
        policy.give_back = return_rule{.after = 300s, .by = by(1)};
    auto candidate = a_policy({on_alert("c", "Up", by(5))});
    candidate.name = "candidate";
    candidate.dry_run = true;
    candidate.max = 50;
    return file_of({policy, candidate});
}

} // namespace

small_world::small_world(world_options options)
    : options_(options)
    , random_(options.seed)
    , file_(random_policy(random_))
    , policy_(&file_->policies.front())
    , view_(a_service(policy_->min + 1)) {
    for (int i = 0; i < options.instances; ++i) {
        instances_.push_back(std::make_unique<instance>());
        boot(instances_.size() - 1);
    }
    at(now_ + 1s, [this] { happen(); });
    at(now_ + 75s, [this] { repeat_alerts(); });
}

small_world::~small_world() = default;

std::int64_t small_world::below(std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
}

void small_world::at(time_point when, std::function<void()> what) {
    agenda_.emplace(when, std::move(what));
}

void small_world::run_until(time_point end) {
    while (!agenda_.empty() && agenda_.begin()->first <= end) {
        auto next = agenda_.extract(agenda_.begin());
        now_ = next.key();
        next.mapped()();
    }
    now_ = end;
}

void small_world::live(duration time) {
    run_until(now_ + time);
}

void small_world::calm_down(duration time) {
    calm_ = true;
    view_.update = update_state::completed;
    view_.pause = pause_mode::none;
    ++view_.version;
    silences_.clear();
    pauses_.clear();
    for (std::size_t which = 0; which < instances_.size(); ++which)
        tell_what_is_off(which);
    firing_.clear();
    auto alert = firing("Up", now_);
    alert.ends_at = now_ + 240s;
    firing_["Up"] = alert;
    send(alert);
    run_until(now_ + time);
}

void small_world::boot(std::size_t which) {
    auto& one = *instances_[which];
    ++one.life;
    one.under_way = false;
    one.seen.reset();
    one.saw_up = one.saw_down = {};
    if (!view_.state && !view_.previous_state) // two writes of others have erased what was known
        last_up_ = last_down_ = {};
    auto const name = std::to_string(which) + "-" + std::to_string(one.life);
    one.machine =
        std::make_unique<engine>(engine_options{.instance = name, .dry_run = options_.dry_run}, file_, now_);
    tell_what_is_off(which);
    hand(which, event::tick{now_});
}

void small_world::hand(std::size_t which, any_event const& what) {
    for (auto const& each : instances_[which]->machine->on(what))
        std::visit([&](auto const& asked) { carry_out(which, asked); }, each);
}

void small_world::carry_out(std::size_t which, action::wake_at const& what) {
    auto& one = *instances_[which];
    at(std::max(now_, what.time), [this, which, life = one.life, call = ++one.wakes] {
        if (instances_[which]->life == life && instances_[which]->wakes == call)
            hand(which, event::tick{now_});
    });
}

void small_world::carry_out(std::size_t, action::record const& what) {
    journal_ += "record " + std::string(to_string(what.what.why)) + "\n";
}

void small_world::carry_out(std::size_t which, action::inspect const& what) {
    auto& one = *instances_[which];
    if (std::exchange(one.under_way, true))
        broken("a second question while one is under way");
    journal_ += "inspect " + what.service + "\n";
    duration const takes = !calm_ && chance(2) ? duration(below(25'000)) : duration(1 + below(30));
    at(now_ + takes, [this, which, life = one.life, what] { answer(which, life, what); });
}

void small_world::answer(std::size_t which, unsigned life, action::inspect const& what) {
    auto& one = *instances_[which];
    if (one.life != life)
        return;
    one.under_way = false;
    if (!calm_ && chance(5))
        return hand(which, event::service_observed{what.service, event::unavailable{"away"}, now_});
    auto shown = view_;
    if (!what.tasks)
        shown.running.reset();
    if (auto const before = std::exchange(one.seen, shown.replicas); before && *before != shown.replicas)
        (shown.replicas > *before ? one.saw_up : one.saw_down) = now_;
    hand(which, event::service_observed{what.service, shown, now_});
}

void small_world::carry_out(std::size_t which, action::update const& what) {
    auto& one = *instances_[which];
    if (std::exchange(one.under_way, true))
        broken("a write while something is under way");
    ++writes_;
    journal_ += "update " + std::to_string(what.version) + " " + std::to_string(what.replicas) + " " +
                what.state.writer + "\n";
    check(one, what);
    bool const lost = !calm_ && chance(10);
    bool const spurned = !calm_ && chance(3);
    at(now_ + duration(1 + below(40)), [this, which, life = one.life, what, lost, spurned] {
        auto result = event::update_result::unknown;
        if (lost && chance(30)) // the request is still on its way when we give up on it
            at(now_ + duration(below(5000)), [this, what] { apply(what); });
        else if (lost && chance(50))
            apply(what);
        else if (!lost && spurned)
            result = event::update_result::refused;
        else if (!lost)
            result = apply(what) ? event::update_result::accepted : event::update_result::conflict;
        auto& then = *instances_[which];
        if (then.life != life)
            return;
        then.under_way = false;
        hand(which, event::update_finished{what.service, result, "words", now_});
    });
}

// Whatever an engine wants to write must be right for the version that it names.
void small_world::check(instance const& by, action::update const& what) {
    auto const& [at, service, action, from, to, would, why, policy, rule, alerts, values, trace, dry, version, error, ours] =
        what.what;
    bool const correction = why == reason::bounds_max || why == reason::bounds_min;
    if (options_.dry_run || policy == "candidate")
        broken("a write in dry run");
    if (what.replicas != to || what.version != version)
        broken("a write that is not its decision");
    if (to < policy_->min || to > policy_->max)
        broken("a write out of bounds");
    if ((action == decided_action::up) != (to > from) || (action == decided_action::down) != (to < from))
        broken("a write against its direction");
    if (why == reason::alert && (rule == "up") != (action == decided_action::up))
        broken("a rule that did the opposite");
    check_what_is_off(what.what);
    auto const young = [at](std::optional<time_point> last, duration cooldown) {
        return last && at - *last < cooldown;
    };
    if (correction)
        return;
    if (action == decided_action::up)
        for (auto const& last : {last_up_, by.saw_up})
            if (young(last, policy_->cooldown.up))
                broken("an up within the cooldown of the last up");
    if (action == decided_action::down)
        for (auto const& last : {last_up_, last_down_, by.saw_up, by.saw_down})
            if (young(last, policy_->cooldown.down))
                broken("a down within the cooldown of the last change");
}

// Nobody acts on a silenced alert, or against a pause; and no silence is taken for an end.
void small_world::check_what_is_off(decision const& what) {
    auto const is_silenced = [this](std::string_view name) {
        label const labels{"alertname", name};
        return std::ranges::any_of(silences_, [&](silence const& each) {
            return state_of(each, now_) == silence_state::active && covers(each, {&labels, 1});
        });
    };
    bool const up = what.action == decided_action::up;
    if (what.why == reason::alert && is_silenced(up ? "Up" : "Down"))
        broken("a write on a silenced alert");
    if ((what.why == reason::resolved || what.why == reason::give_back) && firing_.contains("Up"))
        broken("less while the alert for more fires, silenced or not");
    for (auto const& each : pauses_)
        if (in_force(each, now_) &&
            (each.mode == pause_mode::both || each.mode == (up ? pause_mode::up : pause_mode::down)))
            broken("a write in a pause");
}

// Swarm: only the version that was named is written over.
bool small_world::apply(action::update const& what) {
    if (what.version != view_.version)
        return false;
    if (in_rollout(view_.update))
        broken("a write into a rollout");
    if (what.what.from != view_.replicas)
        broken("a write from a count that was not there");
    (what.replicas > view_.replicas ? last_up_ : last_down_) = what.what.at;
    view_.replicas = what.replicas;
    view_.update = update_state::none;
    view_.previous_state = std::exchange(view_.state, what.state);
    ++view_.version;
    for (auto const& each : instances_)
        each->seen = what.replicas; // the label says so
    at(now_ + duration(below(calm_ ? 3000 : 60'000)), [this] { view_.running = view_.replicas; });
    return true;
}

void small_world::happen() {
    if (calm_)
        return;
    if (chance(55))
        change_alert();
    else if (chance(15))
        change_silences();
    else if (chance(10))
        change_pauses();
    else if (chance(50))
        change_outside();
    else if (options_.restarts && chance(20))
        boot(static_cast<std::size_t>(below(options_.instances)));
    at(now_ + duration(below(10'000)), [this] { happen(); });
}

void small_world::change_outside() {
    static constexpr update_state states[] = {
        update_state::updating,
        update_state::completed,
        update_state::paused,
        update_state::rollback_started,
        update_state::none
    };
    if (in_rollout(view_.update) && chance(70)) { // most rollouts are over soon
        view_.update = update_state::completed;
    } else if (chance(30)) {
        view_.update = states[below(std::size(states))];
    } else if (chance(20)) {
        view_.pause = chance(70) ? pause_mode::none : static_cast<pause_mode>(below(4));
    } else if (chance(50)) { // an operator scales
        view_.replicas = below(policy_->max + 3);
        view_.previous_state = view_.state;
        view_.running = view_.replicas;
    } else if (options_.deploys) {
        view_.replicas = policy_->min + 1;
        if (view_.state)
            view_.previous_state = std::exchange(view_.state, std::nullopt);
        view_.update = chance(50) ? update_state::updating : update_state::none;
    }
    ++view_.version;
    if (chance(70))
        for (std::size_t which = 0; which < instances_.size(); ++which)
            hand(which, event::service_changed{view_.id, view_.name, now_});
}

void small_world::change_alert() {
    std::string const name = chance(60) ? "Up" : "Down";
    if (auto const known = firing_.find(name); known != firing_.end()) {
        auto over = known->second;
        firing_.erase(known);
        over.ends_at = now_;
        if (chance(80)) // else Prometheus has died, and it runs out
            send(over);
        return;
    }
    auto alert = firing(name, now_ - duration(below(3000)) + 1s); // clocks differ by a second
    alert.ends_at = now_ + 240s;
    firing_[name] = alert;
    send(alert);
}

void small_world::change_silences() {
    static constexpr std::string_view texts[] = {
        "alertname=Up", "alertname=Down", "alertname=~\"U.*\"", "alertname!=Down", "severity!=page"
    };
    if (!silences_.empty() && chance(40)) {
        auto& changed = silences_[static_cast<std::size_t>(below(std::ssize(silences_)))];
        if (chance(30))
            changed.matchers = {must_match(texts[below(std::size(texts))])};
        else // prolonged, or over at once
            changed.ends_at = now_ + duration(chance(50) ? below(120'000) : 0);
    } else {
        auto const from = now_ + duration(chance(50) ? 0 : below(60'000));
        silences_.push_back(a_silence(
            std::to_string(writes_) + "-" + std::to_string(silences_.size()),
            {texts[below(std::size(texts))]},
            from,
            from + duration(below(120'000))
        ));
    }
    std::erase_if(silences_, [this](silence const& each) { return now_ - each.ends_at > 5min; });
    for (std::size_t which = 0; which < instances_.size(); ++which)
        tell_what_is_off(which);
}

void small_world::change_pauses() {
    pauses_.clear();
    if (chance(70))
        pauses_.push_back(a_pause(static_cast<pause_mode>(below(4)), now_ + duration(below(60'000))));
    for (std::size_t which = 0; which < instances_.size(); ++which)
        tell_what_is_off(which);
}

void small_world::tell_what_is_off(std::size_t which) {
    hand(which, event::silences_changed{std::make_shared<std::vector<silence> const>(silences_), now_});
    hand(which, event::pauses_changed{std::make_shared<std::vector<service_pause> const>(pauses_), now_});
}

void small_world::repeat_alerts() {
    for (auto& [name, alert] : firing_) {
        alert.ends_at = now_ + 240s;
        send(alert);
    }
    at(now_ + 75s, [this] { repeat_alerts(); });
}

void small_world::send(alert_spec const& what) {
    notices const body({what});
    for (std::size_t which = 0; which < instances_.size(); ++which)
        hand(which, event::alerts_received{body.views(), now_});
}

void small_world::broken(std::string const& promise) {
    violations_.push_back("after " + std::to_string((now_ - t0).count()) + " ms: " + promise);
}

} // namespace autoscaler::policy::testing
