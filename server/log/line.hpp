// One event as one line of text, logfmt or JSON. Pure: no clock, no stream. Whatever a value holds, the
// result is one line of valid UTF-8 that reads back as that value.
#pragma once

#include "policy/core/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server::log {

enum class level { debug, info, warn, error };
enum class format { logfmt, json };

std::string_view to_string(level of);
std::string_view to_string(format of);

// The level or format of that name, as --log.level and --log.format take them.
std::optional<level> level_of(std::string_view name);
std::optional<format> format_of(std::string_view name);

template<typename T>
concept whole_number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

// A text (a view, alive for the call), a whole number or a truth.
class value {
public:
    value(std::string_view text) : what_(text) {}

    value(std::string const& text) : what_(std::string_view(text)) {}

    value(char const* text) : what_(std::string_view(text)) {}

    value(std::same_as<bool> auto truth) : what_(truth) {}

    value(whole_number auto number) {
        if constexpr (std::signed_integral<decltype(number)>)
            what_ = std::int64_t{number};
        else
            what_ = std::uint64_t{number};
    }

    std::variant<std::string_view, std::int64_t, std::uint64_t, bool> const& what() const { return what_; }

private:
    std::variant<std::string_view, std::int64_t, std::uint64_t, bool> what_;
};

// The key is one of our own words: letters, digits and underscores.
struct field {
    std::string_view key;
    value what;
};

// Without a line break at the end. `ts`, `level` and `msg` come first, then the fields in their order.
std::string to_line(
    format as, policy::time_point when, level how, std::string_view message, std::span<field const> fields
);

} // namespace autoscaler::server::log
