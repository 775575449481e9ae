// Small readers that the parts of a policy test share.
#pragma once

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/policy_test.hpp"
#include "policy/yaml/scalars.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace autoscaler::policy::yaml {

// No test of the arithmetic needs more, and sums of a few of them cannot overflow.
inline constexpr std::int64_t max_test_count = 1'000'000'000'000;

template<typename Value, std::size_t Count>
using word_table = std::array<std::pair<std::string_view, Value>, Count>;

// The value of the word, or a fault that lists all words.
template<typename Value, std::size_t Count>
std::optional<Value> read_one_of(
    node const& value, std::string_view what, word_table<Value, Count> const& table, fault_sink& faults
) {
    std::array<std::string_view, Count> words;
    for (std::size_t i = 0; i < Count; ++i)
        words[i] = table[i].first;
    auto const found = read_word(value, what, words, faults);
    return found ? std::optional(table[*found].second) : std::nullopt;
}

// A number of replicas or tasks.
std::optional<std::int64_t> read_count(node const& value, std::string_view what, fault_sink& faults);

// A map whose keys are names that the author chooses; `read` takes each entry. `what` is its key in texts.
void read_named(
    node const& value, std::string_view what, fault_sink& faults, std::function<void(entry const&)> read
);

test_file::text_map read_labels(node const& value, std::string_view what, fault_sink& faults);

// A list, each item of which is a map that `read` takes.
template<typename Read>
void read_list(node const& value, std::string_view what, fault_sink& faults, Read read) {
    if (value.what != node::kind::list) {
        faults.error(value.offset, std::string(what) + " must be a list, not " + describe(value));
        return;
    }
    for (auto const& item : value.items)
        read(item);
}

} // namespace autoscaler::policy::yaml
