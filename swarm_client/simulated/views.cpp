#include "swarm_client/simulated/views.hpp"

#include "swarm_client/simulated/base64.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <array>
#include <cstdio>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

json meta(
    std::string const& id, std::uint64_t version, model::time_point created, model::time_point updated
) {
    return {
        {"ID", id},
        {"Version", {{"Index", version}}},
        {"CreatedAt", to_rfc3339(created)},
        {"UpdatedAt", to_rfc3339(updated)},
    };
}

json update_status_view(model::update_status const& shown) {
    json made{{"State", to_string(shown.state)}, {"Message", shown.message}};
    if (shown.started_at)
        made["StartedAt"] = to_rfc3339(*shown.started_at);
    if (shown.completed_at)
        made["CompletedAt"] = to_rfc3339(*shown.completed_at);
    return made;
}

} // namespace

std::string to_rfc3339(model::time_point at) {
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{at - day};
    std::array<char, 80> written{};
    auto const length = std::snprintf(
        written.data(),
        written.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%09lld",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<long long>(time.subseconds().count())
    );
    std::string text{written.data(), static_cast<std::size_t>(length)};
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text + "Z";
}

json service_view(model::cluster const& swarm, model::service const& shown, bool with_status) {
    auto made = meta(shown.id, shown.version, shown.created_at, shown.updated_at);
    made["Spec"] = write_spec(shown.spec);
    if (shown.previous_spec)
        made["PreviousSpec"] = write_spec(*shown.previous_spec);
    made["Endpoint"] = {{"Spec", json::object()}};
    if (shown.status)
        made["UpdateStatus"] = update_status_view(*shown.status);
    if (with_status) {
        auto const counted = swarm.count_tasks(shown);
        made["ServiceStatus"] = {
            {"RunningTasks", counted.running},
            {"DesiredTasks", counted.desired},
            {"CompletedTasks", counted.completed},
        };
    }
    if (shown.spec.mode == model::service_mode::replicated_job ||
        shown.spec.mode == model::service_mode::global_job) {
        auto const iteration =
            shown.job_iteration == 0 ? json::object() : json{{"Index", shown.job_iteration}};
        made["JobStatus"] = {{"JobIteration", iteration}, {"LastExecution", to_rfc3339(shown.updated_at)}};
    }
    return made;
}

json task_view(model::cluster const& swarm, model::task const& shown) {
    auto made = meta(shown.id, shown.version, shown.created_at, shown.updated_at);
    made["Labels"] = json::object();
    made["Spec"] = write_task_spec(*shown.spec);
    made["ServiceID"] = shown.service_id;
    if (shown.slot)
        made["Slot"] = *shown.slot;
    if (auto const* const where = shown.node ? swarm.find_node(*shown.node) : nullptr)
        made["NodeID"] = where->id;
    auto& status = made["Status"];
    status = {
        {"Timestamp", to_rfc3339(shown.since)},
        {"State", to_string(shown.state)},
        {"Message", shown.message},
        {"PortStatus", json::object()},
    };
    if (!shown.error.empty())
        status["Err"] = shown.error;
    if (shown.state >= model::task_state::starting)
        status["ContainerStatus"] = {
            {"ContainerID", shown.state == model::task_state::rejected ? std::string{} : shown.id},
            {"PID", shown.state == model::task_state::running ? 1000 + shown.number : 0},
            {"ExitCode", shown.exit_code.value_or(0)},
        };
    made["DesiredState"] = to_string(shown.desired);
    return made;
}

json node_view(model::node const& shown) {
    auto made = meta(shown.id, shown.version, shown.created_at, shown.updated_at);
    made["Spec"] = {
        {"Labels", shown.labels.empty() ? json::object() : json(shown.labels)},
        {"Role", to_string(shown.role)},
        {"Availability", to_string(shown.available)},
    };
    made["Description"] = {
        {"Hostname", shown.hostname},
        {"Platform", {{"Architecture", "x86_64"}, {"OS", "linux"}}},
        {"Resources", {{"NanoCPUs", 2'000'000'000}, {"MemoryBytes", 8'589'934'592}}},
        {"Engine", {{"EngineVersion", "20.10.24"}}},
        {"TLSInfo", json::object()},
    };
    made["Status"] = {{"State", to_string(shown.state)}, {"Addr", shown.address}};
    if (shown.role == model::node_role::manager) {
        made["ManagerStatus"] = {
            {"Reachability", shown.state == model::node_state::ready ? "reachable" : "unreachable"},
            {"Addr", shown.address + ":2377"},
        };
        if (shown.leader)
            made["ManagerStatus"]["Leader"] = true;
    }
    return made;
}

json config_view(model::config const& shown) {
    auto made = meta(shown.id, shown.version, shown.created_at, shown.updated_at);
    made["Spec"] = {
        {"Name", shown.spec.name},
        {"Labels", shown.spec.labels.empty() ? json::object() : json(shown.spec.labels)},
        {"Data", to_base64(shown.spec.data)},
    };
    return made;
}

std::string event_line(model::event const& shown) {
    auto const nanoseconds = shown.at.time_since_epoch();
    json const made{
        {"Type", to_string(shown.type)},
        {"Action", to_string(shown.action)},
        {"Actor", {{"ID", shown.id}, {"Attributes", shown.attributes}}},
        {"scope", "swarm"},
        {"time", std::chrono::floor<std::chrono::seconds>(nanoseconds).count()},
        {"timeNano", nanoseconds.count()},
    };
    return made.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace autoscaler::swarm::simulated
