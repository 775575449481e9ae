#include "tests/simulation/drawn_policies.hpp"

#include "policy/yaml/load_policy.hpp"

#include <algorithm>
#include <stdexcept>

namespace autoscaler::simulation {

namespace {

std::string number(std::int64_t of) {
    return std::to_string(of);
}

std::string seconds(chance& dice, std::int64_t low, std::int64_t high) {
    return number(dice.pick(low, high)) + "s";
}

// ` key: value` of a line in flow style.
void add(std::string& to, std::string_view key, std::string_view value) {
    to.append(", ").append(key).append(": ").append(value);
}

std::string limits(chance& dice) {
    if (dice.percent(12))
        return "disabled";
    std::string const first = number(dice.pick(1, 3)) + "/" + seconds(dice, 20, 90);
    return dice.percent(50)
               ? "[" + first + "]"
               : "[" + first + ", " + number(dice.pick(10, 100)) + "%/" + seconds(dice, 15, 60) + "]";
}

// What a policy of either kind may have beside its rules.
void add_manners(std::string& to, chance& dice, bool plain) {
    auto const line = [&](std::string_view text) { to.append("  ").append(text).append("\n"); };
    line("min: " + number(dice.pick(1, 3)));
    line("max: " + number(dice.pick(5, 10)));
    line("cooldown: {up: " + seconds(dice, plain ? 10 : 0, 60) + ", down: " + seconds(dice, 10, 100) + "}");
    line("converge_timeout: " + seconds(dice, 5, 60));
    if (dice.percent(30))
        line("on_stuck: continue");
    if (dice.percent(40))
        line("on_external: restore");
    if (dice.percent(30))
        line("zero: managed");
    if (dice.percent(40))
        line("return: {after: " + seconds(dice, 30, 200) + ", by: " + number(dice.pick(1, 2)) + "}");
    if (plain)
        return;
    if (dice.percent(40))
        line("stabilize: {up: " + seconds(dice, 0, 40) + ", down: " + seconds(dice, 0, 90) + "}");
    if (dice.percent(50))
        line("limits: {up: " + limits(dice) + ", down: " + limits(dice) + "}");
    if (dice.percent(40))
        line("warmup: " + seconds(dice, 5, 60));
    line("during_update: " + std::string(dice.one_of({"hold", "hold", "allow_up", "allow"})));
    if (dice.percent(25))
        line(
            "schedules: [{name: w, start: '*/" + number(dice.pick(3, 9)) +
            " * * * *', end: " + seconds(dice, 30, 170) + ", " +
            (dice.percent(50) ? "min: " + number(dice.pick(2, 5)) : "max: " + number(dice.pick(4, 5))) + "}]"
        );
}

std::string alert_rule(chance& dice, std::string_view alert, std::string_view service, std::string scale) {
    std::string text =
        "  - {name: " + std::string(alert) + ", matchers: ['alertname=\"" + std::string(alert) + "\"'";
    if (!service.empty()) // else the alert names it
        text.append(", 'svc=\"").append(service).append("\"'");
    text += "], scale: " + scale;
    if (scale == "hold")
        return text + "}\n";
    if (dice.percent(35))
        add(text, "for", seconds(dice, 1, 30));
    if (dice.percent(40))
        add(text, "repeat", dice.percent(50) ? "false" : seconds(dice, 10, 90));
    if (dice.percent(50))
        add(text, "on_resolved", dice.one_of({"revert", "-1", "-25%", "min", "=3"}));
    return text + "}\n";
}

std::string alert_rules(chance& dice, std::string_view service) {
    std::string const up(dice.one_of({"+1", "+1", "+1", "+2", "+50%", "=6", "max"}));
    std::string text = alert_rule(dice, "Up", service, up);
    if (dice.percent(60))
        text += alert_rule(dice, "Down", service, std::string(dice.one_of({"-1", "-1", "-25%", "min"})));
    if (dice.percent(30))
        text += alert_rule(dice, "Keep", service, "hold");
    return text;
}

std::string missing_data(chance& dice) {
    if (dice.percent(60))
        return std::string(dice.one_of({"hold", "ignore", "zero"}));
    return "{replicas: " + number(dice.pick(2, 8)) + ", after: " + seconds(dice, 0, 40) +
           (dice.percent(50) ? ", mode: exact" : "") + "}";
}

std::string query_rule(chance& dice) {
    std::string text =
        "  - name: load\n    query: load{service=\"$service\"}\n    every: " + seconds(dice, 2, 20) +
        "\n    on_missing: " + missing_data(dice) + "\n";
    if (dice.percent(50)) {
        text += "    mode: " + std::string(dice.one_of({"average", "average", "total", "replicas"})) +
                "\n    target: " + number(dice.pick(8, 30)) + "\n";
        if (dice.percent(40))
            text += "    tolerance: 0.3\n";
        return text;
    }
    auto const wait = [&] { return dice.percent(40) ? ", for: " + seconds(dice, 1, 30) : std::string(); };
    return text + "    steps: [{when: '> 60', scale: +1" + wait() + "}, {when: '> 85', scale: +3" + wait() +
           "}, {when: '< 30', scale: -1" + wait() + "}, {when: '< 10', scale: -2" + wait() + "}]\n";
}

std::string act_rule(chance& dice, std::string_view service) {
    bool const node = dice.percent(60);
    std::string text = "  - {name: act";
    text += node ? ", on: node_joined"
                 : ", matchers: ['alertname=\"Act\"', 'svc=\"" + std::string(service) + "\"']";
    bool const restart = !node || dice.percent(40);
    add(text, "action", restart ? "restart" : "webhook");
    if (!restart)
        add(text, "webhook", "{url: 'http://receiver.test/'}");
    add(text, "action_cooldown", seconds(dice, 20, 200));
    return text + "}\n";
}

std::string policy_of(chance& dice, std::string_view name, bool polled, bool plain) {
    std::string text = "- name: " + std::string(name) + "\n";
    text += name == shop ? "  service: {label: svc, allow: 'shop_.*'}\n"
                         : "  service: " + std::string(name) + "\n";
    add_manners(text, dice, plain);
    text += "  rules:\n";
    if (!polled || dice.percent(50))
        text += alert_rules(dice, name == shop ? "" : name);
    if (polled)
        text += query_rule(dice);
    if (name != shop && dice.percent(40))
        text += act_rule(dice, name);
    return text;
}

drawn_policies load(std::string text, std::vector<std::string> services) {
    auto loaded = policy::load_policy(text, "policy.yml");
    if (!loaded.policies) {
        std::string faults = text;
        for (auto const& each : loaded.faults)
            faults += to_string(each) + "\n";
        throw std::runtime_error(faults);
    }
    return {
        .text = std::move(text),
        .file = std::make_shared<policy::policy_set const>(*std::move(loaded.policies)),
        .services = std::move(services)
    };
}

// The first number after `key` grows or shrinks.
void change_number(std::string& text, std::string_view key, std::int64_t by) {
    auto const at = text.find(key);
    if (at == std::string::npos)
        return;
    auto const begin = at + key.size();
    auto const end = text.find_first_not_of("0123456789", begin);
    std::int64_t const old = std::stoll(text.substr(begin, end - begin));
    text.replace(begin, end - begin, number(std::max<std::int64_t>(1, old + by)));
}

} // namespace

drawn_policies draw_policies(chance& dice) {
    std::string text = "version: 1\nprometheus: {url: 'http://prometheus.test:9090', reconcile: " +
                       (dice.percent(50) ? seconds(dice, 20, 90) : std::string("0s")) + "}\n";
    if (dice.percent(60))
        text += "liveness: {matchers: ['alertname=\"Watchdog\"'], within: 3m}\n";
    text += "policies:\n";
    std::vector<std::string> services{std::string(web)};
    text += policy_of(dice, web, dice.percent(15), dice.percent(60));
    if (dice.percent(35)) {
        services.emplace_back(api);
        text += policy_of(dice, api, true, dice.percent(30));
    }
    if (dice.percent(25)) {
        services.emplace_back(shop);
        text += policy_of(dice, shop, false, dice.percent(50));
    }
    if (dice.percent(8))
        text += "- {name: everywhere, service: everywhere, alert: Up, scale: +1, max: 5}\n";
    if (dice.percent(8))
        text += "- {name: missing, service: missing, alert: Up, scale: +1, max: 5}\n";
    if (dice.percent(8))
        text += "- {name: idle, service: idle, enabled: false, alert: Up, scale: +1, max: 5}\n";
    if (dice.percent(12))
        text += "- {name: candidate, service: web, dry_run: true, max: 8, rules: [{name: more, matchers: "
                "['alertname=\"Up\"'], scale: +2}]}\n";
    return load(std::move(text), std::move(services));
}

drawn_policies draw_other_version(drawn_policies const& of, chance& dice) {
    std::string text = of.text;
    bool const lower = dice.percent(50) && text.find("schedules:") == std::string::npos;
    change_number(text, "  max: ", lower ? -2 : 2);
    if (!lower && dice.percent(50))
        change_number(text, "  min: ", 1);
    return load(std::move(text), of.services);
}

} // namespace autoscaler::simulation
