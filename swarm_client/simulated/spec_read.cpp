#include "swarm_client/simulated/go_json.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

using namespace std::string_view_literals;

// The members of engine 20.10's types; its decoder drops all others.
constexpr std::array spec_names{
    "Name"sv,
    "Labels"sv,
    "TaskTemplate"sv,
    "Mode"sv,
    "UpdateConfig"sv,
    "RollbackConfig"sv,
    "Networks"sv,
    "EndpointSpec"sv
};
constexpr std::array template_names{
    "PluginSpec"sv,
    "ContainerSpec"sv,
    "NetworkAttachmentSpec"sv,
    "Resources"sv,
    "RestartPolicy"sv,
    "Placement"sv,
    "Networks"sv,
    "LogDriver"sv,
    "ForceUpdate"sv,
    "Runtime"sv
};
constexpr std::array container_names{
    "Image"sv,     "Labels"sv,        "Command"sv,       "Args"sv,       "Hostname"sv, "Env"sv,
    "Dir"sv,       "User"sv,          "Groups"sv,        "Privileges"sv, "Init"sv,     "StopSignal"sv,
    "TTY"sv,       "OpenStdin"sv,     "ReadOnly"sv,      "Mounts"sv,     "Hosts"sv,    "StopGracePeriod"sv,
    "DNSConfig"sv, "Secrets"sv,       "Configs"sv,       "Isolation"sv,  "Sysctls"sv,  "Healthcheck"sv,
    "Ulimits"sv,   "CapabilityAdd"sv, "CapabilityDrop"sv
};
constexpr std::array mode_names{"Replicated"sv, "Global"sv, "ReplicatedJob"sv, "GlobalJob"sv};
constexpr std::array replicated_names{"Replicas"sv};
constexpr std::array update_names{
    "Parallelism"sv, "Delay"sv, "FailureAction"sv, "Monitor"sv, "MaxFailureRatio"sv, "Order"sv
};
constexpr std::array restart_names{"Condition"sv, "Delay"sv, "MaxAttempts"sv, "Window"sv};

// Reads one posted Spec. Faults of decoding come before faults of meaning, as in the engine.
class spec_reader {
public:
    std::variant<model::service_spec, api_error> read(json const& posted);

private:
    json take(json& from, char const* name) {
        auto const found = from.find(name);
        if (found == from.end())
            return nullptr;
        json taken = std::move(*found);
        from.erase(found);
        return taken;
    }

    void refuse(unsigned status, std::string message) {
        if (!refused_)
            refused_ = api_error{status, std::move(message)};
    }

    void refuse_argument(std::string const& what) {
        refuse(400, "rpc error: code = InvalidArgument desc = " + what);
    }

    model::duration time(json const& value, std::string_view field) {
        return model::duration{go_.signed_number(value, field, "time.Duration")};
    }

    void read_labels(json const& value);
    void read_template(json const& value);
    void read_container(json& task);
    void read_restart(json const& value);
    void read_mode(json const& value, json& rest);
    std::optional<model::update_config> read_update(json const& value, std::string_view which);
    void check_name();

    model::service_spec spec_;
    go_reader go_;
    std::optional<api_error> refused_;
};

std::variant<model::service_spec, api_error> spec_reader::read(json const& posted) {
    auto rest = known_members(go_.object(posted, "", "swarm.ServiceSpec"), spec_names);
    spec_.name = go_.text(take(rest, "Name"), "ServiceSpec.Name");
    read_labels(take(rest, "Labels"));
    read_template(take(rest, "TaskTemplate"));
    auto const endpoint =
        go_.object(take(rest, "EndpointSpec"), "ServiceSpec.EndpointSpec", "swarm.EndpointSpec");
    if (!endpoint.empty())
        spec_.task.endpoint = endpoint.dump();
    spec_.update = read_update(take(rest, "UpdateConfig"), "update");
    spec_.rollback = read_update(take(rest, "RollbackConfig"), "rollback");
    read_mode(take(rest, "Mode"), rest);
    check_name();
    spec_.rest = rest.empty() ? std::string{} : rest.dump();
    if (!go_.error().empty())
        return api_error{400, go_.error()};
    if (refused_)
        return *std::move(refused_);
    return std::move(spec_);
}

