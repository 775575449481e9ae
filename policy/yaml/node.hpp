// YAML text as a tree that remembers where each value stands. The only room that knows yaml-cpp; it knows
// nothing of policies. Anchors, aliases, tags and second documents are refused: a file that moves replicas
// should read as it is written.
#pragma once

#include "policy/yaml/fault_sink.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

struct node {
    enum class kind {
        empty,  // nothing written: `key:`
        plain,  // a bare scalar, `~` and `null` included
        quoted, // '..', "..", | or >: text and nothing else
        list,
        map
    };

    kind what = kind::empty;
    std::size_t offset = 0;  // of the first byte, in the text that was read
    std::string text;        // of a scalar
    std::vector<node> keys;  // of a map: keys[i] belongs to items[i]
    std::vector<node> items; // of a list or a map

    bool is_scalar() const { return what == kind::plain || what == kind::quoted; }

    // `null` or `~`, said aloud.
    bool is_null() const;
};

// The one document of `text`, or nothing and at least one error in `faults`. Takes any bytes. Offsets count
// from the begin of `text`, a byte order mark included.
std::optional<node> read_yaml(std::string_view text, fault_sink& faults);

// What a value is, for `expected ..., not WHAT`: `"text"`, `a list`, `a map`, `nothing`.
std::string describe(node const& value);

} // namespace autoscaler::policy::yaml
