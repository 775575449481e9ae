// Typed scalars of the language. Each function gives the value, or reports what was expected at the value's
// place. YAML's traps are checked here: 010 (octal to some readers), 0x10, on/yes/off/no (booleans to some),
// ~, and bare words that YAML takes for something else than the name that is meant. What is quoted is text.
#pragma once

#include "policy/core/time.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

// `what` is the key in texts: "max", "alert_ttl.webhook".

std::optional<bool> read_boolean(node const& value, std::string_view what, fault_sink& faults);

// A whole number in [low, high].
std::optional<std::int64_t> read_integer(
    node const& value, std::string_view what, std::int64_t low, std::int64_t high, fault_sink& faults
);

// An upper bound of replicas, at most `cap`.
std::optional<std::int64_t> read_max_replicas(node const& value, std::int64_t cap, fault_sink& faults);

// A finite number, whole or not. Its bounds are the caller's.
std::optional<double> read_number(node const& value, std::string_view what, fault_sink& faults);

// A name or other text, not empty.
std::optional<std::string> read_text(node const& value, std::string_view what, fault_sink& faults);

// A text that may be empty.
std::optional<std::string> read_any_text(node const& value, std::string_view what, fault_sink& faults);

// The same for what no fault may show: faults appear in logs.
std::optional<std::string> read_secret_text(node const& value, std::string_view what, fault_sink& faults);

// A duration, quoted or not, of 0s or more.
std::optional<duration> read_duration(node const& value, std::string_view what, fault_sink& faults);

// A duration above 0s; `why` says what 0s would do, as in "would never stop asking".
std::optional<duration>
read_positive_duration(node const& value, std::string_view what, std::string_view why, fault_sink& faults);

// One of `words`: its place among them.
std::optional<std::size_t> read_word(
    node const& value, std::string_view what, std::span<std::string_view const> words, fault_sink& faults
);

// False, and reported, where a list has more than `most` entries. Lists that policies share are copied into
// each of them, and some are compared entry by entry.
bool check_length(node const& list, std::string_view what, std::size_t most, fault_sink& faults);

// The scalar's text, quoted or not, where the text itself is the language: durations, steps. Reports lists,
// maps and null.
std::optional<std::string_view> read_expression(node const& value, std::string_view what, fault_sink& faults);

// The finite decimal number that is the whole of `text`, as in 20, -0.5 or 1e6.
std::optional<double> parse_number(std::string_view text);

// What other YAML readers make of these digits, for a text: `octal 8`, `hexadecimal 16`; "" where they agree.
std::string number_trap(std::string_view text);

// What YAML makes of a bare `text` where a name is meant: "a boolean", "a number", "null"; "" where it is
// text.
std::string_view name_trap(std::string_view text);

} // namespace autoscaler::policy::yaml
