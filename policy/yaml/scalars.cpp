#include "policy/yaml/scalars.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/spelling.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// YAML 1.1's booleans but y and n, which no reader around Prometheus takes for booleans.
std::optional<bool> loose_boolean(std::string_view text) {
    std::string word(text.substr(0, 6));
    std::ranges::transform(word, word.begin(), lower);
    if (word == "true" || word == "yes" || word == "on")
        return true;
    if (word == "false" || word == "no" || word == "off")
        return false;
    return std::nullopt;
}

std::string_view without_sign(std::string_view text) {
    return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
}

bool looks_like_number(std::string_view text) {
    text = without_sign(text);
    if (text.starts_with("0x") || text.starts_with("0o"))
        return text.size() > 2 &&
               text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
    double parsed = 0;
    auto const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, parsed);
    bool const digits = text.find_first_of("0123456789") != std::string_view::npos;
    return (digits && result.ec != std::errc::invalid_argument && result.ptr == end) || text == ".inf" ||
           text == ".nan";
}

std::string expected_boolean(node const& value, std::string_view what) {
    std::string text = std::string(what) + " must be true or false, not " + describe(value);
    auto const meant = value.is_scalar() ? loose_boolean(value.text) : std::nullopt;
    if (meant)
        text += std::string("; write ") + (*meant ? "true" : "false") + " without quotes";
    return text;
}

} // namespace

std::string number_trap(std::string_view text) {
    std::string_view const digits = without_sign(text);
    auto const value_in = [&](std::string_view number, int base) {
        std::uint64_t value = 0;
        auto const end = number.data() + number.size();
        auto const result = std::from_chars(number.data(), end, value, base);
        return result.ec == std::errc{} && result.ptr == end ? std::optional(value) : std::nullopt;
    };
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        auto const value = value_in(digits.substr(2), 16);
        return value ? "hexadecimal " + std::to_string(*value) : "";
    }
    if (digits.starts_with("0o")) {
        auto const value = value_in(digits.substr(2), 8);
        return value ? "octal " + std::to_string(*value) : "";
    }
    if (digits.size() > 1 && digits.front() == '0' && std::ranges::all_of(digits, is_digit)) {
        auto const value = value_in(digits.substr(1), 8);
        return value ? "octal " + std::to_string(*value) : "a number that begins with 0";
    }
    return {};
}

std::string_view name_trap(std::string_view text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
        return "null";
    if (loose_boolean(text))
        return "a boolean";
    return looks_like_number(text) ? "a number" : "";
}

