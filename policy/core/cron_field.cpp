#include "policy/core/cron_field.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace autoscaler::policy {

namespace {

constexpr std::array<std::string_view, 12> month_names{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string between(cron_field_kind const& kind) {
    std::string text = std::to_string(kind.least) + " to " + std::to_string(kind.most);
    if (!kind.names.empty())
        text += " or a name such as " + std::string(kind.names.front());
    return text;
}

bool same_name(std::string_view text, std::string_view name) {
    return std::ranges::equal(text, name, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    });
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// A number or a name within the field's bounds.
std::optional<int> value_of(std::string_view text, cron_field_kind const& kind) {
    for (std::size_t i = 0; i < kind.names.size(); ++i) {
        if (same_name(text, kind.names[i]))
            return kind.least + static_cast<int>(i);
    }
    auto const value = number(text);
    return value && *value >= kind.least && *value <= kind.most ? value : std::nullopt;
}

struct cron_range {
    int first = 0;
    int last = 0;
    bool any = false;
    bool single = false;
};

std::string range_text(int first, int last) {
    return first == last ? std::to_string(first) : std::to_string(first) + '-' + std::to_string(last);
}

std::string wraps(std::string_view text, cron_range const& range, cron_field_kind const& kind) {
    int const most = kind.most == 7 ? 6 : kind.most; // 7 is Sunday again
    return "the range " + quoted(text) + " of the " + std::string(kind.name) + " wraps; write " +
           quoted(range_text(range.first, most) + ',' + range_text(kind.least, range.last));
}

// `*`, `a` or `a-b`.
std::variant<cron_range, std::string> parse_range(std::string_view text, cron_field_kind const& kind) {
    if (text == "*")
        return cron_range{.first = kind.least, .last = kind.most == 7 ? 6 : kind.most, .any = true};
    std::size_t const dash = text.find('-');
    auto const first = value_of(text.substr(0, dash), kind);
    auto last = dash == std::string_view::npos ? first : value_of(text.substr(dash + 1), kind);
    if (!first || !last)
        return quoted(text) + " is no " + std::string(kind.name) + ": expected " + between(kind) +
               ", or \"*\"";
    // `fri-sun` has but one meaning.
    if (last == 0 && *first > 0 && kind.most == 7 &&
        !std::isdigit(static_cast<unsigned char>(text[dash + 1])))
        last = 7;
    cron_range const range{.first = *first, .last = *last, .single = dash == std::string_view::npos};
    if (range.first > range.last)
        return wraps(text, range, kind);
    return range;
}

// A range with or without a step. Empty: it has been added to `field`.
std::string add_item(std::string_view text, cron_field_kind const& kind, cron_field& field) {
    std::size_t const slash = text.find('/');
    auto const read = parse_range(text.substr(0, slash), kind);
    if (auto const* fault = std::get_if<std::string>(&read))
        return *fault;
    auto const& range = std::get<cron_range>(read);
    int step = 1;
    if (slash != std::string_view::npos) {
        auto const asked = number(text.substr(slash + 1));
        if (!asked || *asked < 1)
            return "the step of " + quoted(text) + " is no whole number above 0";
        if (range.single)
            return "the step of " + quoted(text) + " has no range; write " +
                   quoted(range_text(range.first, kind.most) + std::string(text.substr(slash)));
        if (*asked > 1 && *asked > range.last - range.first)
            return "the step of " + quoted(text) + " is longer than its range " +
                   quoted(range_text(range.first, range.last));
        step = *asked;
    }
    field.any = field.any || (range.any && step == 1);
    for (int value = range.first; value <= range.last; value += step)
        field.values.set(static_cast<std::size_t>(value));
    return "";
}

} // namespace

cron_field_kind const cron_minute{"minute", 0, 59, {}};
cron_field_kind const cron_hour{"hour", 0, 23, {}};
cron_field_kind const cron_day{"day of month", 1, 31, {}};
cron_field_kind const cron_month{"month", 1, 12, month_names};
cron_field_kind const cron_weekday{"day of week", 0, 7, weekday_names};

std::variant<cron_field, std::string> parse_cron_field(std::string_view text, cron_field_kind const& kind) {
    cron_field field;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const comma = std::min(text.find(',', begin), text.size());
        if (auto fault = add_item(text.substr(begin, comma - begin), kind, field); !fault.empty())
            return fault;
        begin = comma + 1;
    }
    return field;
}

} // namespace autoscaler::policy