void spec_reader::read_labels(json const& value) {
    auto const labels = go_.object(value, "ServiceSpec.Labels", "map[string]string");
    for (auto const& [key, label] : labels.items())
        spec_.labels[key] = go_.text(label, "ServiceSpec.Labels");
}

void spec_reader::read_template(json const& value) {
    auto task =
        known_members(go_.object(value, "ServiceSpec.TaskTemplate", "swarm.TaskSpec"), template_names);
    spec_.task.force_update =
        go_.unsigned_number(take(task, "ForceUpdate"), "TaskSpec.TaskTemplate.ForceUpdate");
    task["Runtime"] = task.value("Runtime", json("container"));
    if (task["Runtime"] == "")
        task["Runtime"] = "container";
    if (!task.contains("ContainerSpec"))
        refuse(400, "mismatched Runtime and *Spec fields");
    read_container(task);
    read_restart(take(task, "RestartPolicy"));
    if (auto const placement = task.find("Placement"); placement != task.end() && placement->is_object()) {
        spec_.task.constraints =
            go_.texts(take(*placement, "Constraints"), "Placement.TaskTemplate.Placement.Constraints");
        if (placement->empty())
            task.erase(placement);
    }
    for (auto const& one : spec_.task.constraints)
        if (one.find("==") == std::string::npos && one.find("!=") == std::string::npos)
            refuse(500, "rpc error: code = Unknown desc = constraint expected one operator from ==, !=");
    spec_.task.rest = task.dump();
}

void spec_reader::read_container(json& task) {
    auto container = known_members(
        go_.object(
            task.value("ContainerSpec", json()), "TaskSpec.TaskTemplate.ContainerSpec", "swarm.ContainerSpec"
        ),
        container_names
    );
    constexpr auto field = "ContainerSpec.TaskTemplate.ContainerSpec."sv;
    auto const named = [&](std::string_view name) { return std::string{field} + std::string{name}; };
    spec_.task.image = go_.text(take(container, "Image"), named("Image"));
    spec_.task.command = go_.texts(take(container, "Command"), named("Command"));
    spec_.task.args = go_.texts(take(container, "Args"), named("Args"));
    spec_.task.env = go_.texts(take(container, "Env"), named("Env"));
    if (auto const grace = take(container, "StopGracePeriod"); !grace.is_null())
        spec_.task.stop_grace = time(grace, named("StopGracePeriod"));
    if (!container.contains("Isolation") || container["Isolation"] == "")
        container["Isolation"] = "default";
    if (spec_.task.image.empty())
        refuse_argument("ContainerSpec: image reference must be provided");
    task["ContainerSpec"] = std::move(container);
}

void spec_reader::read_restart(json const& value) {
    if (value.is_null())
        return;
    constexpr auto place = "RestartPolicy.TaskTemplate.RestartPolicy."sv;
    auto const named = [&](std::string_view name) { return std::string{place} + std::string{name}; };
    auto policy = known_members(
        go_.object(value, "TaskSpec.TaskTemplate.RestartPolicy", "swarm.RestartPolicy"), restart_names
    );
    model::restart_policy read;
    auto const condition = go_.text(take(policy, "Condition"), named("Condition"));
    if (condition == "none")
        read.condition = model::restart_condition::none;
    else if (condition == "on-failure")
        read.condition = model::restart_condition::on_failure;
    else if (condition != "any" && !condition.empty())
        refuse(400, "invalid RestartCondition: \"" + condition + "\"");
    if (auto const delay = take(policy, "Delay"); !delay.is_null())
        read.delay = time(delay, named("Delay"));
    if (auto const window = take(policy, "Window"); !window.is_null())
        read.window = time(window, named("Window"));
    read.max_attempts = go_.unsigned_number(take(policy, "MaxAttempts"), named("MaxAttempts"));
    spec_.task.restart = read;
}

