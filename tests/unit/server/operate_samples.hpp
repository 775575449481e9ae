// Values that several of these tests look at.
#pragma once

#include "policy/core/status.hpp"

namespace autoscaler::server::samples {

using namespace std::chrono_literals;

// 2026-11-20T09:00:00Z.
inline constexpr policy::time_point nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 9h;

inline policy::decision scaled_up() {
    policy::decision what;
    what.at = nine + 123ms;
    what.service = "hosp_patient";
    what.action = policy::decided_action::up;
    what.from = 2;
    what.to = 3;
    what.why = policy::reason::alert;
    what.policy = "patient";
    what.rule = "busy";
    what.alerts = {0x3fff2c2d7595e046, 0xf6};
    what.trace = {
        {.stage = "rule", .policy = "patient", .rule = "busy", .in = 2, .out = 3, .why = "alert"},
        {.stage = "write", .policy = "", .rule = "", .in = 2, .out = 3, .why = "alert"},
    };
    what.values = {
        {.policy = "patient", .rule = "cpu", .value = 12.5, .detail = ""},
        {.policy = "patient", .rule = "rps", .value = {}, .detail = "no answer in time"},
    };
    what.version = 41;
    return what;
}

inline policy::decision held(std::string service, policy::reason why, policy::time_point at) {
    policy::decision what;
    what.at = at;
    what.service = std::move(service);
    what.from = what.to = 2;
    what.why = why;
    return what;
}

inline policy::service_status patient() {
    policy::service_status status;
    status.service = "patient";
    status.policies = {"patient"};
    policy::service_view view;
    view.id = "id1";
    view.name = "hosp_patient";
    view.version = 42;
    view.replicas = 3;
    view.running = 2;
    status.view = view;
    status.wanted = 3;
    status.bounds = {.min = 1, .max = 10};
    status.active_rules = {
        {.policy = "patient", .rule = "busy", .since = nine - 60s, .acted = nine},
    };
    status.cooldown_up_until = nine + 60s;
    status.last_decision = scaled_up();
    return status;
}

// Named in a policy, never seen.
inline policy::service_status missing(std::string name) {
    policy::service_status status;
    status.service = std::move(name);
    status.policies = {"other"};
    status.bounds = {.min = 2, .max = 4};
    status.error = "service_not_found";
    return status;
}

} // namespace autoscaler::server::samples
