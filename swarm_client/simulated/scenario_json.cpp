#include "swarm_client/simulated/scenario_json.hpp"

#include "swarm_client/simulated/json_section.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

template<class Value>
auto among(std::initializer_list<Value> values) {
    return [values = std::vector<Value>(values)](std::string_view word) -> std::optional<Value> {
        auto const found = std::ranges::find_if(values, [&](Value one) { return to_string(one) == word; });
        return found == values.end() ? std::nullopt : std::optional{*found};
    };
}

model::scenario_node read_one_node(json const& value, std::string const& path, setup_errors& errors) {
    section from{value, path, errors, {"hostname", "role", "availability", "labels"}};
    model::scenario_node read{"node", {}, {}, {}};
    using enum model::availability;
    from.text("hostname", read.hostname);
    from.word(
        "role", read.role, "manager, worker", among({model::node_role::manager, model::node_role::worker})
    );
    from.word("availability", read.available, "active, pause, drain", among({active, pause, drain}));
    from.labels("labels", read.labels);
    return read;
}

model::update_config read_update(json const& value, std::string const& path, setup_errors& errors) {
    section from{
        value,
        path,
        errors,
        {"parallelism", "delay", "monitor", "failure_action", "max_failure_ratio", "order"}
    };
    model::update_config read;
    using enum model::failure_action;
    using enum model::update_order;
    from.whole("parallelism", read.parallelism);
    from.time("delay", read.delay);
    from.time("monitor", read.monitor);
    from.word(
        "failure_action", read.on_failure, "pause, continue, rollback", among({pause, proceed, rollback})
    );
    from.word("order", read.order, "stop-first, start-first", among({stop_first, start_first}));
    from.with("max_failure_ratio", [&](json const& member, std::string const& where) {
        if (member.is_number() && member.get<double>() >= 0 && member.get<double>() <= 1)
            read.max_failure_ratio = member.get<float>();
        else
            from.complain(where, "a number from 0 to 1", member);
    });
    return read;
}

model::scenario_service read_service(json const& value, std::string const& path, setup_errors& errors) {
    section from{
        value,
        path,
        errors,
        {"name",
         "image",
         "replicas",
         "mode",
         "start_delay",
         "labels",
         "args",
         "env",
         "constraints",
         "stop_grace",
         "restart_delay",
         "update",
         "rollback"}
    };
    model::scenario_service read;
    from.text("name", read.spec.name);
    if (read.spec.name.empty() && value.is_object())
        errors.push_back(from.place("name") + ": missing; a service needs a name");
    read.spec.task.image = read.spec.name + ":latest";
    from.text("image", read.spec.task.image);
    from.whole("replicas", read.spec.replicas);
    using enum model::service_mode;
    from.word("mode", read.spec.mode, "replicated, global", among({replicated, global}));
    from.time("start_delay", read.start_delay);
    from.labels("labels", read.spec.labels);
    from.texts("args", read.spec.task.args);
    from.texts("env", read.spec.task.env);
    from.texts("constraints", read.spec.task.constraints);
    from.time("stop_grace", read.spec.task.stop_grace);
    from.with("restart_delay", [&](json const&, std::string const&) {
        read.spec.task.restart.emplace();
        from.time("restart_delay", read.spec.task.restart->delay);
    });
    from.with("update", [&](json const& member, std::string const& where) {
        read.spec.update = read_update(member, where, errors);
    });
    from.with("rollback", [&](json const& member, std::string const& where) {
        read.spec.rollback = read_update(member, where, errors);
    });
    auto const accepted = read_spec(write_spec(read.spec));
    if (auto const* const refused = std::get_if<api_error>(&accepted);
        refused != nullptr && !read.spec.name.empty())
        errors.push_back(path + ": no engine takes this service: " + refused->message);
    return read;
}

using behaviours = std::map<std::string, model::behaviour, std::less<>>;

