#include "server/text/time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace autoscaler::server::text {

namespace {

constexpr policy::time_point earliest = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr policy::time_point latest =
    std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - policy::duration(1);

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Cuts pieces off the front of a text; after the first that is not as asked for, all is lost.
class scanner {
public:
    explicit scanner(std::string_view text) : left_(text) {}

    int digits(std::size_t count) {
        int number = 0;
        for (; count > 0 && !left_.empty() && is_digit(left_.front()); --count, left_.remove_prefix(1))
            number = number * 10 + (left_.front() - '0');
        good_ = good_ && count == 0;
        return number;
    }

    bool take(char wanted) {
        bool const there = left_.starts_with(wanted);
        if (there)
            left_.remove_prefix(1);
        return there;
    }

    void expect(char wanted) { good_ = take(wanted) && good_; }

    // Behind the point: the first three digits count.
    int milliseconds() {
        int number = 0;
        int place = 100;
        good_ = good_ && !left_.empty() && is_digit(left_.front());
        for (; !left_.empty() && is_digit(left_.front()); left_.remove_prefix(1), place /= 10)
            number += place * (left_.front() - '0');
        return number;
    }

    bool done() const { return good_ && left_.empty(); }

private:
    std::string_view left_;
    bool good_ = true;
};

} // namespace

std::string to_rfc3339(policy::time_point when) {
    when = std::clamp(when, earliest, latest);
    auto const day = std::chrono::floor<std::chrono::days>(when);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const time(when - day);
    std::array<char, 32> out{};
    int const length = std::snprintf(
        out.data(),
        out.size(),
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return {out.data(), static_cast<std::size_t>(length)};
}

std::optional<policy::time_point> parse_rfc3339(std::string_view text) {
    scanner in(text);
    std::chrono::year const year(in.digits(4));
    in.expect('-');
    std::chrono::month const month(static_cast<unsigned>(in.digits(2)));
    in.expect('-');
    std::chrono::day const day(static_cast<unsigned>(in.digits(2)));
    in.expect('T');
    int const hour = in.digits(2);
    in.expect(':');
    int const minute = in.digits(2);
    in.expect(':');
    int const second = in.digits(2);
    int const millisecond = in.take('.') ? in.milliseconds() : 0;

    int offset = 0; // minutes east of UTC
    if (!in.take('Z')) {
        bool const east = in.take('+');
        if (!east)
            in.expect('-');
        int const hours = in.digits(2);
        in.expect(':');
        int const minutes = in.digits(2);
        if (hours > 23 || minutes > 59)
            return {};
        offset = (hours * 60 + minutes) * (east ? 1 : -1);
    }
    std::chrono::year_month_day const date(year, month, day);
    if (!in.done() || !date.ok() || hour > 23 || minute > 59 || second > 59)
        return {};
    return policy::time_point(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute - offset) + std::chrono::seconds(second) +
           std::chrono::milliseconds(millisecond);
}

} // namespace autoscaler::server::text
