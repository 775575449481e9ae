#include "server/api/api.hpp"

#include "server/api/query.hpp"
#include "server/api/service_names.hpp"
#include "server/api/values.hpp"
#include "server/text/time.hpp"
#include "server/text/utf8.hpp"

#include <nlohmann/json.hpp>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;

} // namespace

http::response fail(unsigned status, std::string_view error, std::span<std::string const> details) {
    json lines = json::array();
    for (auto const& each : details)
        lines.push_back(each);
    return http::json(status, dump({{"error", error}, {"details", std::move(lines)}}));
}

http::response services(std::span<policy::service_status const> all) {
    json list = json::array();
    for (auto const& each : all)
        list.push_back(to_json(each));
    return http::json(200, dump({{"services", std::move(list)}}));
}

http::response service(std::span<policy::service_status const> all, std::string_view name) {
    auto const wanted = decode(name);
    if (!wanted)
        return fail(400, "bad escape in the service's name: expected percent-encoded UTF-8");
    auto const found = find_services(all, *wanted);
    if (found.size() == 1)
        return http::json(200, dump(to_json(*found.front())));
    if (found.empty())
        return fail(404, "no policy names the service " + text::in_quotes(*wanted));
    return ambiguous(*wanted, found);
}

http::response policies(policy::policy_set const& loaded, std::string_view file, policy::time_point when) {
    json list = json::array();
    for (auto const& each : loaded.policies)
        list.push_back(to_json(each));
    return http::json(
        200,
        dump({
            {"file", file},
            {"hash", loaded.hash},
            {"loaded", text::to_rfc3339(when)},
            {"stack", loaded.stack},
            {"policies", std::move(list)},
        })
    );
}

http::response healthy() {
    return http::text(200, "OK");
}

http::response ready(readiness const& now) {
    return now.ready ? http::text(200, "OK") : http::text(503, "not ready: " + now.cause + "\n");
}

http::response reloaded(std::span<std::string const> faults) {
    if (faults.empty())
        return http::text(200, "");
    std::string text = "the policy file was not loaded, the one before stays in force:\n";
    for (auto const& each : faults)
        text += each + "\n";
    return http::text(500, std::move(text));
}

} // namespace autoscaler::server::api
