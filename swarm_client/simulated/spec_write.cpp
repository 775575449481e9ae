#include "swarm_client/simulated/spec_codec.hpp"

#include <array>
#include <charconv>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

json parsed(std::string const& text) {
    return text.empty() ? json::object() : json::parse(text, nullptr, false);
}

// The shortest decimal that reads back as the same float, as Go writes it.
double shortest(float value) {
    std::array<char, 64> written{};
    auto const end = std::to_chars(written.data(), written.data() + written.size(), value).ptr;
    double read = 0;
    std::from_chars(written.data(), end, read);
    return read;
}

json write_update(model::update_config const& config) {
    json made{
        {"Parallelism", config.parallelism},
        {"FailureAction", to_string(config.on_failure)},
        {"MaxFailureRatio", shortest(config.max_failure_ratio)},
        {"Order", to_string(config.order)},
    };
    if (config.delay != model::duration{})
        made["Delay"] = config.delay.count();
    if (config.monitor != model::duration{})
        made["Monitor"] = config.monitor.count();
    return made;
}

json write_restart(model::restart_policy const& policy) {
    json made{{"Condition", to_string(policy.condition)}, {"MaxAttempts", policy.max_attempts.value_or(0)}};
    if (policy.delay)
        made["Delay"] = policy.delay->count();
    if (policy.window)
        made["Window"] = policy.window->count();
    return made;
}

json write_template(model::task_spec const& task) {
    auto made = parsed(task.rest);
    made["ForceUpdate"] = task.force_update;
    auto& container = made["ContainerSpec"];
    container["Image"] = task.image;
    if (!task.command.empty())
        container["Command"] = task.command;
    if (!task.args.empty())
        container["Args"] = task.args;
    if (!task.env.empty())
        container["Env"] = task.env;
    if (task.stop_grace)
        container["StopGracePeriod"] = task.stop_grace->count();
    if (task.restart)
        made["RestartPolicy"] = write_restart(*task.restart);
    if (!task.constraints.empty())
        made["Placement"]["Constraints"] = task.constraints;
    return made;
}

} // namespace

json write_spec(model::service_spec const& spec) {
    auto made = parsed(spec.rest);
    made["Name"] = spec.name;
    made["Labels"] = json(spec.labels);
    made["TaskTemplate"] = write_template(spec.task);
    if (spec.mode == model::service_mode::replicated)
        made["Mode"]["Replicated"]["Replicas"] = spec.replicas;
    else if (spec.mode == model::service_mode::global)
        made["Mode"]["Global"] = json::object();
    if (spec.update)
        made["UpdateConfig"] = write_update(*spec.update);
    if (spec.rollback)
        made["RollbackConfig"] = write_update(*spec.rollback);
    if (!spec.task.endpoint.empty())
        made["EndpointSpec"] = parsed(spec.task.endpoint);
    if (spec.labels.empty())
        made["Labels"] = json::object();
    return made;
}

json write_task_spec(model::task_spec const& spec) {
    auto made = write_template(spec);
    made.erase("Runtime");
    return made;
}

} // namespace autoscaler::swarm::simulated
