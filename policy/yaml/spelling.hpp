// "Did you mean": the known word nearest to what somebody wrote.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace autoscaler::policy::yaml {

// The candidate with the smallest edit distance to `written`, if that is at most a third of its letters.
// The result is one of `candidates`.
std::optional<std::string_view>
nearest(std::string_view written, std::span<std::string_view const> candidates);

} // namespace autoscaler::policy::yaml
