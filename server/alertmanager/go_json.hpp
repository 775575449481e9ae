// Reads JSON with the rules and the words of Go's encoding/json. It serves the rare bodies alone: those that
// the fast parser refuses, because they are wrong, or because Go is more lenient (text behind the first
// value, broken UTF-8, lone surrogates, numbers beyond 64 bits).
#pragma once

#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// Go refuses what is nested deeper (encoding/json maxNestingDepth).
inline constexpr std::size_t deepest_nesting = 10000;

struct go_json {
    enum class kind {
        value,  // repaired holds it
        empty,  // nothing but blanks: Go says EOF
        invalid // error holds Go's words
    };

    kind what = kind::invalid;
    std::string error;
    // The first value, with the same meaning in strict JSON: broken text as U+FFFD, every number as 0.
    std::string repaired;
};

// Reads the first value of `text`; one that is nested deeper is refused in the same words.
go_json read_go_json(std::string_view text, std::size_t deepest = deepest_nesting);

} // namespace autoscaler::server::alertmanager
