#include "policy/yaml/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

// No word of the language is longer; what is longer resembles none.
constexpr std::size_t longest_word = 64;

// Levenshtein's distance: letters to insert, delete or replace. One row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

} // namespace

std::optional<std::string_view>
nearest(std::string_view written, std::span<std::string_view const> candidates) {
    if (written.size() > longest_word)
        return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t best_distance = (written.size() + 1) / 3 + 1;
    for (auto const candidate : candidates) {
        std::size_t const distance = edit_distance(written, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

} // namespace autoscaler::policy::yaml
