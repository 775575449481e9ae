#include "policy/yaml/limit_fields.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

// As for a step of `scale`: beyond this it is a slip, and the arithmetic of the core stays far from overflow.
constexpr std::int64_t max_amount = 1'000'000;

// Two are usual.
constexpr std::size_t max_entries = 10;

using parsed_limit = std::variant<rate_limit, std::string>;

parsed_limit bad(std::string_view text) {
    return in_quotes(text) +
           " is no limit: expected replicas or percent and a period, as in 4/15s or 100%/15s";
}

parsed_limit parse_limit(std::string_view text) {
    std::size_t const slash = text.find('/');
    if (slash == std::string_view::npos)
        return bad(text);
    rate_limit made;
    std::string_view amount = text.substr(0, slash);
    made.percent = amount.ends_with('%');
    if (made.percent)
        amount.remove_suffix(1);
    if (std::string const trap = number_trap(amount); !trap.empty())
        return in_quotes(text) + " may be read as " + trap + "; write a plain number";
    auto const end = amount.data() + amount.size();
    auto const result = std::from_chars(amount.data(), end, made.amount);
    if (amount.starts_with('-') || result.ec == std::errc::invalid_argument || result.ptr != end)
        return bad(text);
    if (result.ec != std::errc{} || made.amount > max_amount)
        return in_quotes(text) + " is too large: at most " + std::to_string(max_amount);
    if (made.amount == 0)
        return in_quotes(text) + " lets nothing through; write \"disabled\" if that is meant";
    auto const period = parse_duration(text.substr(slash + 1));
    if (auto const* const wrong = std::get_if<std::string>(&period))
        return *wrong;
    made.period = std::get<duration>(period);
    if (made.period == duration::zero())
        return in_quotes(text) + " has a period of 0s, which limits nothing";
    return made;
}

void read_direction(
    direction_limits& limits, node const& value, std::string const& what, fault_sink& faults
) {
    if (value.is_scalar() && value.text == "disabled") {
        limits.disabled = true;
        limits.entries.clear();
        return;
    }
    if (value.what != node::kind::list) {
        faults.error(
            value.offset,
            what + " must be a list such as [4/15s, 100%/15s], or disabled, not " + describe(value)
        );
        return;
    }
    if (!check_length(value, what, max_entries, faults))
        return;
    limits.disabled = false;
    limits.entries.clear();
    for (auto const& item : value.items) {
        if (!item.is_scalar()) {
            faults.error(
                item.offset, what + " holds limits such as 4/15s or 100%/15s, not " + describe(item)
            );
            continue;
        }
        auto const parsed = parse_limit(item.text);
        if (auto const* const wrong = std::get_if<std::string>(&parsed))
            faults.error(item.offset, what + ": " + *wrong);
        else
            limits.entries.push_back(std::get<rate_limit>(parsed));
    }
}

void read_select(direction_limits& limits, node const& value, std::string const& what, fault_sink& faults) {
    constexpr std::array<std::string_view, 2> words{"max", "min"};
    using select = direction_limits::select;
    if (auto const word = read_word(value, what, words, faults))
        limits.which = *word == 0 ? select::max : select::min;
}

} // namespace

void read_limits(direction_limits& up, direction_limits& down, node const& value, fault_sink& faults) {
    map_reader map(faults, "limits");
    map.key("up", [&](entry const& seen) { read_direction(up, seen.value, "limits.up", faults); });
    map.key("down", [&](entry const& seen) { read_direction(down, seen.value, "limits.down", faults); });
    map.key("select", [&](entry const& seen) {
        if (seen.value.is_scalar()) {
            read_select(up, seen.value, "limits.select", faults);
            down.which = up.which;
            return;
        }
        map_reader each(faults, "limits.select");
        each.key("up", [&](entry const& one) { read_select(up, one.value, "limits.select.up", faults); });
        each.key("down", [&](entry const& one) {
            read_select(down, one.value, "limits.select.down", faults);
        });
        each.read(seen.value);
    });
    map.read(value);
}

} // namespace autoscaler::policy::yaml
