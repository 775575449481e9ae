// Strict reading of one YAML map: a handler for each key, a fault for each key that has none. Borrows its
// sink; lives for the reading of one map.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

// One `key: value` of a map.
struct entry {
    node const& key;
    node const& value;
};

class map_reader {
public:
    using handler = std::function<void(entry const&)>;

    // `what` names the map in texts: "a policy", "cooldown".
    map_reader(fault_sink& faults, std::string what) : faults_(faults), what_(std::move(what)) {}

    // `name` must outlive the reader. Its entry is handed to `handle`, in file order and at most once.
    void key(std::string_view name, handler handle);

    // Takes every key that has no handler of its own: maps whose keys are names of the author's choice.
    void other_keys(handler handle) { other_ = std::move(handle); }

    // What stands in the place of the map may be a secret: the fault does not show it.
    void hide_text() { hides_text_ = true; }

    // A known word that cannot stand here: `text` says why. It is never suggested for another.
    void misplaced(std::string_view name, std::string text);

    // Faults for unknown and duplicate keys, keys without a value and keys that are no names. Not a map: one
    // fault, no handler runs. Returns whether it was a map.
    bool read(node const& map);

    // After read(): whether `name`, a key with a handler, was written, with or without a value.
    bool has(std::string_view name) const;

    // After read(): where the key `name` stands.
    std::optional<std::size_t> key_at(std::string_view name) const;

    // After read() of a map: reports `text` at the map's place unless `name` was written.
    void require(std::string_view name, std::string text);

private:
    struct known_key {
        std::string_view name;
        handler handle;     // empty: misplaced
        std::string reason; // of a misplaced one
        node const* seen = nullptr;
    };

    void read_entry(entry const& one);
    void refuse_unknown(node const& key);

    fault_sink& faults_;
    std::string what_;
    std::size_t at_ = 0; // where the map stands
    std::vector<known_key> known_;
    handler other_;
    bool hides_text_ = false;
};

} // namespace autoscaler::policy::yaml
