#include "swarm_client/task_codec.hpp"

#include "swarm_client/json_text.hpp"

namespace autoscaler::swarm {

using nlohmann::json;

result<task_counts> decode_tasks(std::string_view text, std::string_view service_id) {
    auto const value = parse_json(text);
    if (!value || !value->is_array()) {
        error failure;
        failure.message = "the answer is not a JSON array";
        return failure;
    }
    task_counts counts;
    for (json const& task : *value) {
        // The request filters for both; a second look costs nothing and a wrong count costs a wrong step.
        if (text_of(member(task, "ServiceID")) != service_id ||
            text_of(member(task, "DesiredState")) != "running")
            continue;
        ++counts.desired;
        if (text_of(member(member(task, "Status"), "State")) == "running")
            ++counts.running;
    }
    return counts;
}

std::optional<swarm_event> decode_event(std::string_view line) {
    auto const value = parse_json(line);
    if (!value)
        return std::nullopt;
    json const* const actor = member(*value, "Actor");
    json const* const attributes = member(actor, "Attributes");
    swarm_event event{
        text_of(member(*value, "Type")),
        text_of(member(*value, "Action")),
        text_of(member(actor, "ID")),
        text_of(member(attributes, "name")),
        parse_update_state(text_of(member(attributes, "updatestate.new"))),
    };
    if (event.type.empty() || event.action.empty())
        return std::nullopt;
    return event;
}

std::optional<std::string> line_splitter::next() {
    std::size_t const end = pending_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

} // namespace autoscaler::swarm
