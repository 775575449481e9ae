#include "support/polled_world.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace autoscaler::policy::testing {

namespace {

std::shared_ptr<policy_set const> random_file(dice& random) {
    auto shop = random_policy(random, "shop");
    shop.service.clear();
    shop.from_label = label_source{.label = "svc", .allow = must_match("svc=~\"shop_.*\"")};
    auto candidate = random_policy(random, "candidate");
    candidate.dry_run = true;
    auto file =
        polling_file_of({random_policy(random, "web"), random_policy(random, "two"), shop, candidate});
    file->prometheus->reconcile = random.chance(50) ? random.seconds(20, 90) : 0s;
    if (random.chance(50))
        file->liveness = liveness_rule{.matchers = {matcher::alert_name("Watchdog")}, .within = 3min};
    return file;
}

// What an engine asks for, as text.
class teller {
public:
    void operator()(action::inspect const& what) { text_ << "inspect " << what.service << what.tasks; }

    void operator()(action::update const& what) {
        text_ << "update " << what.service << what.version << ' ' << what.replicas << what.restart
              << what.state.writer << what.state.sequence << what.state.episodes.size();
        (*this)(what.what);
    }

    void operator()(action::query const& what) {
        text_ << "query " << what.promql << what.policy << what.rule;
    }

    void operator()(action::list_alerts const&) { text_ << "list"; }

    void operator()(action::post const& what) { text_ << "post " << what.alerts.size() << what.target.url; }

    void operator()(action::wake_at const& what) { text_ << "wake " << what.time.time_since_epoch().count(); }

    void operator()(action::record const& what) { (*this)(what.what); }

    void operator()(decision const& what) {
        text_ << "decision " << to_string(what.why) << to_string(what.action) << what.from << ' ' << what.to
              << ' ' << what.would.value_or(-1) << what.policy << what.rule
              << what.at.time_since_epoch().count() << what.trace.size() << what.alerts.size();
    }

    std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
};

std::string text_of(std::vector<any_action> const& actions) {
    teller all;
    for (auto const& each : actions)
        std::visit(all, each);
    return all.text();
}

constexpr std::array alert_names{"Up", "Down", "Keep", "Act"};

} // namespace

polled_world::polled_world(unsigned seed, bool dry_run) : random_(seed), dry_run_(dry_run) {
    for (auto& each : files_)
        each = random_file(random_);
    file_ = files_[0];
    for (auto const* name : {"web", "shop_api"}) {
        auto& made = services_[name];
        made.view = a_service(random_.pick(1, 8));
        made.view.name = name;
        made.view.id = std::string("id of ") + name;
        made.view.opted_in = true;
    }
    boot();
    at(now_ + 1s, [this] { happen(); });
    at(now_, [this] { repeat_alerts(); });
}

void polled_world::at(time_point when, std::function<void()> what) {
    agenda_.emplace(when, std::move(what));
}

void polled_world::live(duration time) {
    auto const end = now_ + time;
    while (!agenda_.empty() && agenda_.begin()->first <= end) {
        auto next = agenda_.extract(agenda_.begin());
        now_ = next.key();
        next.mapped()();
    }
    now_ = end;
}

// ---- the engine ----

std::unique_ptr<engine> polled_world::start(life const& from) const {
    auto const name = "i" + std::to_string(&from - lives_.data());
    return std::make_unique<engine>(
        engine_options{.instance = name, .dry_run = dry_run_}, from.file, from.began
    );
}

void polled_world::boot() {
    lives_.push_back({.file = file_, .began = now_, .events = {}});
    machine_ = start(lives_.back());
    in_flight_.clear();
    answers_.clear();
    for (auto& [name, each] : services_) {
        each.seen.reset();
        each.last_change.reset();
    }
    tell([now = now_](engine& who) { return who.on(event::tick{now}); });
}

void polled_world::tell(listener event) {
    auto const actions = event(*machine_);
    lives_.back().events.push_back({.event = std::move(event), .answer = text_of(actions)});
    for (auto const& each : actions)
        std::visit([this](auto const& what) { carry_out(what); }, each);
}

bool polled_world::replays() const {
    return std::ranges::all_of(lives_, [this](life const& each) {
        auto const other = start(each);
        return std::ranges::all_of(each.events, [&](told const& one) {
            return text_of(one.event(*other)) == one.answer;
        });
    });
}

void polled_world::carry_out(action::wake_at const& what) {
    at(std::max(now_, what.time), [this, life = lives_.size(), call = ++wakes_] {
        if (life == lives_.size() && call == wakes_) // else another time was asked for since
            tell([now = now_](engine& who) { return who.on(event::tick{now}); });
    });
}

void polled_world::carry_out(action::record const& what) {
    ++reasons_[what.what.why];
    ++asked_["record"];
}

