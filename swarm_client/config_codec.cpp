#include "swarm_client/config_codec.hpp"

#include "swarm_client/json_text.hpp"

#include <utility>

namespace autoscaler::swarm {

namespace {

using nlohmann::json;

result<std::string> body_of(json const& spec) {
    try {
        return spec.dump();
    } catch (json::exception const&) { // of all that is in it, only what is ours did not come out of a parser
        return failed(error_kind::refused, {}, "the name or a label is not UTF-8");
    }
}

std::optional<config_object> decode_config(json const& value) {
    json const* const spec = member(value, "Spec");
    auto const version = integer_of(member(member(value, "Version"), "Index"));
    config_object found{text_of(member(value, "ID")), text_of(member(spec, "Name")), 0, {}};
    if (found.id.empty() || found.name.empty() || !version)
        return std::nullopt;
    found.version = *version;
    json const* const labels = member(spec, "Labels");
    if (labels != nullptr && labels->is_object())
        for (auto const& [name, content] : labels->items())
            found.labels.emplace(name, text_of(&content));
    found.spec = std::make_shared<json const>(*spec);
    return found;
}

} // namespace

std::string config_filter(std::string_view name_prefix) {
    json const filter{{"name", json::array({name_prefix})}};
    return filter.dump(-1, ' ', false, json::error_handler_t::replace);
}

result<std::vector<config_object>> decode_configs(std::string_view text, std::string_view name_prefix) {
    auto const value = parse_json(text);
    if (!value || !value->is_array())
        return failed(error_kind::protocol, {}, "the answer is not a JSON array");
    std::vector<config_object> configs;
    for (json const& one : *value) {
        auto found = decode_config(one);
        if (!found)
            return failed(error_kind::protocol, {}, "a config without ID, name or version in the answer");
        if (found->name.starts_with(name_prefix)) // the request filters too; strangers' are no business here
            configs.push_back(std::move(*found));
    }
    return configs;
}

result<std::string> decode_created(std::string_view text) {
    auto const value = parse_json(text);
    auto id = value ? text_of(member(*value, "ID")) : std::string{};
    if (id.empty())
        return failed(error_kind::protocol, {}, "the answer has no ID");
    return id;
}

result<std::string> new_config(std::string_view name, label_map const& labels) {
    constexpr std::string_view data = "LQ=="; // base64 of "-"
    return body_of({{"Name", name}, {"Labels", json(labels)}, {"Data", data}});
}

result<std::string> changed_config(config_object const& inspected, label_map const& labels) {
    if (!inspected.spec || !inspected.spec->is_object())
        return failed(
            error_kind::refused, {}, "config \"" + inspected.name + "\" was not read before it is written"
        );
    json spec = *inspected.spec;
    spec["Labels"] = labels;
    return body_of(spec);
}

} // namespace autoscaler::swarm
