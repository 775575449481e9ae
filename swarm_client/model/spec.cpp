#include "swarm_client/model/spec.hpp"

namespace autoscaler::swarm::model {

std::string_view to_string(service_mode mode) {
    switch (mode) {
    case service_mode::replicated:
        return "replicated";
    case service_mode::global:
        return "global";
    case service_mode::replicated_job:
        return "replicated-job";
    case service_mode::global_job:
        return "global-job";
    }
    return "";
}

std::string_view to_string(failure_action action) {
    switch (action) {
    case failure_action::pause:
        return "pause";
    case failure_action::proceed:
        return "continue";
    case failure_action::rollback:
        return "rollback";
    }
    return "";
}

std::string_view to_string(update_order order) {
    return order == update_order::stop_first ? "stop-first" : "start-first";
}

std::string_view to_string(restart_condition condition) {
    switch (condition) {
    case restart_condition::any:
        return "any";
    case restart_condition::on_failure:
        return "on-failure";
    case restart_condition::none:
        return "none";
    }
    return "";
}

bool equal_but_for_constraints(task_spec const& left, task_spec const& right) {
    task_spec moved = left;
    moved.constraints = right.constraints;
    return moved == right;
}

} // namespace autoscaler::swarm::model