// ---- Swarm ----

void polled_world::carry_out(action::inspect const& what) {
    ++asked_["inspect"];
    in_flight_.insert(what.service);
    if (in_flight_.count(what.service) > 1)
        broken("a second question while one is under way");
    at(now_ + duration(random_.pick(1, 30)), [this, life = lives_.size(), what] {
        if (life != lives_.size())
            return;
        in_flight_.erase(what.service);
        auto const found = services_.find(what.service);
        if (random_.chance(3) || found == services_.end())
            return tell([now = now_, what](engine& who) {
                return who.on(event::service_observed{what.service, event::unavailable{"away"}, now});
            });
        auto& of = found->second;
        auto shown = of.view;
        if (!what.tasks)
            shown.running.reset();
        if (auto const before = std::exchange(of.seen, shown.replicas); before && *before != shown.replicas)
            of.last_change = now_;
        tell([now = now_, what, shown](engine& who) {
            return who.on(event::service_observed{what.service, shown, now});
        });
    });
}

void polled_world::carry_out(action::update const& what) {
    ++asked_["update"];
    in_flight_.insert(what.service);
    if (in_flight_.count(what.service) > 1)
        broken("a write while something is under way");
    check(what);
    at(now_ + duration(random_.pick(1, 40)), [this, life = lives_.size(), what] {
        bool const lost = random_.chance(5);
        auto result = event::update_result::unknown;
        if (!lost || random_.chance(50))
            result = apply(what) ? event::update_result::accepted : event::update_result::conflict;
        if (life != lives_.size())
            return;
        in_flight_.erase(what.service);
        if (lost)
            result = event::update_result::unknown;
        tell([now = now_, what, result](engine& who) {
            return who.on(event::update_finished{what.service, result, "words", now});
        });
    });
}

// Only the version that was named is written over.
bool polled_world::apply(action::update const& what) {
    auto& of = services_.at(what.service);
    auto& view = of.view;
    if (what.version != view.version)
        return false;
    auto const* policy = policy_named(what.what.policy);
    if (view.update != update_state::updating && in_rollout(view.update))
        broken("a write into a rollback");
    if (view.update == update_state::updating && (view.rollback_at_risk || what.restart))
        broken("a write into a rollout");
    if (policy && policy->from_label && !view.opted_in)
        broken("a write to a service that has not agreed");
    if (what.replicas != view.replicas) {
        if (what.what.action == decided_action::restart || what.what.action == decided_action::webhook)
            broken("an act that changed the count");
        of.last_change = what.what.at;
    }
    if (what.what.action == decided_action::webhook)
        claimed_.insert(what.state.writer);
    of.seen = view.replicas = what.replicas;
    view.template_digest += what.restart ? 1 : 0;
    view.update = what.restart ? update_state::updating : view.update;
    view.previous_state = std::exchange(view.state, what.state);
    ++view.version;
    at(now_ + random_.seconds(0, 30), [&view] { view.running = view.replicas; });
    return true;
}

void polled_world::carry_out(action::post const& what) {
    ++asked_["post"];
    if (++posts_ > std::ssize(claimed_))
        broken("a message without a write that claims it");
    bool const fails = random_.chance(20);
    at(now_ + duration(random_.pick(1, 3000)), [this, life = lives_.size(), made = what.what, fails] {
        if (life == lives_.size())
            tell([now = now_, made, fails](engine& who) {
                return who.on(event::post_finished{made, fails ? "refused" : "", now});
            });
    });
}

// ---- Prometheus ----

query_answer polled_world::answer_to(service const& of) {
    if (!prometheus_lives_ || random_.chance(5))
        return {.series = {}, .error = "timeout"};
    if (random_.chance(5))
        return {.series = {}, .error = {}};
    if (random_.chance(3))
        return {.series = {std::numeric_limits<double>::quiet_NaN()}, .error = {}};
    if (random_.chance(3))
        return {.series = {of.load, of.load}, .error = {}};
    return {.series = {of.load}, .error = {}};
}

void polled_world::carry_out(action::query const& what) {
    ++asked_["query"];
    // A policy that was loaded anew, or has come back to a service, does not wait for its predecessor's
    // answer.
    auto const key = what.service + "/" + what.policy + "/" + what.rule + std::to_string(reloads_);
    in_flight_.insert(key);
    if (in_flight_.count(key) > 1 && what.policy != "shop")
        broken("a second query while one is under way");
    if (what.promql != "load{service=\"" + what.service + "\"}")
        broken("a query about another service");
    duration const takes = random_.chance(5) ? random_.seconds(2, 20) : duration(random_.pick(1, 500));
    auto answer = answer_to(services_.at(what.service));
    at(now_ + takes, [this, life = lives_.size(), what, key, answer = std::move(answer), asked = now_] {
        if (life != lives_.size())
            return;
        in_flight_.erase(in_flight_.find(key));
        answers_[{what.service, what.policy, what.rule}] = {.asked = asked, .what = answer};
        tell([now = now_, what, answer, asked](engine& who) {
            return who.on(
                event::sample_received{what.service, what.policy, what.rule, answer, asked, now, what.promql}
            );
        });
    });
}

