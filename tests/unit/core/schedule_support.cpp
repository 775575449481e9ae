#include "unit/core/schedule_support.hpp"

#include "support/catch.hpp"

#include <ctime>

namespace autoscaler::policy::testing {

using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

cron_expression cron(std::string_view text) {
    auto made = cron_expression::parse(text);
    if (auto const* fault = std::get_if<std::string>(&made))
        FAIL(*fault);
    return std::get<cron_expression>(made);
}

std::string fault_of_cron(std::string_view text) {
    auto const made = cron_expression::parse(text);
    auto const* fault = std::get_if<std::string>(&made);
    return fault ? *fault : "";
}

time_zone zone(std::string_view name) {
    auto const found = time_zone::find(name);
    REQUIRE(found);
    return *found;
}

time_point at(char const* text) {
    std::tm parts{};
    char const* rest = strptime(text, "%Y-%m-%dT%H:%M", &parts);
    REQUIRE(rest != nullptr);
    if (*rest == ':')
        rest = strptime(rest, ":%S", &parts);
    REQUIRE(std::string_view(rest) == "Z");
    return sys_seconds{seconds{timegm(&parts)}};
}

std::string text_of(std::optional<time_point> moment) {
    if (!moment)
        return "never";
    auto const since = static_cast<std::time_t>(floor<seconds>(*moment).time_since_epoch().count());
    std::tm parts{};
    gmtime_r(&since, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", &parts)};
}

} // namespace autoscaler::policy::testing
