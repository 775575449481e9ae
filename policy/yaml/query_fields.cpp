#include "policy/yaml/query_fields.hpp"

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/query_text.hpp"
#include "policy/yaml/scalars.hpp"

#include <array>
#include <string_view>

namespace autoscaler::policy::yaml {

namespace {

missing_rule read_fallback(node const& value, fault_sink& faults) {
    missing_rule made{.what = missing_rule::kind::fallback};
    map_reader map(faults, "on_missing");
    map.key("replicas", [&](entry const& seen) {
        made.replicas =
            read_integer(seen.value, "on_missing.replicas", 0, unlimited_replicas, faults).value_or(0);
    });
    map.key("after", [&](entry const& seen) {
        made.after = read_duration(seen.value, "on_missing.after", faults).value_or(duration{});
    });
    map.key("mode", [&](entry const& seen) {
        constexpr std::array<std::string_view, 2> words{"at_least", "exact"};
        if (auto const word = read_word(seen.value, "on_missing.mode", words, faults))
            made.at_least = *word == 0;
    });
    if (map.read(value)) {
        map.require("replicas", "on_missing has no \"replicas\": the count that is safe without data");
        map.require(
            "after", "on_missing has no \"after\": for how long data must be missing, for example 3m"
        );
    }
    return made;
}

std::optional<double> read_fraction(node const& value, std::string const& what, fault_sink& faults) {
    auto const number = read_number(value, what, faults);
    if (!number)
        return std::nullopt;
    if (*number < 0) {
        faults.error(value.offset, what + " must be 0 or more, not " + describe(value));
        return std::nullopt;
    }
    if (*number >= 1)
        faults.warning(
            value.offset,
            what + " is a fraction: " + in_quotes(value.text) +
                " leaves alone what is twice the target; 0.1 is 10 %"
        );
    return number;
}

} // namespace

std::optional<std::string> read_promql(node const& value, fault_sink& faults) {
    if (!value.is_scalar() || value.is_null() ||
        value.text.find_first_not_of(" \t\r\n") == std::string::npos) {
        std::string const found = value.is_scalar() && !value.is_null() ? "an empty text" : describe(value);
        faults.error(value.offset, "query must be a PromQL expression, not " + found);
        return std::nullopt;
    }
    if (auto const unknown = unknown_variable(value.text)) {
        faults.error(
            value.offset,
            "query: unknown variable " + in_quotes(*unknown) +
                "; the only one is $service, the full name of the service"
        );
        return std::nullopt;
    }
    return value.text;
}

missing_rule read_missing(node const& value, fault_sink& faults) {
    if (value.what == node::kind::map)
        return read_fallback(value, faults);
    constexpr std::array<std::string_view, 3> words{"hold", "ignore", "zero"};
    using kind = missing_rule::kind;
    constexpr std::array<kind, 3> kinds{kind::hold, kind::ignore, kind::zero};
    if (!value.is_scalar()) {
        faults.error(
            value.offset,
            "on_missing must be hold, ignore, zero or a map such as {replicas: 6, after: 3m}, not " +
                describe(value)
        );
        return {};
    }
    auto const word = read_word(value, "on_missing", words, faults);
    return word ? missing_rule{.what = kinds[*word]} : missing_rule{};
}

std::optional<series_reduction> read_reduction(node const& value, fault_sink& faults) {
    // In the order of series_reduction.
    constexpr std::array<std::string_view, 5> words{"error", "avg", "max", "min", "sum"};
    auto const word = read_word(value, "reduce", words, faults);
    return word ? std::optional(static_cast<series_reduction>(*word)) : std::nullopt;
}

std::optional<double> read_target(node const& value, fault_sink& faults) {
    auto const number = read_number(value, "target", faults);
    if (number && *number <= 0) {
        faults.error(value.offset, "target must be above 0, not " + describe(value));
        return std::nullopt;
    }
    return number;
}

std::optional<target_rule::mode> read_target_mode(node const& value, fault_sink& faults) {
    // In the order of target_rule::mode.
    constexpr std::array<std::string_view, 3> words{"average", "total", "replicas"};
    auto const word = read_word(value, "mode", words, faults);
    return word ? std::optional(static_cast<target_rule::mode>(*word)) : std::nullopt;
}

void read_tolerance(target_rule& rule, node const& value, fault_sink& faults) {
    if (value.is_scalar()) {
        if (auto const both = read_fraction(value, "tolerance", faults))
            rule.tolerance_up = rule.tolerance_down = *both;
        return;
    }
    map_reader map(faults, "tolerance");
    map.key("up", [&](entry const& seen) {
        rule.tolerance_up = read_fraction(seen.value, "tolerance.up", faults).value_or(rule.tolerance_up);
    });
    map.key("down", [&](entry const& seen) {
        rule.tolerance_down =
            read_fraction(seen.value, "tolerance.down", faults).value_or(rule.tolerance_down);
    });
    map.read(value);
}

} // namespace autoscaler::policy::yaml
