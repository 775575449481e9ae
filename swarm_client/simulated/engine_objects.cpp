// The requests of engine_api that read and write services, tasks and nodes.
#include "swarm_client/simulated/answers.hpp"
#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/lookup.hpp"
#include "swarm_client/simulated/spec_codec.hpp"
#include "swarm_client/simulated/views.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

answer refused(model::refusal why, std::string const& id, std::string const& name) {
    auto const text = std::string{to_string(why)};
    switch (why) {
    case model::refusal::not_found:
        return error_answer(404, "service " + id + " not found");
    case model::refusal::out_of_sequence:
        return error_answer(500, "rpc error: code = Unknown desc = " + text);
    case model::refusal::mode_change:
    case model::refusal::rename:
        return error_answer(501, "rpc error: code = Unimplemented desc = " + text);
    case model::refusal::name_taken:
        return error_answer(
            409, "rpc error: code = AlreadyExists desc = " + text + ": service " + name + " already exists"
        );
    case model::refusal::no_previous_spec:
        return error_answer(400, "rpc error: code = FailedPrecondition desc = service " + id + " " + text);
    case model::refusal::labels_only: // of configs
        break;
    }
    return error_answer(500, text);
}

std::variant<model::service_spec, api_error> read_service(std::string const& body) {
    auto const read = read_body(body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return *error;
    return read_spec(std::get<json>(read));
}

bool too_large(model::service const& stored, std::string const& body) {
    return body.size() + write_spec(stored.spec).dump().size() > largest_entry;
}

std::variant<std::uint64_t, api_error> read_version(std::string_view text) {
    std::uint64_t version = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, fault] = std::from_chars(text.data(), end, version);
    if (fault == std::errc{} && stop == end)
        return version;
    auto const quoted = std::string{text};
    return api_error{
        400,
        "invalid service version '" + quoted + "': strconv.ParseUint: parsing \"" + quoted + "\": " +
            (fault == std::errc::result_out_of_range && stop == end ? "value out of range" : "invalid syntax")
    };
}

// As Go's strconv.ParseBool; nothing for other words.
std::optional<bool> parse_bool(std::string_view word) {
    for (auto const* const yes : {"1", "t", "T", "true", "TRUE", "True"})
        if (word == yes)
            return true;
    for (auto const* const no : {"", "0", "f", "F", "false", "FALSE", "False"})
        if (word == no)
            return false;
    return std::nullopt;
}

std::optional<std::string> unknown_state(filters const& by) {
    using enum model::task_state;
    auto const known = {
        fresh,
        pending,
        assigned,
        preparing,
        ready,
        starting,
        running,
        complete,
        shutdown,
        failed,
        rejected,
        remove
    };
    auto const found = by.wanted.find("desired-state");
    if (found == by.wanted.end())
        return std::nullopt;
    for (auto const& word : found->second)
        if (word != "accepted" && word != "orphaned" &&
            std::ranges::none_of(known, [&](model::task_state one) { return to_string(one) == word; }))
            return word;
    return std::nullopt;
}

} // namespace

answer engine_api::list_services(target const& where) const {
    auto const by = parse_filters(where.value("filters"), {"id", "name", "label", "mode", "runtime"});
    if (!by.error.empty())
        return error_answer(400, by.error);
    auto const word = std::string{where.value("status")};
    auto const with_status = parse_bool(word);
    if (!with_status)
        return error_answer(
            400,
            "invalid value for status: " + word + ": strconv.ParseBool: parsing \"" + word +
                "\": invalid syntax"
        );
    bool const knows_status = where.version.empty() || where.version == "1.41";
    json list = json::array();
    for (auto const* const one : swarm_.services())
        if (by.any("id", [&](std::string const& id) { return one->id.starts_with(id); }) &&
            by.any("name", [&](std::string const& name) { return one->spec.name.starts_with(name); }) &&
            by.any("mode", [&](std::string const& mode) { return to_string(one->spec.mode) == mode; }) &&
            match_labels(one->spec.labels, by, "label"))
            list.push_back(service_view(swarm_, *one, *with_status && knows_status));
    return json_answer(200, list);
}

