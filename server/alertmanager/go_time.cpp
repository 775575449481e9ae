#include "server/alertmanager/go_time.hpp"

#include "server/alertmanager/go_layout.hpp"

#include <array>

namespace autoscaler::server::alertmanager {

namespace {

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

instant moment(time_parts const& what) {
    std::chrono::sys_days const day = std::chrono::year_month_day(
        std::chrono::year(what.year),
        std::chrono::month(static_cast<unsigned>(what.month)),
        std::chrono::day(static_cast<unsigned>(what.day))
    );
    std::int64_t const midnight = std::int64_t{day.time_since_epoch().count()} * 86400;
    int const seconds = what.hour * 3600 + what.minute * 60 + what.second - what.offset;
    return {midnight + seconds, what.nanosecond, static_cast<std::int16_t>(what.offset / 60)};
}

// The layouts that Alertmanager 0.25 tries in this order (go-openapi/strfmt DateTimeFormats); the last one's
// error is the one that the client sees. RFC 3339 with nanoseconds is left out: a fraction is read by the
// layout without one, too.
constexpr std::array<std::string_view, 9> v2_layouts{
    "2006-01-02T15:04:05.000000Z07:00",
    "2006-01-02T15:04:05.000000Z0700",
    "2006-01-02T15:04:05.000Z07:00",
    "2006-01-02T15:04:05.000Z0700",
    "2006-01-02T15:04:05Z07:00",
    "2006-01-02T15:04:05",
    "2006-01-02T15:04Z",
    "2006-01-02T15:04",
    "2006-01-02 15:04:05",
};
constexpr std::string_view v1_layout = "\"2006-01-02T15:04:05Z07:00\"";

time_reading read_layout(std::string_view layout, std::string_view text) {
    time_parts found;
    std::string error = parse_layout(layout, text, found);
    if (!error.empty())
        return {{}, std::move(error)};
    return {moment(found), {}};
}

// Two digits at `at`; -1 where there are none.
int pair_at(std::string_view text, std::size_t at) {
    return is_digit(text, at) && is_digit(text, at + 1) ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1;
}

} // namespace

bool instant::is_zero() const {
    constexpr std::int64_t year_one = -62135596800;
    return seconds == year_one && nanoseconds == 0;
}

policy::time_point instant::rounded_down() const {
    return policy::time_point(std::chrono::seconds(seconds)) +
           std::chrono::milliseconds(nanoseconds / 1'000'000);
}

bool read_rfc3339(std::string_view text, instant& when) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':')
        return false;
    int const century = pair_at(text, 0);
    int const year = pair_at(text, 2);
    time_parts what;
    what.month = pair_at(text, 5);
    what.day = pair_at(text, 8);
    what.hour = pair_at(text, 11);
    what.minute = pair_at(text, 14);
    what.second = pair_at(text, 17);
    if (century < 0 || year < 0 || what.month < 1 || what.month > 12 || what.day < 1 || what.hour < 0 ||
        what.hour > 23 || what.minute < 0 || what.minute > 59 || what.second < 0 || what.second > 59)
        return false;
    what.year = century * 100 + year;
    if (!day_exists(what))
        return false;

    std::size_t at = 19;
    if (text[at] == '.') {
        std::int32_t scale = 100'000'000;
        for (++at; is_digit(text, at) && scale > 0; ++at, scale /= 10)
            what.nanosecond += scale * (text[at] - '0');
        if (at == 20 || is_digit(text, at))
            return false;
    }
    std::string_view const zone = text.substr(at);
    if (zone != "Z") {
        int const hours = zone.size() == 6 && zone[3] == ':' ? pair_at(zone, 1) : -1;
        int const minutes = hours < 0 ? -1 : pair_at(zone, 4);
        if (minutes < 0 || (zone[0] != '+' && zone[0] != '-'))
            return false;
        what.offset = (hours * 3600 + minutes * 60) * (zone[0] == '-' ? -1 : 1);
    }
    when = moment(what);
    return true;
}

time_reading read_v2_time(std::string_view text) {
    time_reading result;
    if (text.empty() || read_rfc3339(text, result.when))
        return result;
    for (auto const layout : v2_layouts) {
        result = read_layout(layout, text);
        if (result.error.empty())
            break;
    }
    return result;
}

time_reading read_v1_time(std::string_view token) {
    time_reading result;
    if (token.size() > 2 && read_rfc3339(token.substr(1, token.size() - 2), result.when))
        return result;
    return read_layout(v1_layout, token);
}

} // namespace autoscaler::server::alertmanager