std::optional<model::update_config> spec_reader::read_update(json const& value, std::string_view which) {
    if (value.is_null())
        return std::nullopt;
    auto const place = which == "update" ? "UpdateConfig.UpdateConfig."sv : "UpdateConfig.RollbackConfig."sv;
    auto const named = [&](std::string_view name) { return std::string{place} + std::string{name}; };
    auto config = known_members(go_.object(value, named(""), "swarm.UpdateConfig"), update_names);
    model::update_config read;
    read.parallelism = go_.unsigned_number(take(config, "Parallelism"), named("Parallelism"));
    read.delay = time(take(config, "Delay"), named("Delay"));
    read.monitor = time(take(config, "Monitor"), named("Monitor"));
    read.max_failure_ratio = go_.ratio(take(config, "MaxFailureRatio"), named("MaxFailureRatio"));
    auto const action = go_.text(take(config, "FailureAction"), named("FailureAction"));
    if (action == "continue")
        read.on_failure = model::failure_action::proceed;
    else if (action == "rollback")
        read.on_failure = model::failure_action::rollback;
    else if (action != "pause" && !action.empty())
        refuse(400, "unrecognized update failure action " + action);
    auto const order = go_.text(take(config, "Order"), named("Order"));
    if (order == "start-first")
        read.order = model::update_order::start_first;
    else if (order != "stop-first" && !order.empty())
        refuse(400, "unrecognized update order " + order);
    if (read.delay < model::duration{})
        refuse_argument("TaskSpec: update-delay cannot be negative");
    if (read.monitor < model::duration{})
        refuse_argument("TaskSpec: update-monitor cannot be negative");
    if (read.max_failure_ratio < 0 || read.max_failure_ratio > 1)
        refuse_argument("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1");
    return read;
}

void spec_reader::read_mode(json const& value, json& rest) {
    auto const mode = known_members(go_.object(value, "ServiceSpec.Mode", "swarm.ServiceMode"), mode_names);
    if (mode.size() > 1)
        refuse(400, "must specify only one service mode");
    if (mode.contains("Global")) {
        spec_.mode = model::service_mode::global;
    } else if (mode.contains("ReplicatedJob") || mode.contains("GlobalJob")) {
        spec_.mode = mode.contains("GlobalJob") ? model::service_mode::global_job
                                                : model::service_mode::replicated_job;
        rest["Mode"] = mode;
    } else if (mode.contains("Replicated")) {
        auto const replicated = known_members(
            go_.object(mode["Replicated"], "ServiceMode.Mode.Replicated", "swarm.ReplicatedService"),
            replicated_names
        );
        if (auto const count = replicated.find("Replicas"); count != replicated.end())
            spec_.replicas = go_.unsigned_number(*count, "ReplicatedService.Mode.Replicated.Replicas");
    }
    if (spec_.replicas > std::uint64_t{INT64_MAX})
        refuse_argument("Number of replicas must be non-negative");
}

// A DNS name component; an empty name is filled in later.
void spec_reader::check_name() {
    auto const good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
    auto const edge = [](unsigned char c) { return std::isalnum(c) != 0; };
    auto const& name = spec_.name;
    if (name.empty())
        return;
    if (!std::ranges::all_of(name, good) || !edge(static_cast<unsigned char>(name.front())) ||
        !edge(static_cast<unsigned char>(name.back())))
        refuse_argument("name must be valid as a DNS name component");
    else if (name.size() > 63)
        refuse_argument("name must be 63 characters or fewer");
}

} // namespace

std::variant<model::service_spec, api_error> read_spec(json const& posted) {
    return spec_reader{}.read(posted);
}

} // namespace autoscaler::swarm::simulated
