// The words of a PromQL text. Tolerant: what it does not know is a token of its own kind, never a failure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::lint {

struct promql_token {
    enum class kind {
        name,   // an identifier or keyword
        number, // also a duration: 5m
        text,   // a string, without its quotes and escapes
        symbol, // operators and brackets
        unknown,
        end
    };

    kind what = kind::end;
    std::string text;
    std::size_t offset = 0; // of the first byte

    bool is(std::string_view symbol_text) const { return what == kind::symbol && text == symbol_text; }
};

// The last one is of kind end. Comments and blanks are left out.
std::vector<promql_token> promql_tokens(std::string_view text);

} // namespace autoscaler::policy::lint
