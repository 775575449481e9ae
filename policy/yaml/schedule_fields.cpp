#include "policy/yaml/schedule_fields.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

using window_end = std::variant<cron_expression, duration>;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();

// One for each week of a year.
constexpr std::size_t max_windows = 53;

std::optional<cron_expression> read_cron(node const& value, std::string_view what, fault_sink& faults) {
    if (!value.is_scalar()) {
        faults.error(
            value.offset,
            std::string(what) + " must be a cron expression such as '0 7 * * 1-5', not " + describe(value)
        );
        return std::nullopt;
    }
    auto parsed = cron_expression::parse(value.text);
    if (auto const* const wrong = std::get_if<std::string>(&parsed)) {
        faults.error(value.offset, std::string(what) + ": " + *wrong);
        return std::nullopt;
    }
    return std::get<cron_expression>(std::move(parsed));
}

// A cron expression has five fields, a duration is one word.
std::optional<window_end> read_end(node const& value, fault_sink& faults) {
    bool const is_word = value.is_scalar() && value.text.find_first_of(" \t") == std::string::npos;
    if (!is_word) {
        auto cron = read_cron(value, "end", faults);
        return cron ? std::optional<window_end>(*std::move(cron)) : std::nullopt;
    }
    if (std::holds_alternative<std::string>(parse_duration(value.text))) {
        faults.error(
            value.offset,
            "end must be a cron expression such as '0 19 * * 1-5' or a duration such as 12h, not " +
                describe(value)
        );
        return std::nullopt;
    }
    auto const length = read_positive_duration(value, "end", "would close the window as it opens", faults);
    return length ? std::optional<window_end>(*length) : std::nullopt;
}

std::optional<time_zone> read_zone(node const& value, fault_sink& faults) {
    auto const name = read_text(value, "tz", faults);
    if (!name)
        return std::nullopt;
    auto const zone = time_zone::find(*name);
    if (!zone)
        faults.error(
            value.offset,
            "tz: there is no time zone " + in_quotes(*name) + "; expected a name such as Europe/Berlin or UTC"
        );
    return zone;
}

// The parts of a window while it is read.
struct window_draft {
    std::string name;
    std::optional<std::size_t> name_at;
    std::optional<cron_expression> start;
    std::optional<window_end> end;
    std::size_t end_at = 0;
    time_zone zone;
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    std::size_t min_at = 0;
    std::size_t max_at = 0;
};

void add_window_fields(map_reader& map, window_draft& draft, std::int64_t max_replicas, fault_sink& faults) {
    map.key("name", [&](entry const& seen) {
        draft.name_at = seen.value.offset;
        draft.name = read_text(seen.value, "name", faults).value_or("");
    });
    map.key("start", [&](entry const& seen) { draft.start = read_cron(seen.value, "start", faults); });
    map.key("end", [&](entry const& seen) {
        draft.end_at = seen.value.offset;
        draft.end = read_end(seen.value, faults);
    });
    map.key("tz", [&](entry const& seen) {
        draft.zone = read_zone(seen.value, faults).value_or(time_zone{});
    });
    map.key("min", [&](entry const& seen) {
        draft.min_at = seen.value.offset;
        draft.min = read_integer(seen.value, "min", 0, any_count, faults);
    });
    map.key("max", [&, max_replicas](entry const& seen) {
        draft.max_at = seen.value.offset;
        draft.max = read_max_replicas(seen.value, max_replicas, faults);
    });
}

void check_window(window_draft const& draft, map_reader const& map, node const& item, fault_sink& faults) {
    if (!map.has("min") && !map.has("max"))
        faults.error(item.offset, "a window sets neither min nor max, so it would change nothing");
    auto const* const end = draft.end ? std::get_if<cron_expression>(&*draft.end) : nullptr;
    if (end != nullptr && draft.start && *end == *draft.start)
        faults.error(draft.end_at, "start and end of the window are the same, so it would never be open");
}

// None, and at least one fault, where it cannot be made.
std::optional<placed_window>
read_window(node const& item, std::int64_t max_replicas, window_draft& draft, fault_sink& faults) {
    draft.min_at = draft.max_at = item.offset;
    map_reader map(faults, "a window");
    add_window_fields(map, draft, max_replicas, faults);
    if (!map.read(item))
        return std::nullopt;
    map.require("start", "a window has no \"start\": when does it open? For example '0 7 * * 1-5'");
    map.require("end", "a window has no \"end\": when, or after how long, does it close? For example 12h");
    check_window(draft, map, item, faults);
    if (!draft.start || !draft.end)
        return std::nullopt;
    if (!map.has("name"))
        draft.name = draft.start->text();
    schedule_window made{draft.name, *draft.start, *draft.end, draft.zone, draft.min, draft.max};
    return placed_window{std::move(made), draft.min_at, draft.max_at};
}

} // namespace

std::vector<placed_window> read_schedules(node const& value, std::int64_t max_replicas, fault_sink& faults) {
    std::vector<placed_window> windows;
    if (value.what != node::kind::list) {
        faults.error(value.offset, "schedules must be a list of windows, not " + describe(value));
        return windows;
    }
    if (!check_length(value, "schedules", max_windows, faults))
        return windows;
    std::map<std::string, std::size_t> places;
    for (auto const& item : value.items) {
        window_draft draft;
        if (auto made = read_window(item, max_replicas, draft, faults))
            windows.push_back(*std::move(made));
        if (!draft.name_at || draft.name.empty())
            continue;
        auto const [first, is_new] = places.emplace(draft.name, *draft.name_at);
        if (!is_new)
            faults.error(
                *draft.name_at,
                "two windows of this policy are called " + in_quotes(draft.name) + ": the other stands at " +
                    faults.where(first->second)
            );
    }
    return windows;
}

} // namespace autoscaler::policy::yaml
