#include "server/alertmanager/go_time.hpp"

#include "server/alertmanager/go_text.hpp"

#include <array>
#include <utility>

namespace autoscaler::server::alertmanager {

namespace {

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

struct parts {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int32_t nanosecond = 0;
    int offset = 0; // seconds east of UTC
};

bool day_exists(parts const& what) {
    return std::chrono::year_month_day(
               std::chrono::year(what.year),
               std::chrono::month(static_cast<unsigned>(what.month)),
               std::chrono::day(static_cast<unsigned>(what.day))
    )
        .ok();
}

instant moment(parts const& what) {
    std::chrono::sys_days const day = std::chrono::year_month_day(
        std::chrono::year(what.year),
        std::chrono::month(static_cast<unsigned>(what.month)),
        std::chrono::day(static_cast<unsigned>(what.day))
    );
    std::int64_t const midnight = std::int64_t{day.time_since_epoch().count()} * 86400;
    int const seconds = what.hour * 3600 + what.minute * 60 + what.second - what.offset;
    return {midnight + seconds, what.nanosecond};
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

// The elements of these layouts, longer ones before their beginnings.
constexpr std::array<std::string_view, 10> elements{
    "2006", "01", "02", "15", "04", "05", ".000000", ".000", "Z07:00", "Z0700"
};

// Go's time.Parse for the elements above.
class layout_reader {
public:
    layout_reader(std::string_view layout, std::string_view text)
        : whole_layout_(layout), layout_(layout), whole_(text), value_(text) {}

    // Returns the error text, or "".
    std::string read();

    parts const& found() const { return found_; }

private:
    std::string_view next_prefix();
    bool skip(std::string_view prefix);
    bool take(std::string_view element);
    bool two_digits(int& number, bool both);
    bool ranged(int& number, bool both, int low, int high, std::string_view name);
    bool year();
    bool second();
    bool fraction(std::size_t digits);
    bool zone(bool colon);

    std::string cannot_parse(std::string_view element) const {
        return "parsing time " + time_quoted(whole_) + " as " + time_quoted(whole_layout_) +
               ": cannot parse " + time_quoted(value_) + " as " + time_quoted(element);
    }

    std::string message(std::string_view what) const {
        return "parsing time " + time_quoted(whole_) + ": " + std::string(what);
    }

    std::string_view whole_layout_;
    std::string_view layout_; // what is left of it
    std::string_view element_;
    std::string_view whole_;
    std::string_view value_; // what is left of it
    std::string_view out_of_range_;
    parts found_;
};

// Cuts the layout behind its next element, which element_ is then, and returns what stands before that.
std::string_view layout_reader::next_prefix() {
    for (std::size_t at = 0; at < layout_.size(); ++at)
        for (auto const each : elements)
            if (layout_.substr(at).starts_with(each)) {
                auto const prefix = layout_.substr(0, at);
                element_ = each;
                layout_.remove_prefix(at + each.size());
                return prefix;
            }
    element_ = {};
    return std::exchange(layout_, {});
}

// A space stands for any number of spaces, none at the end included.
bool layout_reader::skip(std::string_view prefix) {
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        if (prefix[i] == ' ') {
            if (!value_.empty() && value_.front() != ' ')
                return false;
            while (value_.starts_with(' '))
                value_.remove_prefix(1);
        } else if (!value_.starts_with(prefix[i])) {
            return false;
        } else {
            value_.remove_prefix(1);
        }
    }
    return true;
}

bool layout_reader::two_digits(int& number, bool both) {
    if (!is_digit(value_, 0) || (both && !is_digit(value_, 1)))
        return false;
    number = 0;
    for (int i = 0; i < 2 && is_digit(value_, 0); ++i, value_.remove_prefix(1))
        number = number * 10 + (value_.front() - '0');
    return true;
}

bool layout_reader::ranged(int& number, bool both, int low, int high, std::string_view name) {
    if (!two_digits(number, both))
        return false;
    if (number < low || number > high)
        out_of_range_ = name;
    return true;
}

bool layout_reader::year() {
    if (value_.size() < 4 || !is_digit(value_, 0))
        return false;
    std::string_view const text = value_.substr(0, 4);
    value_.remove_prefix(4);
    for (std::size_t i = 0; i < 4; ++i) {
        if (!is_digit(text, i))
            return false;
        found_.year = found_.year * 10 + (text[i] - '0');
    }
    return true;
}

// `digits` behind a point or comma; what is finer than a nanosecond is dropped.
bool layout_reader::fraction(std::size_t digits) {
    if (value_.size() < digits + 1 || (value_[0] != '.' && value_[0] != ','))
        return false;
    std::int32_t scale = 100'000'000;
    std::int32_t nanoseconds = 0;
    for (std::size_t i = 1; i <= digits; ++i, scale /= 10) {
        if (!is_digit(value_, i))
            return false;
        nanoseconds += scale * (value_[i] - '0');
    }
    found_.nanosecond = nanoseconds;
    value_.remove_prefix(digits + 1);
    return true;
}

bool layout_reader::second() {
    if (!ranged(found_.second, true, 0, 59, "second"))
        return false;
    // A fraction is welcome where the layout has none.
    bool const in_layout = layout_.starts_with('.');
    if (in_layout || value_.size() < 2 || (value_[0] != '.' && value_[0] != ',') || !is_digit(value_, 1))
        return true;
    std::size_t digits = 1;
    while (is_digit(value_, digits + 1))
        ++digits;
    return fraction(digits);
}

bool layout_reader::zone(bool colon) {
    if (value_.starts_with('Z')) {
        value_.remove_prefix(1);
        return true;
    }
    std::size_t const size = colon ? 6 : 5;
    std::size_t const minutes = colon ? 4 : 3;
    if (value_.size() < size || (colon && value_[3] != ':'))
        return false;
    std::string_view const text = value_.substr(0, size);
    value_.remove_prefix(size);
    for (std::size_t const at : {std::size_t{1}, std::size_t{2}, minutes, minutes + 1})
        if (!is_digit(text, at))
            return false;
    auto const number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    found_.offset = number(1) * 3600 + number(minutes) * 60;
    if (text[0] == '-')
        found_.offset = -found_.offset;
    return text[0] == '+' || text[0] == '-';
}

bool layout_reader::take(std::string_view element) {
    if (element == "2006")
        return year();
    if (element == "01")
        return ranged(found_.month, true, 1, 12, "month");
    if (element == "02")
        return two_digits(found_.day, true);
    if (element == "15")
        return ranged(found_.hour, false, 0, 23, "hour");
    if (element == "04")
        return ranged(found_.minute, true, 0, 59, "minute");
    if (element == "05")
        return second();
    if (element.starts_with('.'))
        return fraction(element.size() - 1);
    return zone(element == "Z07:00");
}

std::string layout_reader::read() {
    for (;;) {
        std::string_view const prefix = next_prefix();
        if (!skip(prefix))
            return cannot_parse(prefix);
        if (element_.empty())
            break;
        bool const taken = take(element_);
        if (!out_of_range_.empty())
            return message(std::string(out_of_range_) + " out of range");
        if (!taken)
            return cannot_parse(element_);
    }
    if (!value_.empty())
        return message("extra text: " + time_quoted(value_));
    return found_.day < 1 || !day_exists(found_) ? message("day out of range") : std::string{};
}

time_reading read_layout(std::string_view layout, std::string_view text) {
    layout_reader reader(layout, text);
    std::string error = reader.read();
    if (!error.empty())
        return {{}, std::move(error)};
    return {moment(reader.found()), {}};
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
    parts what;
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
