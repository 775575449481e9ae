// The requests of engine_api that are about events, and the control endpoint.
#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/lookup.hpp"
#include "swarm_client/simulated/scenario_json.hpp"

#include <charconv>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

bool event_stream::shows(model::event const& one) const {
    auto const name = one.attributes.find("name");
    auto const is = [&](std::string const& wanted) {
        return wanted == one.id || (name != one.attributes.end() && wanted == name->second);
    };
    auto const only = [&](std::string_view key, model::object_type type) {
        return !by.has(key) || (one.type == type && by.any(key, is));
    };
    return by.any("type", [&](std::string const& wanted) { return wanted == to_string(one.type); }) &&
           by.any("event", [&](std::string const& wanted) { return wanted == to_string(one.action); }) &&
           by.any("scope", [](std::string const& wanted) { return wanted == "swarm"; }) &&
           only("service", model::object_type::service) && only("node", model::object_type::node) &&
           only("config", model::object_type::config);
}

answer engine_api::open_events(target const& where) const {
    // The engine lets filters that it does not know pass.
    auto by = parse_filters(
        where.value("filters"),
        {"type",
         "event",
         "scope",
         "service",
         "node",
         "label",
         "container",
         "image",
         "volume",
         "network",
         "daemon",
         "plugin",
         "secret",
         "config"}
    );
    if (by.error.starts_with("Invalid filter"))
        by = {};
    if (!by.error.empty())
        return error_answer(400, by.error);
    auto const moment = [&](std::string_view key) -> std::optional<model::time_point> {
        auto const text = where.value(key);
        double seconds = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc{})
            return std::nullopt;
        return model::time_point{
            std::chrono::duration_cast<model::duration>(std::chrono::duration<double>{seconds})
        };
    };
    event_stream stream{std::move(by), swarm_.last_event(), moment("until")};
    if (auto const since = moment("since")) {
        stream.after = 0;
        for (auto const& one : swarm_.events_after(0))
            if (one.at < *since)
                stream.after = one.sequence;
    }
    return {200, "application/json", {}, std::move(stream)};
}

answer engine_api::control(request const& asked, target const& where, model::time_point now) {
    auto const& path = where.segments;
    auto const document = json::parse(asked.body, nullptr, false);
    answer const done{200, "application/json", "{}\n", {}};
    if (path.size() == 2 && path[1] == "faults" && asked.method == "DELETE") {
        faults_.clear();
        return done;
    }
    if (path.size() == 2 && path[1] == "faults" && asked.method == "POST") {
        auto read = read_fault(document);
        if (auto const* const errors = std::get_if<setup_errors>(&read))
            return error_answer(400, errors->front());
        faults_.add(std::get<fault>(std::move(read)));
        return done;
    }
    if (path.size() == 2 && path[1] == "membership" && asked.method == "PUT") {
        auto const word = document.is_object() ? document.value("membership", json()) : json();
        auto const place = word.is_string() ? membership_named(word.get<std::string>()) : std::nullopt;
        if (!place)
            return error_answer(
                400, "membership: expected one of manager, worker, inactive, locked, no_leader"
            );
        faults_.set_place(*place);
        return done;
    }
    if (path.size() == 2 && path[1] == "nodes" && asked.method == "POST") {
        auto read = read_node(document);
        if (auto const* const errors = std::get_if<setup_errors>(&read))
            return error_answer(400, errors->front());
        swarm_.join_node(std::get<model::scenario_node>(read), now);
        return done;
    }
    if (path.size() == 4 && path[1] == "nodes" && asked.method == "POST" &&
        (path[3] == "lose" || path[3] == "recover")) {
        auto const found = find_node(swarm_, path[2]);
        if (auto const* const error = std::get_if<api_error>(&found))
            return error_answer(error->status, error->message);
        auto const id = std::get<model::node const*>(found)->id;
        if (path[3] == "lose")
            swarm_.lose_node(id, now);
        else
            swarm_.recover_node(id, now);
        return done;
    }
    return error_answer(404, "page not found");
}

} // namespace autoscaler::swarm::simulated
