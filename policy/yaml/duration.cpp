#include "policy/yaml/duration.hpp"

#include "policy/yaml/fault_sink.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace autoscaler::policy::yaml {

namespace {

struct unit {
    std::string_view name;
    std::int64_t milliseconds;
};

// Prometheus' units, largest first.
constexpr std::array<unit, 7> units{{
    {"y", 365LL * 24 * 3600 * 1000},
    {"w", 7LL * 24 * 3600 * 1000},
    {"d", 24LL * 3600 * 1000},
    {"h", 3600LL * 1000},
    {"m", 60LL * 1000},
    {"s", 1000},
    {"ms", 1},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string bad(std::string_view text) {
    return "bad duration " + in_quotes(text) +
           ": expected whole numbers with the units y, w, d, h, m, s, ms, largest first, as in 1h30m";
}

std::string too_long(std::string_view text) {
    return "duration " + in_quotes(text) + " is too long: at most 292y";
}

} // namespace

std::variant<duration, std::string> parse_duration(std::string_view text) {
    if (text == "0")
        return duration{};
    if (text.starts_with('-') && text.size() > 1 && is_digit(text[1]))
        return "duration " + in_quotes(text) + " must not be negative";
    if (!text.empty() && std::ranges::all_of(text, is_digit))
        return "duration " + in_quotes(text) + " has no unit; did you mean " +
               std::string(text.substr(0, 32)) + "s?";

    std::int64_t total = 0;
    std::size_t next_unit = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::size_t const digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        std::string_view const number = rest.substr(0, digits);
        rest.remove_prefix(digits);
        std::string_view const letters =
            rest.substr(0, std::min(rest.find_first_of("0123456789"), rest.size()));
        rest.remove_prefix(letters.size());

        auto const* const found = std::find_if(units.begin() + next_unit, units.end(), [&](unit const& one) {
            return one.name == letters;
        });
        if (number.empty() || found == units.end())
            return bad(text);
        next_unit = static_cast<std::size_t>(found - units.begin()) + 1;

        std::int64_t count = 0;
        auto const parsed = std::from_chars(number.data(), number.data() + number.size(), count);
        std::int64_t const left = (max_duration.count() - total) / found->milliseconds;
        if (parsed.ec != std::errc{} || count > left)
            return too_long(text);
        total += count * found->milliseconds;
    }
    if (text.empty())
        return bad(text);
    return duration(total);
}

std::string to_text(duration time) {
    std::int64_t left = time.count();
    if (left == 0)
        return "0s";
    std::string text;
    for (auto const& one : units) {
        // 292d reads better than 41w5d, and nobody counts cooldowns in years.
        bool const calendar = one.name == "y" || one.name == "w";
        if (calendar || left < one.milliseconds)
            continue;
        text += std::to_string(left / one.milliseconds);
        text += one.name;
        left %= one.milliseconds;
    }
    return text;
}

} // namespace autoscaler::policy::yaml
