#include "swarm_client/simulated/engine_api.hpp"

#include <charconv>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

constexpr std::pair<unsigned, unsigned> newest_api{1, 41};
constexpr std::pair<unsigned, unsigned> oldest_api{1, 12};

std::pair<unsigned, unsigned> parse_version(std::string_view text) {
    std::pair<unsigned, unsigned> read;
    auto const* const end = text.data() + text.size();
    auto const major = std::from_chars(text.data(), end, read.first);
    if (major.ptr != end)
        std::from_chars(major.ptr + 1, end, read.second);
    return read;
}

// What an engine that is no working manager says on the cluster's paths (engine 20.10).
std::optional<answer> not_a_manager(membership place) {
    switch (place) {
    case membership::manager:
        return std::nullopt;
    case membership::worker:
        return error_answer(
            503,
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. "
            "Please run "
            "this command on a manager node or promote the current node to a manager."
        );
    case membership::inactive:
        return error_answer(
            503,
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect "
            "this node "
            "to swarm and try again."
        );
    case membership::locked:
        return error_answer(
            503,
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm "
            "unlock\" to "
            "unlock it."
        );
    case membership::no_leader:
        return error_answer(
            500,
            "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few "
            "managers "
            "are online. Make sure more than half of the managers are online."
        );
    }
    return std::nullopt;
}

json version_body() {
    return {
        {"Platform", {{"Name", ""}}},
        {"Version", "20.10.24-simulated"},
        {"ApiVersion", "1.41"},
        {"MinAPIVersion", "1.12"},
        {"GitCommit", ""},
        {"GoVersion", ""},
        {"Os", "linux"},
        {"Arch", "amd64"},
        {"KernelVersion", ""},
        {"BuildTime", ""},
    };
}

struct kind_of_object {
    std::string_view path;
    operation list;
    operation inspect;
    operation create;
    operation update;
    operation remove;
};

constexpr kind_of_object writable_kinds[]{
    {"services",
     operation::list_services,
     operation::inspect_service,
     operation::create_service,
     operation::update_service,
     operation::remove_service},
    {"configs",
     operation::list_configs,
     operation::inspect_config,
     operation::create_config,
     operation::update_config,
     operation::remove_config},
};

operation classify_object(
    kind_of_object const& kind, std::string const& method, std::vector<std::string> const& segments
) {
    if (segments.size() == 1)
        return method == "GET" ? kind.list : operation::other;
    if (method == "GET" && segments.size() == 2)
        return kind.inspect;
    if (method == "DELETE" && segments.size() == 2)
        return kind.remove;
    if (method == "POST" && segments.size() == 2 && segments[1] == "create")
        return kind.create;
    if (method == "POST" && segments.size() == 3 && segments[2] == "update")
        return kind.update;
    return operation::other;
}

operation classify(std::string const& method, std::vector<std::string> const& segments) {
    if (segments.empty())
        return operation::other;
    auto const& first = segments.front();
    if (first == "_ping" && segments.size() == 1)
        return method == "GET" || method == "HEAD" ? operation::ping : operation::other;
    for (auto const& kind : writable_kinds)
        if (first == kind.path)
            return classify_object(kind, method, segments);
    if (method != "GET" || segments.size() > 2)
        return operation::other;
    bool const one = segments.size() == 2;
    if (first == "tasks")
        return one ? operation::inspect_task : operation::list_tasks;
    if (first == "nodes")
        return one ? operation::inspect_node : operation::list_nodes;
    if (one)
        return operation::other;
    if (first == "version")
        return operation::version;
    if (first == "info")
        return operation::info;
    return first == "events" ? operation::events : operation::other;
}

std::string_view swarm_state(membership place) {
    switch (place) {
    case membership::inactive:
        return "inactive";
    case membership::locked:
        return "locked";
    default:
        return "active";
    }
}

} // namespace