answer engine_api::inspect_service(std::string_view name) const {
    auto const found = find_service(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return refused(*error);
    return json_answer(200, service_view(swarm_, *std::get<model::service const*>(found), false));
}

answer engine_api::create_service(request const& asked, model::time_point now) {
    auto read = read_service(asked.body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return refused(*error);
    auto spec = std::get<model::service_spec>(std::move(read));
    if (spec.name.empty()) // The engine makes a name up, too.
        spec.name = "service_" + model::make_id(swarm_.last_event()).substr(0, 8);
    auto const name = spec.name;
    auto const created = swarm_.create_service(std::move(spec), now);
    if (created.refused)
        return refused(*created.refused, created.id, name);
    return json_answer(201, {{"ID", created.id}});
}

answer engine_api::update_service(request const& asked, target const& where, model::time_point now) {
    // In the engine's order: body, version, service, and only then the swarm's own checks.
    auto read = read_service(asked.body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return refused(*error);
    auto const version = read_version(where.value("version"));
    if (auto const* const error = std::get_if<api_error>(&version))
        return refused(*error);
    auto const found = find_service(swarm_, where.segments[1]);
    if (auto const* const error = std::get_if<api_error>(&found))
        return refused(*error);
    auto const& stored = *std::get<model::service const*>(found);
    auto const rollback = where.value("rollback");
    if (rollback != "" && rollback != "none" && rollback != "previous")
        return error_answer(500, "unrecognized rollback option " + std::string{rollback});
    if (too_large(stored, asked.body))
        return too_large_answer();
    auto& spec = std::get<model::service_spec>(read);
    auto const id = stored.id;
    auto const name = stored.spec.name;
    auto const index = std::get<std::uint64_t>(version);
    auto const why = rollback == "previous" ? swarm_.rollback_service(id, index, spec, now)
                                            : swarm_.update_service(id, index, std::move(spec), now);
    if (why)
        return refused(*why, id, name);
    return json_answer(200, {{"Warnings", nullptr}});
}

answer engine_api::remove_service(std::string_view name, model::time_point now) {
    auto const found = find_service(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return refused(*error);
    auto const id = std::get<model::service const*>(found)->id;
    swarm_.remove_service(id, now);
    return {200, "", "", {}};
}

answer engine_api::list_tasks(target const& where) const {
    auto by = parse_filters(
        where.value("filters"),
        {"id", "name", "service", "node", "label", "desired-state", "_up-to-date", "runtime"}
    );
    if (!by.error.empty())
        return error_answer(400, by.error);
    if (auto const word = unknown_state(by))
        return error_answer(500, "Invalid desired-state filter: '" + *word + "'");
    std::set<std::string> services;
    for (auto const& name : by.wanted["service"]) {
        auto const found = find_service(swarm_, name);
        if (auto const* const error = std::get_if<api_error>(&found))
            return refused(*error);
        services.insert(std::get<model::service const*>(found)->id);
    }
    std::set<std::uint64_t> nodes;
    for (auto const& name : by.wanted["node"]) {
        auto const found = find_node(swarm_, name);
        if (auto const* const error = std::get_if<api_error>(&found))
            return refused(*error);
        nodes.insert(std::get<model::node const*>(found)->number);
    }
    bool const only_current = by.has("_up-to-date");
    json list = json::array();
    if (by.has("label")) // Tasks of services have no labels of their own.
        return json_answer(200, list);
    for (auto const* const one : swarm_.tasks())
        if ((services.empty() || services.contains(one->service_id)) &&
            (nodes.empty() || (one->node && nodes.contains(*one->node))) &&
            by.any("id", [&](std::string const& id) { return one->id.starts_with(id); }) &&
            by.any(
                "desired-state", [&](std::string const& word) { return word == to_string(one->desired); }
            ) &&
            (!only_current || swarm_.is_up_to_date(*one)))
            list.push_back(task_view(swarm_, *one));
    return json_answer(200, list);
}

answer engine_api::inspect_task(std::string_view name) const {
    auto const found = find_task(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return refused(*error);
    return json_answer(200, task_view(swarm_, *std::get<model::task const*>(found)));
}

answer engine_api::list_nodes(target const& where) const {
    auto const by =
        parse_filters(where.value("filters"), {"id", "name", "label", "node.label", "role", "membership"});
    if (!by.error.empty())
        return error_answer(400, by.error);
    json list = json::array();
    for (auto const* const one : swarm_.nodes())
        if (by.any("id", [&](std::string const& id) { return one->id.starts_with(id); }) &&
            by.any("name", [&](std::string const& name) { return one->hostname.starts_with(name); }) &&
            by.any("role", [&](std::string const& role) { return role == to_string(one->role); }) &&
            match_labels(one->labels, by, "node.label"))
            list.push_back(node_view(*one));
    return json_answer(200, list);
}

answer engine_api::inspect_node(std::string_view name) const {
    auto const found = find_node(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return refused(*error);
    return json_answer(200, node_view(*std::get<model::node const*>(found)));
}

} // namespace autoscaler::swarm::simulated