void read_behaviours(section& document, std::string_view key, behaviours& into) {
    document.with(key, [&](json const& value, std::string const& path) {
        if (!value.is_object())
            return document.complain(path, "behaviours by name", value);
        for (auto const& [name, member] : value.items()) {
            section from{
                member,
                path + "[\"" + name + "\"]",
                document.errors(),
                {"missing", "start_delay", "stop_time", "runs_for", "exit_code"}
            };
            auto& read = into[name];
            from.flag("missing", read.missing);
            from.time("start_delay", read.start_delay);
            from.time("stop_time", read.stop_time);
            from.time("runs_for", read.runs_for);
            from.whole("exit_code", read.exit_code);
        }
    });
}

void read_timing(section& document, model::timing& into) {
    document.with("timing", [&](json const& value, std::string const& path) {
        section from{
            value,
            path,
            document.errors(),
            {"orchestrate", "schedule", "prepare", "start_delay", "stop_time", "node_timeout"}
        };
        from.time("orchestrate", into.orchestrate);
        from.time("schedule", into.schedule);
        from.time("prepare", into.prepare);
        from.time("start_delay", into.start_delay);
        from.time("stop_time", into.stop_time);
        from.time("node_timeout", into.node_timeout);
    });
}

fault read_one_fault(json const& value, std::string const& path, setup_errors& errors) {
    section from{value, path, errors, {"kind", "operation", "times", "status", "text", "lasts"}};
    fault read;
    bool named = false;
    from.with("kind", [&](json const&, std::string const&) { named = true; });
    if (!named && value.is_object())
        errors.push_back(from.place("kind") + ": missing; a fault needs a kind");
    from.word(
        "kind", read.kind, "stall, reset, error, late_error, conflict, lost_reply, refuse", fault_named
    );
    from.word("operation", read.where, "the operations, such as \"update_service\"", operation_named);
    from.whole("times", *read.times);
    if (*read.times == 0)
        read.times.reset();
    from.whole("status", read.status);
    from.text("text", read.text);
    from.time("lasts", read.lasts);
    if (read.status < 100 || read.status > 599)
        errors.push_back(from.place("status") + ": expected an HTTP status from 100 to 599");
    return read;
}

void refuse_same_names(std::vector<model::scenario_service> const& services, setup_errors& errors) {
    std::map<std::string_view, int> times;
    for (auto const& one : services)
        if (!one.spec.name.empty() && ++times[one.spec.name] == 2)
            errors.push_back("services: two of them are named \"" + one.spec.name + "\"");
}

} // namespace

std::variant<model::scenario_node, setup_errors> read_node(json const& document) {
    setup_errors errors;
    auto read = read_one_node(document, "", errors);
    if (!errors.empty())
        return errors;
    return read;
}

std::variant<fault, setup_errors> read_fault(json const& document) {
    setup_errors errors;
    auto read = read_one_fault(document, "", errors);
    if (!errors.empty())
        return errors;
    return read;
}

std::variant<setup, setup_errors> read_setup(json const& document) {
    setup_errors errors;
    setup read;
    section from{
        document,
        "",
        errors,
        {"nodes", "services", "images", "commands", "timing", "age", "task_limit", "membership", "faults"}
    };
    auto& into = read.scenario;
    std::vector<model::scenario_node> nodes;
    if (each(from, "nodes", [&](json const& one, std::string const& path) {
            nodes.push_back(read_one_node(one, path, errors));
        }))
        into.nodes = std::move(nodes);
    std::vector<model::scenario_service> services;
    if (each(from, "services", [&](json const& one, std::string const& path) {
            services.push_back(read_service(one, path, errors));
        }))
        into.services = std::move(services);
    refuse_same_names(into.services, errors);
    read_behaviours(from, "images", into.images);
    read_behaviours(from, "commands", into.commands);
    read_timing(from, into.pace);
    from.time("age", into.age);
    from.whole("task_limit", into.task_limit);
    from.word("membership", read.place, "manager, worker, inactive, locked, no_leader", membership_named);
    each(from, "faults", [&](json const& one, std::string const& path) {
        read.faults.push_back(read_one_fault(one, path, errors));
    });
    if (!errors.empty())
        return errors;
    return read;
}

} // namespace autoscaler::swarm::simulated
