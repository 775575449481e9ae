// Windows of time in which other bounds hold: 5-field cron in a time zone. Pure but for the time-zone
// database, which is read once.
#pragma once

#include "policy/core/time.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace date {
class time_zone;
}

namespace autoscaler::policy {

// A time zone of the IANA database, by name.
class time_zone {
public:
    // UTC.
    time_zone() = default;

    // None for a name that the database does not know. UTC needs no database; where the database is missing,
    // every other name is unknown.
    static std::optional<time_zone> find(std::string_view name);

    std::string name() const;

    date::time_zone const* database_entry() const { return entry_; } // none: UTC

    friend bool operator==(time_zone const&, time_zone const&) = default;

private:
    explicit time_zone(date::time_zone const* entry) : entry_(entry) {}

    date::time_zone const* entry_ = nullptr; // lives as long as the program
};

// minute hour day-of-month month day-of-week: `*`, lists, ranges, steps, names of months and days; 7 is
// Sunday, too. A step follows `*` or a range. Ranges do not wrap.
class cron_expression {
public:
    // The expression, or what is wrong with the text. One that can never come (30 February) is wrong.
    static std::variant<cron_expression, std::string> parse(std::string_view text);

    // The latest moment at or before `now` at which it fires. A local time that does not exist is skipped,
    // one that comes twice fires twice. None where it has not fired within the last 40 years.
    std::optional<time_point> last(time_point now, time_zone const& zone) const;

    std::string const& text() const { return text_; }

    // They fire at the same times, however they are written.
    friend bool operator==(cron_expression const& a, cron_expression const& b) {
        return a.minutes_ == b.minutes_ && a.hours_ == b.hours_ && a.days_ == b.days_ &&
               a.months_ == b.months_ && a.weekdays_ == b.weekdays_ && a.any_day_ == b.any_day_ &&
               a.any_weekday_ == b.any_weekday_;
    }

private:
    cron_expression() = default;

    bool can_fire() const;
    bool fires_on(std::chrono::local_days day, std::chrono::year_month_day const& date) const;
    std::optional<std::chrono::minutes> last_minute(std::chrono::minutes limit) const;
    std::optional<std::chrono::local_seconds>
    last_between(std::chrono::local_seconds from, std::chrono::local_seconds until) const;

    std::string text_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;    // of the month, 1 to 31
    std::bitset<13> months_;  // 1 to 12
    std::bitset<7> weekdays_; // 0 is Sunday
    bool any_day_ = true;     // day of month is `*`
    bool any_weekday_ = true; // day of week is `*`; neither is: either of them suffices
};

// A window and the bounds that hold in it.
struct schedule_window {
    std::string name;
    cron_expression start;
    std::variant<cron_expression, duration> end;
    time_zone zone;
    std::optional<std::int64_t> min; // none: the policy's
    std::optional<std::int64_t> max;

    friend bool operator==(schedule_window const&, schedule_window const&) = default;
};

// Its last start is later than its last end, or younger than its duration. One that never started is not
// active.
bool active(schedule_window const& window, time_point now);

} // namespace autoscaler::policy
