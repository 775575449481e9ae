// `steps` of a step rule.
#include "policy/yaml/expressions.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/query_fields.hpp"
#include "policy/yaml/scalars.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// Nobody reads more of them; each is compared with each.
constexpr std::size_t max_steps = 100;

using comparison = threshold::comparison;

// Longer ones first: `>` begins `>=`.
constexpr std::array<std::pair<std::string_view, comparison>, 4> symbols{{
    {">=", comparison::greater_equal},
    {"<=", comparison::less_equal},
    {">", comparison::greater},
    {"<", comparison::less},
}};

bool asks_for_high(threshold const& when) {
    return when.than == comparison::greater || when.than == comparison::greater_equal;
}

bool includes_bound(threshold const& when) {
    return when.than == comparison::greater_equal || when.than == comparison::less_equal;
}

// Some value satisfies both.
bool overlap(threshold const& a, threshold const& b) {
    if (asks_for_high(a) == asks_for_high(b))
        return true;
    double const low = asks_for_high(a) ? a.bound : b.bound;
    double const high = asks_for_high(a) ? b.bound : a.bound;
    return low < high || (low == high && includes_bound(a) && includes_bound(b));
}

// A step and where its `when` stands.
struct placed_step {
    value_step value;
    std::string_view written;
    std::size_t at = 0;
    bool good = false; // what is not read cannot be compared
};

placed_step read_step(node const& item, fault_sink& faults) {
    placed_step made;
    bool has_when = false;
    bool has_scale = false;
    map_reader map(faults, "a step");
    map.key("when", [&](entry const& seen) {
        made.at = seen.value.offset;
        made.written = seen.value.text;
        auto const when = read_threshold(seen.value, faults);
        made.value.when = when.value_or(threshold{});
        has_when = when.has_value();
    });
    map.key("scale", [&](entry const& seen) {
        auto const scale = read_scale(seen.value, faults);
        made.value.scale = scale.value_or(scale_expression{});
        has_scale = scale.has_value();
    });
    map.key("for", [&](entry const& seen) {
        made.value.for_ = read_duration(seen.value, "for", faults).value_or(duration{});
    });
    if (map.read(item)) {
        map.require("when", "a step has no \"when\": at which values does it step? For example '> 20'");
        map.require("scale", "a step has no \"scale\": how far does it step? For example +1");
    }
    made.good = has_when && has_scale;
    return made;
}

// Between them no count would be at rest.
void check_overlaps(std::vector<placed_step> const& steps, fault_sink& faults) {
    for (std::size_t later = 1; later < steps.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            placed_step const& a = steps[earlier];
            placed_step const& b = steps[later];
            bool const opposed = (grows(a.value.scale) && shrinks(b.value.scale)) ||
                                 (shrinks(a.value.scale) && grows(b.value.scale));
            if (!a.good || !b.good || !opposed || !overlap(a.value.when, b.value.when))
                continue;
            faults.error(
                b.at,
                "steps up and down overlap: a value can be " + in_quotes(a.written) + " and " +
                    in_quotes(b.written) + " at once; leave a gap between them"
            );
            break;
        }
    }
}

} // namespace

std::optional<threshold> read_threshold(node const& value, fault_sink& faults) {
    std::string_view text = value.is_scalar() ? std::string_view(value.text) : std::string_view{};
    for (auto const& [symbol, than] : symbols) {
        if (!text.starts_with(symbol))
            continue;
        text.remove_prefix(symbol.size());
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (std::string const trap = number_trap(text); !trap.empty()) {
            faults.error(
                value.offset,
                "when: " + in_quotes(text) + " may be read as " + trap + "; write a plain number"
            );
            return std::nullopt;
        }
        if (auto const bound = parse_number(text))
            return threshold{than, *bound};
        break;
    }
    faults.error(
        value.offset, "when must be one of > >= < <= and a number, as in '> 20', not " + describe(value)
    );
    return std::nullopt;
}

std::vector<value_step> read_value_steps(node const& value, fault_sink& faults) {
    std::vector<placed_step> placed;
    if (value.what != node::kind::list || value.items.empty()) {
        std::string const found = value.what == node::kind::list ? "an empty list" : describe(value);
        faults.error(
            value.offset,
            "steps must be a list such as [{when: '> 20', scale: +1}, {when: '< 10', scale: -1}], not " +
                found
        );
        return {};
    }
    if (!check_length(value, "steps", max_steps, faults))
        return {};
    for (auto const& item : value.items)
        placed.push_back(read_step(item, faults));
    check_overlaps(placed, faults);
    std::vector<value_step> steps;
    for (auto const& one : placed)
        steps.push_back(one.value);
    return steps;
}

} // namespace autoscaler::policy::yaml