answer error_answer(unsigned status, std::string_view message) {
    json const body{{"message", message}};
    return {status, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", {}};
}

operation engine_api::classify(request const& asked) {
    return simulated::classify(asked.method, parse_target(asked.target).segments);
}

answer engine_api::handle(request const& asked, model::time_point now) {
    swarm_.advance(now);
    auto const where = parse_target(asked.target);
    if (!where.segments.empty() && where.segments.front() == "_simulated")
        return control(asked, where, now);
    if (!where.version.empty()) {
        auto const wanted = parse_version(where.version);
        if (wanted > newest_api)
            return error_answer(
                400, "client version " + where.version + " is too new. Maximum supported API version is 1.41"
            );
        if (wanted < oldest_api) {
            // Below API 1.24 errors are plain text.
            auto const text =
                "client version " + where.version +
                " is too old. Minimum supported API version is 1.12, please upgrade your client to a "
                "newer version\n";
            return {400, "text/plain; charset=utf-8", text, {}};
        }
    }
    return route(asked, where, now);
}

answer engine_api::route(request const& asked, target const& where, model::time_point now) {
    auto const what = simulated::classify(asked.method, where.segments);
    if (what == operation::ping)
        return {200, "text/plain; charset=utf-8", "OK", {}};
    if (what == operation::version)
        return {200, "application/json", version_body().dump() + "\n", {}};
    if (what == operation::info)
        return info();
    if (what == operation::events)
        return open_events(where);
    if (what == operation::other)
        return error_answer(404, "page not found");
    if (auto refused = not_a_manager(faults_.place()))
        return *std::move(refused);
    switch (what) {
    case operation::list_services:
        return list_services(where);
    case operation::inspect_service:
        return inspect_service(where.segments[1]);
    case operation::create_service:
        return create_service(asked, now);
    case operation::update_service:
        return update_service(asked, where, now);
    case operation::remove_service:
        return remove_service(where.segments[1], now);
    case operation::list_tasks:
        return list_tasks(where);
    case operation::inspect_task:
        return inspect_task(where.segments[1]);
    case operation::list_nodes:
        return list_nodes(where);
    case operation::inspect_node:
        return inspect_node(where.segments[1]);
    case operation::list_configs:
        return list_configs(where);
    case operation::inspect_config:
        return inspect_config(where.segments[1]);
    case operation::create_config:
        return create_config(asked, now);
    case operation::update_config:
        return update_config(asked, where, now);
    case operation::remove_config:
        return remove_config(where.segments[1], now);
    default:
        return error_answer(404, "page not found");
    }
}

answer engine_api::info() const {
    auto const place = faults_.place();
    auto const nodes = swarm_.nodes();
    json managers = json::array();
    for (auto const* const one : nodes)
        if (one->role == model::node_role::manager)
            managers.push_back({{"NodeID", one->id}, {"Addr", one->address + ":2377"}});
    json body{
        {"ID", "SIMULATED"},
        {"Name", nodes.empty() ? "" : nodes.front()->hostname},
        {"ServerVersion", "20.10.24-simulated"},
        {"OperatingSystem", "simulated"},
        {"OSType", "linux"},
        {"Architecture", "x86_64"},
        {"NCPU", 2},
    };
    auto& swarm = body["Swarm"];
    swarm = {
        {"NodeID", ""},
        {"NodeAddr", ""},
        {"LocalNodeState", swarm_state(place)},
        {"ControlAvailable", place == membership::manager || place == membership::no_leader},
        {"Error", ""},
        {"RemoteManagers", nullptr},
    };
    if (swarm["LocalNodeState"] == "active" && !nodes.empty()) {
        swarm["NodeID"] = nodes.front()->id;
        swarm["NodeAddr"] = nodes.front()->address;
        swarm["RemoteManagers"] = managers;
    }
    if (place == membership::manager) {
        swarm["Nodes"] = nodes.size();
        swarm["Managers"] = managers.size();
    }
    if (place == membership::no_leader)
        swarm["Error"] = json::parse(not_a_manager(place)->body)["message"];
    return {200, "application/json", body.dump() + "\n", {}};
}

} // namespace autoscaler::swarm::simulated
