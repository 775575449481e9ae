// JSON from outside: parsed without exceptions, and read field by field without any either.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

// The text as JSON; none where it is no JSON, holds a NUL byte (nlohmann 3.11 takes it for the end of the
// text) or nests deeper than any answer of an engine does (copying and printing recurse).
std::optional<nlohmann::json> parse_json(std::string_view text);

// The member of an object; nullptr where the value is no object or lacks it.
nlohmann::json const* member(nlohmann::json const& value, std::string_view name);
nlohmann::json const* member(nlohmann::json const* value, std::string_view name);

// A string, or "" for everything else.
std::string text_of(nlohmann::json const* value);

// A non-negative integer within 64 bits; none for everything else.
std::optional<std::uint64_t> integer_of(nlohmann::json const* value);

} // namespace autoscaler::swarm
