#include "policy/yaml/expressions.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

using kind = scale_expression::kind;
using parsed_step = std::variant<scale_expression, std::string>;

// A step beyond this is a slip of the finger; the arithmetic of the core stays far from overflow.
constexpr std::int64_t max_amount = 1'000'000;

// The digits of an amount, or what is wrong with them in `text`.
std::variant<std::int64_t, std::string> parse_amount(std::string_view digits, std::string_view text) {
    if (std::string const trap = number_trap(digits); !trap.empty())
        return in_quotes(text) + " may be read as " + trap + "; write a plain number";
    std::int64_t amount = 0;
    auto const end = digits.data() + digits.size();
    auto const result = std::from_chars(digits.data(), end, amount);
    bool const is_number = !digits.empty() && digits.front() != '-' &&
                           result.ec != std::errc::invalid_argument && result.ptr == end;
    if (!is_number)
        return std::string{};
    if (result.ec != std::errc{} || amount > max_amount)
        return in_quotes(text) + " is too large: at most " + std::to_string(max_amount);
    return amount;
}

// A relative step: sign (optional), digits, % (optional).
parsed_step parse_relative(std::string_view text) {
    bool const negative = text.starts_with('-');
    bool const percent = text.ends_with('%');
    std::string_view digits = text;
    if (negative || text.starts_with('+'))
        digits.remove_prefix(1);
    if (percent && !digits.empty())
        digits.remove_suffix(1);
    auto const amount = parse_amount(digits, text);
    if (auto const* const wrong = std::get_if<std::string>(&amount))
        return *wrong;
    std::int64_t const size = std::get<std::int64_t>(amount);
    if (size == 0)
        return in_quotes(text) + " changes nothing: a step is at least " + (percent ? "1%" : "1");
    if (percent && negative && size > 100)
        return in_quotes(text) + " takes away more than there is: at most -100%";
    return scale_expression{percent ? kind::percent : kind::delta, negative ? -size : size};
}

// An empty text in the answer stands for "none of the forms".
parsed_step parse_step(std::string_view text) {
    if (text == "max")
        return scale_expression{kind::max, 0};
    if (text == "min")
        return scale_expression{kind::min, 0};
    if (text == "hold")
        return scale_expression{kind::hold, 0};
    if (text.starts_with('=')) {
        auto const amount = parse_amount(text.substr(1), text);
        if (auto const* const wrong = std::get_if<std::string>(&amount))
            return *wrong;
        return scale_expression{kind::exact, std::get<std::int64_t>(amount)};
    }
    return parse_relative(text);
}

// Reads a step and reports what is wrong with it; `forms` lists what is allowed.
std::optional<scale_expression>
read_step(node const& value, std::string_view what, std::string_view forms, fault_sink& faults) {
    auto const refuse = [&](std::string const& why) {
        faults.error(value.offset, std::string(what) + why);
        return std::nullopt;
    };
    std::string const expected = " must be " + std::string(forms) + ", not " + describe(value);
    if (!value.is_scalar())
        return refuse(expected);
    auto const parsed = parse_step(value.text);
    if (auto const* const wrong = std::get_if<std::string>(&parsed))
        return refuse(wrong->empty() ? expected : ": " + *wrong);
    return std::get<scale_expression>(parsed);
}

} // namespace

bool grows(scale_expression const& step) {
    return step.what == kind::max || (step.relative() && step.amount > 0);
}

bool shrinks(scale_expression const& step) {
    return step.what == kind::min || (step.relative() && step.amount < 0);
}

std::optional<scale_expression> read_scale(node const& value, fault_sink& faults) {
    auto step = read_step(value, "scale", "+n, -n, +n%, -n%, =n, max, min or hold", faults);
    if (step && step->what == kind::percent && value.text.find_first_of("+-") != 0) {
        faults.error(
            value.offset,
            "scale: " + in_quotes(value.text) + " has no sign; did you mean +" + value.text +
                "? (=n sets a count)"
        );
        return std::nullopt;
    }
    return step;
}

std::optional<resolved_action> read_on_resolved(node const& value, fault_sink& faults) {
    constexpr std::string_view forms = "hold, revert, -n, -n%, =n or min";
    if (value.is_scalar() && value.text == "revert")
        return resolved_action{resolved_action::kind::revert, {}};
    auto const step = read_step(value, "on_resolved", forms, faults);
    if (!step)
        return std::nullopt;
    if (step->what == kind::hold)
        return resolved_action{};
    if (step->what == kind::max || (step->relative() && step->amount > 0)) {
        faults.error(
            value.offset,
            "on_resolved must be " + std::string(forms) + ", not " + describe(value) +
                ": the end of an alert is no reason to grow"
        );
        return std::nullopt;
    }
    return resolved_action{resolved_action::kind::scale, *step};
}

std::optional<scale_expression> read_return_step(node const& value, fault_sink& faults) {
    constexpr std::string_view forms = "a number of replicas or a percentage, as in 1 or 25%";
    auto const step = read_step(value, "return.by", forms, faults);
    if (!step)
        return std::nullopt;
    if (!step->relative() || value.text.starts_with('-') || value.text.starts_with('+')) {
        faults.error(
            value.offset,
            "return.by must be " + std::string(forms) + ", without a sign, not " + describe(value)
        );
        return std::nullopt;
    }
    if (step->what == kind::percent && step->amount > 100) {
        faults.error(
            value.offset,
            "return.by: " + in_quotes(value.text) + " takes away more than there is: at most 100%"
        );
        return std::nullopt;
    }
    return step;
}

std::optional<repeat_rhythm> read_repeat(node const& value, fault_sink& faults) {
    if (value.what == node::kind::plain && value.text == "true")
        return repeat_rhythm{repeat_rhythm::kind::always, {}};
    if (value.what == node::kind::plain && value.text == "false")
        return repeat_rhythm{repeat_rhythm::kind::once, {}};
    bool const starts_with_digit =
        value.is_scalar() && !value.text.empty() &&
        (value.text.front() == '-' || (value.text.front() >= '0' && value.text.front() <= '9'));
    if (!starts_with_digit) {
        faults.error(
            value.offset, "repeat must be true, false or a duration such as 5m, not " + describe(value)
        );
        return std::nullopt;
    }
    auto const interval = read_duration(value, "repeat", faults);
    if (!interval)
        return std::nullopt;
    return repeat_rhythm{repeat_rhythm::kind::interval, *interval};
}

} // namespace autoscaler::policy::yaml
