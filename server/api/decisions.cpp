// GET /autoscaler/v1/decisions: its parameters, and what they find.
#include "policy/yaml/duration.hpp"
#include "policy/yaml/spelling.hpp"
#include "server/api/api.hpp"
#include "server/api/query.hpp"
#include "server/api/service_names.hpp"
#include "server/api/values.hpp"
#include "server/text/time.hpp"
#include "server/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::ordered_json;

std::string bad(std::string_view name, std::string_view value, std::string_view expected) {
    return "bad parameter " + std::string(name) + "=" + text::in_quotes(value) + ": expected " +
           std::string(expected);
}

// Every reason code, in the order of the enumeration.
std::vector<std::string_view> reason_codes() {
    std::vector<std::string_view> all;
    for (std::uint8_t i = 0; !to_string(policy::reason(i)).empty(); ++i)
        all.push_back(to_string(policy::reason(i)));
    return all;
}

// Each of these sets its part of the filter, or says what is wrong; "" = fine.

std::string read_reason(std::string_view value, decision_filter& filter) {
    auto const codes = reason_codes();
    auto const found = std::ranges::find(codes, value);
    if (found != codes.end()) {
        filter.why = policy::reason(static_cast<std::uint8_t>(found - codes.begin()));
        return {};
    }
    auto const near = policy::yaml::nearest(value, codes);
    return bad("reason", value, "a reason code") +
           (near ? "; did you mean \"" + std::string(*near) + "\"?" : ", as in \"alert\"");
}

std::string read_since(std::string value, policy::time_point now, decision_filter& filter) {
    auto const back = policy::yaml::parse_duration(value);
    if (auto const* age = std::get_if<policy::duration>(&back)) {
        filter.since = now - *age;
        return {};
    }
    // The '+' of a zone, not escaped, arrives as a space, and no time has a space otherwise.
    std::string const shown = value;
    std::ranges::replace(value, ' ', '+');
    filter.since = text::parse_rfc3339(value);
    if (!filter.since)
        return bad("since", shown, "a time as in 2026-11-20T09:00:00Z, or a duration as in 15m");
    return {};
}

std::string read_limit(std::string_view value, decision_filter& filter) {
    auto const [end, problem] = std::from_chars(value.data(), value.data() + value.size(), filter.limit);
    bool const number = problem == std::errc{} && end == value.data() + value.size();
    if (!number || filter.limit < 1 || filter.limit > most_decisions)
        return bad("limit", value, "a whole number from 1 to " + std::to_string(most_decisions));
    return {};
}

std::string unknown(std::string_view name) {
    constexpr std::array<std::string_view, 4> known{"service", "reason", "since", "limit"};
    auto const near = policy::yaml::nearest(name, known);
    return "unknown parameter " + text::in_quotes(name) +
           (near ? "; did you mean \"" + std::string(*near) + "\"?"
                 : ": expected service, reason, since or limit");
}

} // namespace

http::response decisions(
    journal const& from,
    std::span<policy::service_status const> services,
    std::string_view query,
    policy::time_point now
) {
    auto const parsed = parse_query(query);
    if (auto const* fault = std::get_if<std::string>(&parsed))
        return fail(400, *fault);
    decision_filter filter{.services = {}, .why = {}, .since = {}, .limit = default_decisions};
    std::vector<std::string> faults;
    for (auto const& [name, value] : std::get<parameters>(parsed)) {
        std::string fault;
        if (name == "service" && value.empty())
            fault = bad(name, value, "the name of a service");
        else if (name == "service")
            filter.services = recorded_names(services, value);
        else if (name == "reason")
            fault = read_reason(value, filter);
        else if (name == "since")
            fault = read_since(value, now, filter);
        else if (name == "limit")
            fault = read_limit(value, filter);
        else
            fault = unknown(name);
        if (!fault.empty())
            faults.push_back(std::move(fault));
    }
    if (!faults.empty())
        return fail(400, faults.front(), faults);

    json list = json::array();
    for (auto const* each : from.find(filter))
        list.push_back(to_json(*each));
    return http::json(200, dump({{"decisions", std::move(list)}}));
}

} // namespace autoscaler::server::api
