#include "server/time_text.hpp"

#include <array>
#include <cstdio>

namespace autoscaler::server {

namespace {

// Takes characters from the front of a text as long as they fit.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_(text) {}

    bool literal(char expected) {
        if (rest_.empty() || rest_.front() != expected)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Exactly `count` digits.
    bool digits(std::size_t count, int& number) {
        if (rest_.size() < count)
            return false;
        number = 0;
        for (char const c : rest_.substr(0, count)) {
            if (c < '0' || c > '9')
                return false;
            number = number * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return true;
    }

    // 1 to 9 digits of a fraction, as milliseconds.
    bool fraction(int& milliseconds) {
        std::size_t count = 0;
        milliseconds = 0;
        for (int weight = 100; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
             weight /= 10, ++count) {
            milliseconds += weight * (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return count >= 1 && count <= 9;
    }

    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool offset(scanner& in, std::chrono::minutes& value) {
    if (in.literal('Z'))
        return true;
    bool const minus = in.literal('-');
    int hours = 0;
    int minutes = 0;
    if ((!minus && !in.literal('+')) || !in.digits(2, hours) || !in.literal(':') || !in.digits(2, minutes) ||
        hours > 23 || minutes > 59)
        return false;
    value = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    if (minus)
        value = -value;
    return true;
}

} // namespace

std::optional<policy::time_point> parse_time(std::string_view text) {
    scanner in(text);
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int milliseconds = 0;
    std::chrono::minutes zone{};
    if (!in.digits(4, year) || !in.literal('-') || !in.digits(2, month) || !in.literal('-') ||
        !in.digits(2, day) || !in.literal('T') || !in.digits(2, hour) || !in.literal(':') ||
        !in.digits(2, minute) || !in.literal(':') || !in.digits(2, second) ||
        (in.literal('.') && !in.fraction(milliseconds)) || !offset(in, zone) || !in.done())
        return {};
    std::chrono::year_month_day const date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))
    };
    if (!date.ok() || hour > 23 || minute > 59 || second > 59)
        return {};
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + policy::duration(milliseconds) - zone;
}

std::string to_text(policy::time_point time) {
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(time - day);
    std::array<char, 48> text{};
    int const size = std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count())
    );
    return {text.data(), static_cast<std::size_t>(size)};
}

} // namespace autoscaler::server
