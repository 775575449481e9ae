#include "tests/simulation/monitoring.hpp"

#include <algorithm>
#include <limits>

namespace autoscaler::simulation {

namespace {

constexpr duration resolved_retention = 15min; // Prometheus repeats the end of an alert for so long
constexpr duration webhook_repeat = 60s;

} // namespace

monitoring::monitoring(stage& on, std::vector<std::string> services)
    : stage_(on), services_(std::move(services)) {
    resend_ = stage_.dice.between(15s, 60s);
    webhooks_ = stage_.dice.percent(30);
    for (auto const& each : services_)
        load_[each] = static_cast<double>(stage_.dice.pick(0, 100));
}

void monitoring::start() {
    repeat();
    if (webhooks_)
        repeat_webhooks();
    wander();
}

void monitoring::wander() {
    for (auto& [name, value] : load_)
        value = std::clamp(value + static_cast<double>(stage_.dice.pick(-25, 25)), 0.0, 120.0);
    stage_.time.after(10s, [this] { wander(); });
}

std::optional<time_point> monitoring::fires(std::string const& alert, std::string const& service) const {
    auto const found = alerts_.find({alert, service});
    return found == alerts_.end() || found->second.over ? std::nullopt : std::optional(found->second.since);
}

bool monitoring::hears(std::size_t which) const {
    auto const deaf = deaf_until_.find(which);
    return deaf == deaf_until_.end() || deaf->second <= stage_.time.now();
}

// ---- truth ----

void monitoring::happen() {
    auto const& service = services_[static_cast<std::size_t>(stage_.dice.pick(0, std::ssize(services_) - 1))];
    auto const name = stage_.dice.one_of({"Up", "Up", "Up", "Down", "Keep", "Act"});
    change({std::string(name), service});
}

void monitoring::change(key const& which) {
    auto const found = alerts_.find(which);
    if (found == alerts_.end() || found->second.over)
        return begin(which, webhooks_ && stage_.dice.percent(50));
    found->second.over = stage_.time.now();
    stage_.say("alert", which.first + " of " + which.second + " is over");
    tell(which, found->second);
}

void monitoring::begin(key const& which, bool by_webhook) {
    stage_.say("alert", which.first + " of " + which.second + " fires" + (by_webhook ? " (webhook)" : ""));
    auto& made = alerts_[which];
    made = {.since = stage_.time.now(), .over = {}, .by_webhook = by_webhook};
    tell(which, made);
}

told_alert monitoring::notice(key const& which, truth const& what) const {
    told_alert made{
        .name = which.first, .service = which.second, .starts_at = what.since, .ends_at = what.over
    };
    if (what.by_webhook) {
        made.source = policy::alert_source::webhook;
        made.resolved = what.over.has_value();
    } else if (!what.over) {
        made.ends_at = stage_.time.now() + 4 * resend_; // as Prometheus does
    }
    return made;
}

// ---- Prometheus ----

void monitoring::die(duration time) {
    stage_.say("prometheus", "is dead");
    stage_.counts.note(incident::prometheus_dead);
    if (time > 4 * resend_)
        stage_.counts.note(incident::alert_expired);
    dead_until_ = stage_.time.now() + time;
    stage_.time.at(dead_until_, [this] {
        if (stage_.time.now() < dead_until_)
            return;
        stage_.say("prometheus", "lives");
        stage_.counts.note(incident::prometheus_restarted);
        for (auto& [which, what] : alerts_)
            if (!what.over && !what.by_webhook && stage_.dice.percent(50))
                what.since = stage_.time.now(); // it has forgotten since when
    });
}

void monitoring::tell(key const& which, truth const& what) {
    if (what.by_webhook)
        relay({notice(which, what)});
    else if (stage_.time.now() >= dead_until_)
        deliver({notice(which, what)});
}

void monitoring::repeat() {
    if (stage_.time.now() >= dead_until_) {
        std::vector<told_alert> all;
        all.push_back(notice({"Watchdog", ""}, {.since = beginning, .over = {}, .by_webhook = false}));
        for (auto const& [which, what] : alerts_)
            if (!what.by_webhook && (!what.over || stage_.time.now() - *what.over < resolved_retention))
                all.push_back(notice(which, what));
        deliver(all);
    }
    stage_.time.after(resend_, [this] { repeat(); });
}

void monitoring::repeat_webhooks() {
    for (auto const& [which, what] : alerts_)
        if (what.by_webhook && !what.over)
            relay({notice(which, what)});
    stage_.time.after(webhook_repeat, [this] { repeat_webhooks(); });
}

void monitoring::deliver(std::vector<told_alert> const& alerts) {
    for (std::size_t which = 0; which < all_->size(); ++which)
        deliver_to(which, alerts);
}

// A webhook reaches one of them, and that one tells its peers.
void monitoring::relay(std::vector<told_alert> const& alerts) {
    auto const first = static_cast<std::size_t>(stage_.dice.pick(0, std::ssize(*all_) - 1));
    for (std::size_t which = 0; which < all_->size(); ++which)
        if (which == first || ((*all_)[first]->alive() && !stage_.strikes(5, incident::relay_lost)))
            deliver_to(which, alerts);
}

void monitoring::deliver_to(std::size_t which, std::vector<told_alert> const& alerts) {
    if (!hears(which))
        return stage_.counts.note(incident::alert_unheard);
    if (stage_.strikes(3, incident::alert_lost))
        return;
    auto const send = [&](duration wait) {
        stage_.time.after(wait, [this, which, alerts] { (*all_)[which]->hear(alerts); });
    };
    duration wait = stage_.dice.between(1ms, 20ms);
    if (stage_.strikes(3, incident::alert_late)) {
        wait = stage_.dice.between(1s, 50s);
        stage_.counts.note(incident::alert_out_of_order); // what is sent next overtakes it
    }
    send(wait);
    if (stage_.strikes(3, incident::alert_twice))
        send(stage_.dice.between(1ms, 20s));
}

void monitoring::deafen(std::size_t which, duration time) {
    stage_.say("alert", "a" + std::to_string(which) + " hears nothing");
    deaf_until_[which] = stage_.time.now() + time;
}

void monitoring::calm_down(std::vector<std::pair<std::string, std::string>> const& fire) {
    deaf_until_.clear();
    dead_until_ = stage_.time.now();
    for (auto& [which, what] : alerts_)
        if (!what.over && std::ranges::find(fire, which) == fire.end()) {
            what.over = stage_.time.now();
            stage_.say("alert", which.first + " of " + which.second + " is over");
        }
    for (auto const& which : fire)
        if (!fires(which.first, which.second))
            begin(which, false);
    std::vector<told_alert> api;
    for (auto const& [which, what] : alerts_)
        if (what.by_webhook)
            for (std::size_t to = 0; to < all_->size(); ++to)
                deliver_to(to, {notice(which, what)});
        else
            api.push_back(notice(which, what));
    deliver(api);
}

// ---- what it is asked ----

void monitoring::query(autoscaler& by, policy::action::query what) {
    bool const dead = stage_.time.now() < dead_until_ || stage_.strikes(4, incident::prometheus_dead);
    policy::query_answer answer;
    auto const load = load_.find(what.service);
    if (dead)
        answer.error = "timeout";
    else if (load != load_.end() && (stage_.calm || !stage_.dice.percent(4)))
        answer.series = {load->second};
    if (!stage_.calm && !answer.series.empty() && stage_.dice.percent(3))
        answer.series.push_back(std::numeric_limits<double>::quiet_NaN());
    duration const takes = !stage_.calm && stage_.dice.percent(5) ? stage_.dice.between(1s, 15s)
                                                                  : stage_.dice.between(1ms, 300ms);
    stage_.time.after(
        takes,
        [&by, life = by.life(), what = std::move(what), answer = std::move(answer), asked = by.clock()] {
            by.answer_query(life, what, answer, asked);
        }
    );
}

void monitoring::list_alerts(autoscaler& by) {
    stage_.time.after(stage_.dice.between(1ms, 300ms), [this, &by, life = by.life()] {
        bool const answers = stage_.time.now() >= dead_until_ && (stage_.calm || !stage_.dice.percent(5));
        std::vector<told_alert> listed;
        for (auto const& [which, what] : alerts_)
            if (!what.over)
                listed.push_back(
                    {.name = which.first,
                     .service = which.second,
                     .starts_at = what.since,
                     .ends_at = {},
                     .source = policy::alert_source::listed}
                );
        if (!answers)
            listed.clear();
        by.answer_list(life, listed, answers ? "" : "away");
    });
}

void monitoring::post(autoscaler& by, policy::action::post what) {
    std::string error;
    if (stage_.strikes(25, incident::message_failed))
        error = "refused";
    stage_.time.after(stage_.dice.between(1ms, 2s), [&by, life = by.life(), made = what.what, error] {
        by.answer_post(life, made, error);
    });
}

} // namespace autoscaler::simulation
