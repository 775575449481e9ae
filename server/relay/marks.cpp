#include "server/relay/marks.hpp"

#include <algorithm>
#include <charconv>

namespace autoscaler::server::relay {

namespace {

// No queue holds a body longer than its sender lives; more is nonsense, and arithmetic on it might overflow.
constexpr std::chrono::milliseconds longest_age = std::chrono::hours(24 * 30);

} // namespace

mark read_mark(http::request const& asked) {
    mark found;
    found.relayed = !asked.header(relay_field).empty();
    if (!found.relayed)
        return found;
    auto const age = asked.header(age_field);
    std::chrono::milliseconds::rep number = 0;
    auto const [end, problem] = std::from_chars(age.data(), age.data() + age.size(), number);
    if (problem == std::errc{} && end == age.data() + age.size() && number > 0)
        found.age = std::min(std::chrono::milliseconds(number), longest_age);
    auto const from = asked.header(from_field);
    auto const blank = std::min(from.find(' '), from.size());
    found.nonce = from.substr(0, blank);
    found.address = from.substr(std::min(blank + 1, from.size()));
    return found;
}

} // namespace autoscaler::server::relay
