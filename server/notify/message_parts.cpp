#include "server/notify/message_parts.hpp"

#include "server/text/time.hpp"

namespace autoscaler::server::notify {

using json = nlohmann::ordered_json;

std::string replicas(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

json head_of(policy::decision const& what) {
    return {
        {"version", "1"},
        {"time", text::to_rfc3339(what.at)},
        {"service", what.service},
        {"policy", what.policy},
        {"rule", what.rule},
        {"action", to_string(what.action)},
        {"reason", to_string(what.why)},
    };
}

std::string finished(json made, std::vector<std::pair<std::string, std::string>> const& fields) {
    for (auto const& [name, value] : fields)
        made[name] = value;
    return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace autoscaler::server::notify
