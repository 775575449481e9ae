#include "server/alertmanager/json_document.hpp"

#include "server/http/message.hpp"

namespace autoscaler::server::alertmanager {

static_assert(http::body_padding >= simdjson::SIMDJSON_PADDING);

namespace {

// A parser keeps about 14 bytes for each byte of its largest body: beyond this it is not kept.
constexpr std::size_t kept_capacity = std::size_t{4} << 20U;

} // namespace

bool json_document::parse(std::string_view text) {
    // simdjson counts the root as one level, and an empty array or object as none.
    std::size_t const parser_depth = deepest_ + 1;
    if (parser_.max_depth() != parser_depth &&
        parser_.allocate(std::max(text.size(), parser_.capacity()), parser_depth) != simdjson::SUCCESS)
        return false;
    return parser_.parse(text.data(), text.size(), false).get(root_) == simdjson::SUCCESS;
}

go_json::kind json_document::read(std::string_view body) {
    if (parse(body))
        return go_json::kind::value;
    go_json again = read_go_json(body, deepest_);
    error_ = std::move(again.error);
    if (again.what != go_json::kind::value)
        return again.what;
    repaired_ = simdjson::padded_string(again.repaired);
    if (parse(repaired_))
        return go_json::kind::value;
    error_ = "the body needs more memory than there is";
    return go_json::kind::invalid;
}

void json_document::trim() {
    if (parser_.capacity() > kept_capacity)
        parser_ = simdjson::dom::parser();
    repaired_ = simdjson::padded_string();
}

std::string_view go_type(simdjson::dom::element value) {
    switch (value.type()) {
    case simdjson::dom::element_type::ARRAY:
        return "array";
    case simdjson::dom::element_type::OBJECT:
        return "object";
    case simdjson::dom::element_type::STRING:
        return "string";
    case simdjson::dom::element_type::BOOL:
        return "bool";
    case simdjson::dom::element_type::NULL_VALUE:
        return "null";
    default:
        return "number";
    }
}

bool is_key(std::string_view key, std::string_view name) {
    return key == name || http::same_text(key, name);
}

} // namespace autoscaler::server::alertmanager
