#include "policy/core/schedule.hpp"

#include "policy/core/cron_field.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

namespace autoscaler::policy {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

// Longer than any pause: two 29 Februaries are 8 years apart at most.
constexpr days furthest_back{40 * 365 + 10};

std::string bad(std::string_view text, std::string const& why) {
    return "bad cron expression \"" + std::string(text) + "\": " + why;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> fields;
    constexpr std::string_view blanks = " \t";
    for (std::size_t begin = 0; (begin = text.find_first_not_of(blanks, begin)) != std::string_view::npos;) {
        std::size_t const end = std::min(text.find_first_of(blanks, begin), text.size());
        fields.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return fields;
}

// What is wrong with an expression that has not five fields.
std::string wrong_shape(std::vector<std::string_view> const& fields) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> macros{{
        {"@yearly", "0 0 1 1 *"},
        {"@annually", "0 0 1 1 *"},
        {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"},
        {"@daily", "0 0 * * *"},
        {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    }};
    for (auto const& [macro, meaning] : macros) {
        if (!fields.empty() && fields.front() == macro)
            return "write \"" + std::string(meaning) + "\" instead";
    }
    std::string text = "expected 5 fields (minute hour day-of-month month day-of-week), got " +
                       std::to_string(fields.size());
    if (!fields.empty() && fields.front().find("TZ=") != std::string_view::npos)
        text += "; the time zone stands in `tz`";
    else if (fields.size() == 6)
        text += "; there is no field for seconds or years";
    return text;
}

// The time from `begin` on in which local time is UTC + offset, up to the moment that was asked for.
struct offset_span {
    sys_seconds begin = sys_seconds::min();
    seconds offset{};
};

offset_span span_at(sys_seconds moment, time_zone const& zone) {
    if (zone.database_entry() == nullptr)
        return {};
    auto const info = zone.database_entry()->get_info(moment);
    return {.begin = info.begin, .offset = info.offset};
}

} // namespace

std::optional<time_zone> time_zone::find(std::string_view name) {
    if (name == "UTC")
        return time_zone{};
    try {
        auto const* entry = date::locate_zone(name);
        // Its rules are read at the first question: a file that cannot be read must show now, not in a
        // decision.
        entry->get_info(sys_seconds{});
        return time_zone(entry);
    } catch (std::exception const&) { // no database, no such zone: the library tells them apart by text only
        return std::nullopt;
    }
}

std::string time_zone::name() const {
    return entry_ == nullptr ? "UTC" : entry_->name();
}

std::variant<cron_expression, std::string> cron_expression::parse(std::string_view text) {
    auto const fields = split(text);
    if (fields.size() != 5)
        return bad(text, wrong_shape(fields));
    std::array<cron_field_kind const*, 5> const kinds{
        &cron_minute, &cron_hour, &cron_day, &cron_month, &cron_weekday
    };
    std::array<cron_field, 5> read;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        auto field = parse_cron_field(fields[i], *kinds[i]);
        if (auto const* fault = std::get_if<std::string>(&field))
            return bad(text, *fault);
        read[i] = std::get<cron_field>(field);
    }
    auto const copy = [](std::bitset<60> const& from, auto& to) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = from[i];
    };
    cron_expression made;
    made.text_ = text;
    copy(read[0].values, made.minutes_);
    copy(read[1].values, made.hours_);
    copy(read[2].values, made.days_);
    copy(read[3].values, made.months_);
    copy(read[4].values, made.weekdays_);
    made.weekdays_[0] = made.weekdays_[0] || read[4].values[7];
    made.any_day_ = read[2].any;
    made.any_weekday_ = read[4].any;
    if (!made.can_fire())
        return bad(text, "it can never come: no month that it names has such a day");
    return made;
}

bool cron_expression::can_fire() const {
    if (!any_weekday_)
        return true; // some day of every month is such a day
    constexpr std::array<unsigned, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (std::size_t month = 1; month < longest.size(); ++month) {
        for (std::size_t day = 1; months_[month] && day <= longest[month]; ++day) {
            if (days_[day])
                return true;
        }
    }
    return false;
}

bool cron_expression::fires_on(local_days day, year_month_day const& date) const {
    bool const day_fits = days_[static_cast<unsigned>(date.day())];
    bool const weekday_fits = weekdays_[std::chrono::weekday{day}.c_encoding()];
    if (any_day_ || any_weekday_)
        return day_fits && weekday_fits;
    return day_fits || weekday_fits;
}

// The latest minute of a day on which it fires, at or before `limit`.
std::optional<minutes> cron_expression::last_minute(minutes limit) const {
    auto minute = static_cast<std::size_t>(limit.count() % 60);
    for (auto hour = static_cast<std::size_t>(limit.count() / 60) + 1; hour-- > 0; minute = 59) {
        if (!hours_[hour])
            continue;
        for (++minute; minute-- > 0;) {
            if (minutes_[minute])
                return std::chrono::hours{hour} + minutes{minute};
        }
    }
    return std::nullopt;
}

std::optional<local_seconds> cron_expression::last_between(local_seconds from, local_seconds until) const {
    auto day = std::chrono::floor<days>(until);
    auto limit = std::chrono::floor<minutes>(until - day);
    auto const first_day = std::chrono::floor<days>(from);
    while (day >= first_day) {
        year_month_day const date{day};
        if (!months_[static_cast<unsigned>(date.month())]) {
            day = local_days{date.year() / date.month() / 1} - days{1};
        } else {
            auto const minute = fires_on(day, date) ? last_minute(limit) : std::nullopt;
            if (minute)
                return day + *minute >= from ? std::optional<local_seconds>{day + *minute} : std::nullopt;
            day -= days{1};
        }
        limit = minutes{24 * 60 - 1};
    }
    return std::nullopt;
}

// Backwards through the spans of one offset: within each, local time is as regular as UTC. So a local time
// that is skipped lies in no span, and one that comes twice lies in two.
std::optional<time_point> cron_expression::last(time_point now, time_zone const& zone) const {
    auto until = std::chrono::floor<seconds>(now);
    auto const horizon = until - furthest_back;
    while (until >= horizon) {
        auto const span = span_at(until, zone);
        auto const from = std::max(span.begin, horizon);
        auto const local = [&](sys_seconds moment) {
            return local_seconds{moment.time_since_epoch() + span.offset};
        };
        if (auto const found = last_between(local(from), local(until)))
            return sys_seconds{found->time_since_epoch() - span.offset};
        until = from - seconds{1};
    }
    return std::nullopt;
}

bool active(schedule_window const& window, time_point now) {
    auto const start = window.start.last(now, window.zone);
    if (!start)
        return false;
    if (auto const* length = std::get_if<duration>(&window.end))
        return now - *start < *length;
    auto const end = std::get<cron_expression>(window.end).last(now, window.zone);
    return !end || *start > *end;
}

} // namespace autoscaler::policy