void polled_world::carry_out(action::list_alerts const&) {
    ++asked_["list"];
    at(now_ + duration(random_.pick(1, 500)), [this, life = lives_.size()] {
        if (life != lives_.size())
            return;
        bool const answers = prometheus_lives_ && !random_.chance(10);
        std::vector<alert_spec> listed;
        for (auto const& [key, alert] : firing_) {
            listed.push_back(alert);
            listed.back().source = alert_source::listed;
            listed.back().ends_at.reset();
        }
        auto const body = std::make_shared<notices>(answers ? listed : std::vector<alert_spec>{});
        tell([now = now_, body, answers](engine& who) {
            return who.on(event::alerts_listed{body->views(), answers ? "" : "away", now});
        });
    });
}

void polled_world::send(std::vector<alert_spec> alerts) {
    auto const body = std::make_shared<notices>(std::move(alerts));
    tell([now = now_, body](engine& who) { return who.on(event::alerts_received{body->views(), now}); });
}

void polled_world::repeat_alerts() {
    if (prometheus_lives_) {
        std::vector<alert_spec> all{firing("Watchdog")};
        for (auto const& [key, alert] : firing_)
            all.push_back(alert);
        for (auto& each : all)
            each.ends_at = now_ + 240s;
        send(std::move(all));
    }
    at(now_ + 60s, [this] { repeat_alerts(); });
}

// ---- what happens ----

void polled_world::happen() {
    for (auto& [name, each] : services_)
        each.load = std::clamp(each.load + static_cast<double>(random_.pick(-20, 20)), 0.0, 100.0);
    if (random_.chance(50))
        change_alert();
    else if (random_.chance(60))
        change_service(random_.chance(60) ? services_.at("web") : services_.at("shop_api"));
    else if (random_.chance(20))
        prometheus_lives_ = random_.chance(50);
    else if (random_.chance(10))
        tell([now = now_](engine& who) { return who.on(event::node_joined{"node", now}); });
    else if (random_.chance(10))
        reload();
    else if (random_.chance(10))
        boot();
    at(now_ + duration(random_.pick(100, 9000)), [this] { happen(); });
}

void polled_world::reload() {
    ++reloads_;
    file_ = files_[random_.chance(50) ? 0 : 1];
    tell([now = now_, file = file_](engine& who) { return who.on(event::policy_replaced{file, now}); });
}

void polled_world::change_alert() {
    if (!prometheus_lives_)
        return;
    std::string const name = alert_names[static_cast<std::size_t>(random_.pick(0, 3))];
    std::string const svc = random_.chance(50) ? "shop_api" : "";
    auto const known = firing_.find({name, svc});
    if (known != firing_.end()) {
        auto over = known->second;
        firing_.erase(known);
        over.ends_at = now_;
        if (random_.chance(80)) // else it runs out
            send({over});
        return;
    }
    auto alert = firing(name, now_ - duration(random_.pick(0, 2000)));
    if (!svc.empty())
        alert.labels["svc"] = svc;
    alert.ends_at = now_ + 240s;
    firing_[{name, svc}] = alert;
    send({alert});
}

void polled_world::change_service(service& which) {
    auto& view = which.view;
    if (in_rollout(view.update) || random_.chance(30)) {
        view.update =
            random_.chance(70) ? update_state::completed : static_cast<update_state>(random_.pick(0, 6));
        view.rollback_at_risk = random_.chance(50);
    } else if (random_.chance(20)) {
        view.pause = random_.chance(80) ? pause_mode::none : static_cast<pause_mode>(random_.pick(1, 3));
        view.opted_in = random_.chance(75);
    } else if (random_.chance(30)) {
        view.stuck = random_.chance(70) ? stuck_state::none : stuck_state::crash_looping;
        view.running = random_.pick(0, view.replicas);
    } else if (random_.chance(50)) { // an operator
        view.replicas = view.running.emplace(random_.pick(0, 14));
        view.previous_state = view.state;
    } else { // a deploy
        view.replicas = view.running.emplace(random_.pick(1, 4));
        if (view.state)
            view.previous_state = std::exchange(view.state, std::nullopt);
        ++view.template_digest;
    }
    ++view.version;
    if (random_.chance(70))
        tell([now = now_, id = view.id, name = view.name](engine& who) {
            return who.on(event::service_changed{id, name, now});
        });
}

} // namespace autoscaler::policy::testing
