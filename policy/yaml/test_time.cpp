#include "policy/yaml/test_time.hpp"

#include "policy/yaml/duration.hpp"

#include <algorithm>
#include <chrono>

namespace autoscaler::policy::yaml {

namespace {

// Takes `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    int value = 0;
    if (text.size() < count)
        return std::nullopt;
    for (char const c : text.substr(0, count)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(1);
    return true;
}

// `.5` or `.123`; finer than milliseconds is refused: the core knows no more.
std::optional<duration> take_fraction(std::string_view& text) {
    if (!take(text, '.'))
        return duration{};
    std::size_t const digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 3)
        return std::nullopt;
    int value = *take_digits(text, digits);
    for (std::size_t i = digits; i < 3; ++i)
        value *= 10;
    return duration(value);
}

std::optional<duration> take_zone(std::string_view& text) {
    if (take(text, 'Z'))
        return duration{};
    bool const west = take(text, '-');
    if (!west && !take(text, '+'))
        return std::nullopt;
    auto const hours = take_digits(text, 2);
    bool const colon = take(text, ':');
    auto const minutes = take_digits(text, 2);
    if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    duration const offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return west ? -offset : offset;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    auto const year = take_digits(text, 4);
    bool const first = take(text, '-');
    auto const month = take_digits(text, 2);
    bool const second = take(text, '-');
    auto const day = take_digits(text, 2);
    if (!year || !first || !month || !second || !day)
        return std::nullopt;
    std::chrono::year_month_day const date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    };
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date);
}

} // namespace

std::variant<duration, std::string> parse_offset(std::string_view text) {
    bool const negative = text.starts_with('-');
    auto parsed = parse_duration(negative ? text.substr(1) : text);
    if (negative && std::holds_alternative<duration>(parsed))
        return -std::get<duration>(parsed);
    return parsed;
}

std::optional<duration> read_offset(node const& value, std::string_view what, fault_sink& faults) {
    if (!value.is_scalar()) {
        faults.error(
            value.offset,
            std::string(what) + " must be a time relative to t = 0, such as -90s, not " + describe(value)
        );
        return std::nullopt;
    }
    auto const parsed = parse_offset(value.text);
    if (auto const* const wrong = std::get_if<std::string>(&parsed)) {
        faults.error(value.offset, std::string(what) + ": " + *wrong);
        return std::nullopt;
    }
    return std::get<duration>(parsed);
}

std::optional<time_point> parse_clock(std::string_view text) {
    auto const date = take_date(text);
    bool const separator = take(text, 'T');
    auto const hour = take_digits(text, 2);
    bool const first = take(text, ':');
    auto const minute = take_digits(text, 2);
    bool const second_colon = take(text, ':');
    auto const second = take_digits(text, 2);
    if (!date || !separator || !hour || !first || !minute || !second_colon || !second)
        return std::nullopt;
    auto const fraction = take_fraction(text);
    auto const zone = take_zone(text);
    if (!fraction || !zone || !text.empty() || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return time_point(*date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + *fraction - *zone;
}

} // namespace autoscaler::policy::yaml
