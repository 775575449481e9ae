// One JSON body as a tree: simdjson's DOM, and Go's rules for what simdjson refuses. Private to the decoders,
// as it brings simdjson's header in.
#pragma once

#include "server/alertmanager/go_json.hpp"

#include <simdjson.h>

namespace autoscaler::server::alertmanager {

class json_document {
public:
    // What is nested deeper is refused, in Go's words.
    explicit json_document(std::size_t deepest = deepest_nesting) : deepest_(deepest) {}

    // Parses the first value of `body`, behind which http::body_padding bytes can be read. Everything got
    // from root() is void after the next call.
    go_json::kind read(std::string_view body);

    simdjson::dom::element root() const { return root_; }

    // Go's words, when invalid.
    std::string const& error() const { return error_; }

    // Gives the memory back that an unusually large body has left.
    void trim();

private:
    bool parse(std::string_view text);

    std::size_t deepest_;
    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
    simdjson::padded_string repaired_;
    std::string error_;
};

// The word that Go's errors have for a value's type.
std::string_view go_type(simdjson::dom::element value);

// Whether Go takes `key` for the field `name`: in any ASCII case.
bool is_key(std::string_view key, std::string_view name);

} // namespace autoscaler::server::alertmanager
