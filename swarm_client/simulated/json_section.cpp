#include "swarm_client/simulated/json_section.hpp"

#include <charconv>
#include <iterator>

namespace autoscaler::swarm::simulated {

std::string shown(nlohmann::json const& value) {
    auto text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::optional<model::duration> parse_duration(std::string_view text) {
    double number = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{})
        return std::nullopt;
    std::string_view const unit{stop, static_cast<std::size_t>(end - stop)};
    constexpr std::pair<std::string_view, double> units[] = {
        {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}
    };
    auto const found = std::ranges::find_if(units, [&](auto const& one) { return one.first == unit; });
    if (found == std::end(units) || !(number >= 0) || number * found->second > 9e18)
        return std::nullopt;
    return model::duration{static_cast<std::int64_t>(number * found->second)};
}

} // namespace autoscaler::swarm::simulated
