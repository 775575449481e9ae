#include "support/random_policy.hpp"

#include <utility>

namespace autoscaler::policy::testing {

namespace {

rule random_alert_rule(dice& random, std::string const& alert) {
    auto const sign = alert == "Down" ? -1 : 1;
    scale_expression scale = by(sign * random.pick(1, 3));
    if (random.chance(25))
        scale = percent(sign * random.pick(10, 60));
    else if (random.chance(15))
        scale = exactly(random.pick(0, 12));
    else if (random.chance(10))
        scale.what = sign > 0 ? scale_expression::kind::max : scale_expression::kind::min;
    if (alert == "Keep")
        scale = {.what = scale_expression::kind::hold, .amount = 0};
    auto made = on_alert(alert, alert, scale);
    auto& what = std::get<alert_rule>(made.kind);
    what.for_ = random.chance(30) ? random.seconds(1, 30) : 0s;
    what.repeat.what = static_cast<repeat_rhythm::kind>(random.pick(0, 2));
    what.repeat.interval = random.seconds(10, 120);
    what.on_resolved.what = static_cast<resolved_action::kind>(random.chance(20) ? 0 : random.pick(1, 2));
    what.on_resolved.scale = random.chance(50) ? by(-sign * random.pick(1, 2)) : percent(-sign * 25);
    return made;
}

missing_rule random_missing(dice& random) {
    return {
        .what = static_cast<missing_rule::kind>(random.chance(40) ? 3 : random.pick(0, 2)),
        .replicas = random.pick(0, 10),
        .after = random.seconds(0, 30),
        .at_least = random.chance(60)
    };
}

rule random_query_rule(dice& random) {
    rule made = on_target("target", static_cast<double>(random.pick(5, 30)));
    if (random.chance(50)) {
        auto const wait = [&] { return random.chance(40) ? random.seconds(1, 40) : 0s; };
        made = on_steps(
            "steps",
            {above(60, random.chance(30) ? percent(50) : by(random.pick(1, 2)), wait()),
             above(80, random.chance(30) ? exactly(8) : by(3), wait()),
             below(30, by(-1), wait()),
             below(10, by(-2), wait())}
        );
        std::get<step_rule>(made.kind).query.on_missing = random_missing(random);
        return made;
    }
    auto& what = std::get<target_rule>(made.kind);
    what.what = static_cast<target_rule::mode>(random.pick(0, 2));
    what.tolerance_up = 0.05 * static_cast<double>(random.pick(0, 3));
    what.query.on_missing = random_missing(random);
    return made;
}

rule random_act(dice& random) {
    auto const what = random.chance(50) ? action_rule::kind::restart : action_rule::kind::webhook;
    auto made = act_on("act", what, random.chance(50) ? "Act" : "");
    std::get<action_rule>(made.kind).for_ = random.chance(30) ? random.seconds(1, 30) : 0s;
    std::get<action_rule>(made.kind).cooldown = random.seconds(0, 120);
    return made;
}

direction_limits random_limits(dice& random) {
    direction_limits limits;
    if (random.chance(60))
        return limits;
    limits.disabled = random.chance(10);
    limits.which = random.chance(50) ? direction_limits::select::max : direction_limits::select::min;
    for (auto i = random.pick(1, 2); i > 0; --i)
        limits.entries.push_back(
            {.amount = random.pick(1, 4), .percent = false, .period = random.seconds(5, 120)}
        );
    if (random.chance(40))
        limits.entries.back() = {.amount = random.pick(5, 100), .percent = true, .period = 60s};
    return limits;
}

schedule_window random_window(dice& random) {
    auto const start = "*/" + std::to_string(random.pick(3, 9)) + " * * * *";
    schedule_window made{
        .name = "w",
        .start = std::get<cron_expression>(cron_expression::parse(start)),
        .end = random.seconds(30, 200),
        .zone = *time_zone::find("UTC"),
        .min = {},
        .max = {}
    };
    if (random.chance(50))
        made.min = random.pick(1, 6);
    else
        made.max = random.pick(5, 9);
    return made;
}

} // namespace

service_policy random_policy(dice& random, std::string name) {
    std::vector<rule> rules;
    for (auto const* alert : {"Up", "Down", "Keep"})
        if (random.chance(*alert == 'U' ? 70 : 40))
            rules.push_back(random_alert_rule(random, alert));
    if (rules.empty() || random.chance(60))
        rules.push_back(random_query_rule(random));
    for (auto& each : rules)
        each.priority = random.chance(20) ? static_cast<int>(random.pick(1, 3)) : 0;
    if (random.chance(60))
        rules.push_back(random_act(random));

    auto policy = a_policy(std::move(rules));
    policy.name = std::move(name);
    policy.min = random.pick(0, 3);
    policy.max = random.pick(8, 14);
    policy.zero = random.chance(70) ? zero_mode::managed : zero_mode::ignore;
    policy.cooldown = {.up = random.seconds(0, 60), .down = random.seconds(0, 90)};
    if (random.chance(40))
        policy.stabilize = {.up = random.seconds(0, 40), .down = random.seconds(0, 90)};
    policy.limit_up = random_limits(random);
    policy.limit_down = random_limits(random);
    policy.warmup = random.chance(30) ? random.seconds(5, 60) : 0s;
    policy.converge_timeout = random.seconds(0, 120);
    policy.on_stuck = random.chance(70) ? stuck_mode::hold : stuck_mode::proceed;
    policy.during_update = static_cast<update_conduct>(random.pick(0, 2));
    policy.on_external = random.chance(50) ? external_mode::restore : external_mode::adopt;
    if (random.chance(50))
        policy.give_back = return_rule{.after = random.seconds(20, 200), .by = by(random.pick(1, 2))};
    while (random.chance(25))
        policy.schedules.push_back(random_window(random));
    return policy;
}

} // namespace autoscaler::policy::testing
