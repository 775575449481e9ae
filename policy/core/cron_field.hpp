// One of the five fields of a cron expression. Pure.
#pragma once

#include <array>
#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::policy {

// What a field may hold.
struct cron_field_kind {
    std::string_view name; // as error texts call it
    int least = 0;
    int most = 0;                            // at most 59
    std::span<std::string_view const> names; // three letters each, the first stands for `least`
};

extern cron_field_kind const cron_minute;
extern cron_field_kind const cron_hour;
extern cron_field_kind const cron_day;
extern cron_field_kind const cron_month;
extern cron_field_kind const cron_weekday; // 0 to 7: both ends are Sunday

struct cron_field {
    std::bitset<60> values;
    bool any = false; // an item of it is `*`
};

// The field, or what is wrong with it.
std::variant<cron_field, std::string> parse_cron_field(std::string_view text, cron_field_kind const& kind);

} // namespace autoscaler::policy
