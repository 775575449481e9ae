#include "swarm_client/simulated/go_json.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

constexpr std::size_t max_depth = 1000;

bool too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const c = text[at];
        if (quoted && c == '\\')
            ++at;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            ++depth;
        else if (!quoted && (c == '}' || c == ']') && depth > 0)
            --depth;
        if (depth > max_depth)
            return true;
    }
    return false;
}

// What Go says about the byte at which a parser stopped.
std::string fault_at(std::string_view text, std::size_t byte) {
    if (byte == 0 || byte > text.size())
        return "unexpected EOF";
    auto const before = text.substr(0, byte - 1).find_last_not_of(" \t\r\n");
    bool const in_key = before != std::string_view::npos && text[before] == '{';
    return std::string{"invalid character '"} + text[byte - 1] + "' looking for beginning of " +
           (in_key ? "object key string" : "value");
}

bool same_letters(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

std::string_view go_kind(json const& value) {
    if (value.is_string())
        return "string";
    if (value.is_boolean())
        return "bool";
    if (value.is_array())
        return "array";
    return value.is_object() ? "object" : "number";
}

// A number as it was written, as far as that can be told.
std::string digits(json const& value) {
    auto const number = value.is_number_float() ? value.get<double>() : 0.0;
    if (!value.is_number_float() || std::trunc(number) != number)
        return value.dump();
    std::array<char, 400> written{};
    auto const length = std::snprintf(written.data(), written.size(), "%.0f", number);
    return {written.data(), static_cast<std::size_t>(std::max(length, 0))};
}

} // namespace

parsed_json parse_go(std::string_view text) {
    if (too_deep(text))
        return {nullptr, "exceeded max depth"};
    std::istringstream input{std::string{text}};
    parsed_json result;
    try {
        input >> result.value;
    } catch (json::parse_error const& fault) {
        return {nullptr, fault_at(text, fault.byte)};
    } catch (json::out_of_range const&) {
        return {nullptr, "json: cannot unmarshal number into Go value of type float64"};
    }
    return result;
}

json known_members(json const& object, std::span<std::string_view const> names) {
    json found = json::object();
    if (!object.is_object())
        return found;
    for (auto const& [key, value] : object.items()) {
        auto const name =
            std::ranges::find_if(names, [&](std::string_view one) { return same_letters(one, key); });
        if (name != names.end() && !value.is_null())
            found[std::string{*name}] = value;
    }
    return found;
}

void go_reader::mismatch(json const& value, std::string_view field, std::string_view type) {
    if (!error_.empty())
        return;
    std::string what{go_kind(value)};
    bool const whole_number_wanted =
        type.starts_with("uint") || type.starts_with("int") || type == "time.Duration";
    if (value.is_number() && whole_number_wanted)
        what += " " + digits(value);
    bool const is_root = field.empty();
    error_ = "json: cannot unmarshal " + what + " into Go " + (is_root ? "value" : "struct field ") +
             std::string{field} + " of type " + std::string{type};
}

std::string go_reader::text(json const& value, std::string_view field, std::string_view type) {
    if (value.is_string())
        return value.get<std::string>();
    if (!value.is_null())
        mismatch(value, field, type);
    return {};
}

std::uint64_t go_reader::unsigned_number(json const& value, std::string_view field) {
    if (value.is_number_unsigned())
        return value.get<std::uint64_t>();
    if (!value.is_null())
        mismatch(value, field, "uint64");
    return 0;
}

std::int64_t go_reader::signed_number(json const& value, std::string_view field, std::string_view type) {
    bool const fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
    if (fits)
        return value.get<std::int64_t>();
    if (!value.is_null())
        mismatch(value, field, type);
    return 0;
}

float go_reader::ratio(json const& value, std::string_view field) {
    if (value.is_number())
        return value.get<float>();
    if (!value.is_null())
        mismatch(value, field, "float32");
    return 0;
}

std::vector<std::string> go_reader::texts(json const& value, std::string_view field) {
    std::vector<std::string> found;
    if (!value.is_array()) {
        if (!value.is_null())
            mismatch(value, field, "[]string");
        return found;
    }
    for (auto const& one : value)
        found.push_back(text(one, field));
    return found;
}

json go_reader::object(json const& value, std::string_view field, std::string_view type) {
    if (value.is_object())
        return value;
    if (!value.is_null())
        mismatch(value, field, type);
    return json::object();
}

} // namespace autoscaler::swarm::simulated
