#include "swarm_client/json_text.hpp"

namespace autoscaler::swarm {

namespace {

// Specs nest about ten levels deep.
constexpr int deepest_nesting = 100;

bool harmless(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '\0')
            return false;
        if (quoted) {
            if (c == '\\')
                ++i; // whatever is escaped, it does not end the string
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest_nesting)
                return false;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return true;
}

} // namespace

std::optional<nlohmann::json> parse_json(std::string_view text) {
    if (!harmless(text))
        return std::nullopt;
    auto parsed = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded())
        return std::nullopt;
    return parsed;
}

nlohmann::json const* member(nlohmann::json const& value, std::string_view name) {
    auto const* const object = value.get_ptr<nlohmann::json::object_t const*>();
    if (object == nullptr)
        return nullptr;
    auto const found = object->find(name);
    return found == object->end() ? nullptr : &found->second;
}

nlohmann::json const* member(nlohmann::json const* value, std::string_view name) {
    return value == nullptr ? nullptr : member(*value, name);
}

std::string text_of(nlohmann::json const* value) {
    auto const* const text = value == nullptr ? nullptr : value->get_ptr<std::string const*>();
    return text == nullptr ? std::string{} : *text;
}

std::optional<std::uint64_t> integer_of(nlohmann::json const* value) {
    auto const* const number =
        value == nullptr ? nullptr : value->get_ptr<nlohmann::json::number_unsigned_t const*>();
    if (number == nullptr)
        return std::nullopt;
    return *number;
}

} // namespace autoscaler::swarm