std::optional<bool> read_boolean(node const& value, std::string_view what, fault_sink& faults) {
    if (value.what == node::kind::plain && (value.text == "true" || value.text == "false"))
        return value.text == "true";
    faults.error(value.offset, expected_boolean(value, what));
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(
    node const& value, std::string_view what, std::int64_t low, std::int64_t high, fault_sink& faults
) {
    std::string const name(what);
    std::string_view const text = value.text;
    if (value.what != node::kind::plain) {
        bool const quoted_number = value.what == node::kind::quoted && looks_like_number(text);
        faults.error(
            value.offset,
            name + " must be a whole number, not " + describe(value) + (quoted_number ? " in quotes" : "")
        );
        return std::nullopt;
    }
    if (std::string const trap = number_trap(text); !trap.empty()) {
        faults.error(
            value.offset, name + ": " + in_quotes(text) + " may be read as " + trap + "; write a plain number"
        );
        return std::nullopt;
    }
    std::int64_t number = 0;
    auto const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, number);
    if (result.ec == std::errc::invalid_argument || result.ptr != end) {
        faults.error(value.offset, name + " must be a whole number, not " + describe(value));
        return std::nullopt;
    }
    if (result.ec != std::errc{} || number < low || number > high) {
        faults.error(
            value.offset,
            name + " must be between " + std::to_string(low) + " and " + std::to_string(high) + ", not " +
                in_quotes(text)
        );
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> read_max_replicas(node const& value, std::int64_t cap, fault_sink& faults) {
    auto const max = read_integer(value, "max", 0, std::numeric_limits<std::int64_t>::max(), faults);
    if (!max || *max <= cap)
        return max;
    faults.error(
        value.offset,
        "max " + std::to_string(*max) + " is above the cap of " + std::to_string(cap) +
            " replicas: the engine accepts any number and dies of it; --max-replicas raises the cap"
    );
    return std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
    double number = 0;
    auto const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<double> read_number(node const& value, std::string_view what, fault_sink& faults) {
    std::string const name(what);
    auto const number = value.what == node::kind::plain ? parse_number(value.text) : std::nullopt;
    if (!number) {
        bool const quoted_number = value.what == node::kind::quoted && looks_like_number(value.text);
        faults.error(
            value.offset,
            name + " must be a number, not " + describe(value) + (quoted_number ? " in quotes" : "")
        );
        return std::nullopt;
    }
    if (std::string const trap = number_trap(value.text); !trap.empty()) {
        faults.error(
            value.offset,
            name + ": " + in_quotes(value.text) + " may be read as " + trap + "; write a plain number"
        );
        return std::nullopt;
    }
    return number;
}

std::optional<std::string> read_any_text(node const& value, std::string_view what, fault_sink& faults) {
    if (!value.is_scalar()) {
        faults.error(value.offset, std::string(what) + " must be a text, not " + describe(value));
        return std::nullopt;
    }
    if (value.what == node::kind::plain) {
        if (auto const trap = name_trap(value.text); !trap.empty()) {
            faults.error(
                value.offset,
                std::string(what) + ": " + in_quotes(value.text) + " is " + std::string(trap) +
                    " to YAML; write it in quotes if it is meant as a text"
            );
            return std::nullopt;
        }
    }
    return value.text;
}

std::optional<std::string> read_secret_text(node const& value, std::string_view what, fault_sink& faults) {
    auto const trap = value.what == node::kind::plain ? name_trap(value.text) : "";
    if (trap.empty())
        return read_any_text(value, what, faults);
    faults.error(
        value.offset,
        std::string(what) + " is " + std::string(trap) +
            " to YAML; write it in quotes if it is meant as a text"
    );
    return std::nullopt;
}

std::optional<std::string> read_text(node const& value, std::string_view what, fault_sink& faults) {
    auto text = read_any_text(value, what, faults);
    if (text && text->empty()) {
        faults.error(value.offset, std::string(what) + " must not be empty");
        return std::nullopt;
    }
    return text;
}

bool check_length(node const& list, std::string_view what, std::size_t most, fault_sink& faults) {
    if (list.items.size() <= most)
        return true;
    faults.error(
        list.offset,
        std::string(what) + " has " + std::to_string(list.items.size()) + " entries: at most " +
            std::to_string(most)
    );
    return false;
}

std::optional<std::string_view>
read_expression(node const& value, std::string_view what, fault_sink& faults) {
    if (!value.is_scalar() || value.is_null()) {
        faults.error(value.offset, std::string(what) + " must not be " + describe(value));
        return std::nullopt;
    }
    return value.text;
}

std::optional<duration> read_duration(node const& value, std::string_view what, fault_sink& faults) {
    if (!value.is_scalar()) {
        faults.error(
            value.offset, std::string(what) + " must be a duration such as 60s, not " + describe(value)
        );
        return std::nullopt;
    }
    auto const parsed = parse_duration(value.text);
    if (auto const* const wrong = std::get_if<std::string>(&parsed)) {
        faults.error(value.offset, std::string(what) + ": " + *wrong);
        return std::nullopt;
    }
    return std::get<duration>(parsed);
}

std::optional<duration>
read_positive_duration(node const& value, std::string_view what, std::string_view why, fault_sink& faults) {
    auto const read = read_duration(value, what, faults);
    if (!read || *read > duration::zero())
        return read;
    faults.error(value.offset, std::string(what) + " of 0s " + std::string(why));
    return std::nullopt;
}

std::optional<std::size_t> read_word(
    node const& value, std::string_view what, std::span<std::string_view const> words, fault_sink& faults
) {
    if (value.is_scalar()) {
        auto const found = std::ranges::find(words, value.text);
        if (found != words.end())
            return static_cast<std::size_t>(found - words.begin());
    }
    std::string text = std::string(what) + " must be ";
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? " or " : ", ";
        text += words[i].empty() ? "\"\"" : words[i];
    }
    text += ", not " + describe(value);
    if (auto const guess = value.is_scalar() ? nearest(value.text, words) : std::nullopt)
        text += "; did you mean " + in_quotes(*guess) + "?";
    faults.error(value.offset, std::move(text));
    return std::nullopt;
}

} // namespace autoscaler::policy::yaml
