#include "server/yaml_to_json.hpp"

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

namespace autoscaler::server {

namespace {

using policy::yaml::node;

nlohmann::json scalar(node const& value) {
    if (value.what == node::kind::empty || value.is_null())
        return nullptr;
    if (value.what == node::kind::plain) {
        auto parsed = nlohmann::json::parse(value.text, nullptr, false);
        if (parsed.is_number() || parsed.is_boolean())
            return parsed;
    }
    return value.text;
}

nlohmann::json convert(node const& value, policy::yaml::fault_sink& faults) {
    if (value.what == node::kind::list) {
        auto list = nlohmann::json::array();
        for (auto const& item : value.items)
            list.push_back(convert(item, faults));
        return list;
    }
    if (value.what != node::kind::map)
        return scalar(value);
    auto object = nlohmann::json::object();
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
        auto const& key = value.keys[i];
        if (!key.is_scalar())
            faults.error(key.offset, "expected a key that is a text, not " + policy::yaml::describe(key));
        else if (object.contains(key.text))
            faults.error(key.offset, "duplicate key " + policy::yaml::in_quotes(key.text));
        else
            object[key.text] = convert(value.items[i], faults);
    }
    return object;
}

} // namespace

std::variant<nlohmann::json, std::string> yaml_to_json(std::string_view text, std::string const& file) {
    policy::yaml::fault_sink faults(text, file);
    nlohmann::json document;
    if (auto const tree = policy::yaml::read_yaml(text, faults))
        document = convert(*tree, faults);
    std::string problems;
    for (auto const& fault : faults.take())
        problems += (problems.empty() ? "" : "\n") + policy::to_string(fault);
    if (!problems.empty())
        return problems;
    return document;
}

} // namespace autoscaler::server
