// The requests of engine_api that read and write config objects, as engine 20.10 words its answers.
#include "swarm_client/simulated/answers.hpp"
#include "swarm_client/simulated/base64.hpp"
#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/go_json.hpp"
#include "swarm_client/simulated/lookup.hpp"
#include "swarm_client/simulated/views.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_data = 1'024'000;

api_error bad_argument(std::string_view what) {
    return {400, "rpc error: code = InvalidArgument desc = " + std::string{what}};
}

std::variant<model::config_spec, api_error> read_config(std::string const& body) {
    constexpr std::array names{"Name"sv, "Labels"sv, "Data"sv};
    auto const read = read_body(body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return *error;
    go_reader go;
    auto const posted = known_members(go.object(std::get<json>(read), "", "swarm.ConfigSpec"), names);
    model::config_spec spec;
    spec.name = go.text(posted.value("Name", json()), "ConfigSpec.Name");
    auto const labels = go.object(posted.value("Labels", json()), "ConfigSpec.Labels", "map[string]string");
    for (auto const& [key, label] : labels.items())
        spec.labels[key] = go.text(label, "ConfigSpec.Labels");
    auto const data = posted.value("Data", json());
    auto bytes = from_base64(go.text(data, "ConfigSpec.Data", "[]uint8"));
    if (!go.error().empty())
        return api_error{400, go.error()};
    if (!bytes)
        return api_error{400, "illegal base64 data at input byte 0"};
    spec.data = std::move(*bytes);
    return spec;
}

bool letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::optional<api_error> fault_of(model::config_spec const& spec) {
    auto const& name = spec.name;
    if (name.empty())
        return bad_argument("name must be provided");
    if (name.size() > longest_name || !letter_or_digit(name.front()) || !letter_or_digit(name.back()) ||
        !std::ranges::all_of(name, [](char c) {
            return letter_or_digit(c) || c == '-' || c == '_' || c == '.';
        }))
        return bad_argument("invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end "
                            "character must be [a-zA-Z0-9]");
    if (spec.data.empty() || spec.data.size() >= most_data)
        return bad_argument("config data must be larger than 0 and less than 1024000 bytes");
    return std::nullopt;
}

std::optional<std::uint64_t> read_version(std::string_view text) {
    std::uint64_t version = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, fault] = std::from_chars(text.data(), end, version);
    return fault == std::errc{} && stop == end ? std::optional{version} : std::nullopt;
}

answer refused(model::refusal why, std::string const& name) {
    auto const text = std::string{to_string(why)};
    switch (why) {
    case model::refusal::name_taken:
        return error_answer(409, "rpc error: code = AlreadyExists desc = config " + name + " already exists");
    case model::refusal::labels_only:
        return refused(bad_argument(text));
    case model::refusal::not_found:
        return error_answer(404, "config " + name + " not found");
    default:
        return error_answer(500, "rpc error: code = Unknown desc = " + text);
    }
}

} // namespace

answer engine_api::list_configs(target const& where) const {
    auto const by = parse_filters(where.value("filters"), {"id", "name", "label"});
    if (!by.error.empty())
        return error_answer(400, by.error);
    json list = json::array();
    for (auto const* const one : swarm_.configs())
        if (by.any("id", [&](std::string const& id) { return one->id.starts_with(id); }) &&
            by.any("name", [&](std::string const& name) { return one->spec.name.starts_with(name); }) &&
            match_labels(one->spec.labels, by, "label"))
            list.push_back(config_view(*one));
    return json_answer(200, list);
}

answer engine_api::inspect_config(std::string_view name) const {
    auto const found = find_config(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return simulated::refused(*error);
    return json_answer(200, config_view(*std::get<model::config const*>(found)));
}

answer engine_api::create_config(request const& asked, model::time_point now) {
    auto read = read_config(asked.body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return simulated::refused(*error);
    auto& spec = std::get<model::config_spec>(read);
    if (auto const fault = fault_of(spec))
        return simulated::refused(*fault);
    if (asked.body.size() > largest_entry)
        return too_large_answer();
    auto const name = spec.name;
    auto const created = swarm_.create_config(std::move(spec), now);
    if (created.refused)
        return refused(*created.refused, name);
    return json_answer(201, {{"ID", created.id}});
}

answer engine_api::update_config(request const& asked, target const& where, model::time_point now) {
    // In the engine's order: body, version, config, and only then the swarm's own checks.
    auto read = read_config(asked.body);
    if (auto const* const error = std::get_if<api_error>(&read))
        return simulated::refused(*error);
    auto const version = read_version(where.value("version"));
    if (!version)
        return error_answer(400, "invalid config version");
    auto const found = find_config(swarm_, where.segments[1]);
    if (auto const* const error = std::get_if<api_error>(&found))
        return simulated::refused(*error);
    auto const id = std::get<model::config const*>(found)->id;
    if (asked.body.size() > largest_entry)
        return too_large_answer();
    auto& spec = std::get<model::config_spec>(read);
    if (auto const why = swarm_.update_config(id, *version, std::move(spec), now))
        return refused(*why, id);
    return {200, "", "", {}};
}

answer engine_api::remove_config(std::string_view name, model::time_point now) {
    auto const found = find_config(swarm_, name);
    if (auto const* const error = std::get_if<api_error>(&found))
        return simulated::refused(*error);
    auto const id = std::get<model::config const*>(found)->id;
    if (auto const why = swarm_.remove_config(id, now))
        return refused(*why, id);
    return {204, "", "", {}};
}

} // namespace autoscaler::swarm::simulated
