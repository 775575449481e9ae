#include "server/cli/limit_flags.hpp"

#include "policy/yaml/duration.hpp"
#include "server/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace autoscaler::server::cli {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::size_t kib = std::size_t{1} << 10U;
constexpr std::size_t mib = std::size_t{1} << 20U;
constexpr std::size_t gib = std::size_t{1} << 30U;

// One limit: where it goes, and what may stand there.
template<typename T>
struct limit_flag {
    char const* name;
    char const* help;
    T& (*of)(serve_options&);
    T low;
    T high;
};

using number = std::size_t&;
using time = milliseconds&;

constexpr std::array<limit_flag<std::size_t>, 8> sizes{{
    {"--cluster.max-queued-bytes",
     "What may wait for one peer, in bytes; beyond it the oldest is dropped (default: 16MiB)",
     [](serve_options& o) -> number { return o.cluster.limits.bytes; },
     64 * kib,
     gib},
    {"--web.max-header-bytes",
     "Longer request heads are answered 431 (default: 1MiB)",
     [](serve_options& o) -> number { return o.web.head; },
     kib,
     64 * mib},
    {"--web.max-body-bytes",
     "Longer request bodies are answered 413 (default: 64MiB)",
     [](serve_options& o) -> number { return o.web.body; },
     kib,
     4 * gib},
    {"--web.max-buffered-bytes",
     "Unfinished requests and unread answers of all clients together; above it, a request is answered 503 "
     "(default: 256MiB)",
     [](serve_options& o) -> number { return o.web.buffered; },
     mib,
     64 * gib},
    {"--alerts.max-memory",
     "Memory for alerts; above it, new ones are refused with 503 (default: 256MiB)",
     [](serve_options& o) -> number { return o.alert_memory; },
     mib,
     64 * gib},
    {"--alerts.max-label-name-length",
     "An alert with a longer label name, in bytes, is refused (default: 1KiB)",
     [](serve_options& o) -> number { return o.alerts.name; },
     1,
     mib},
    {"--alerts.max-label-value-length",
     "An alert with a longer label value, in bytes, is refused (default: 64KiB)",
     [](serve_options& o) -> number { return o.alerts.value; },
     1,
     16 * mib},
    {"--silences.max-silence-size-bytes",
     "A larger silence is refused (default: 16KiB)",
     [](serve_options& o) -> number { return o.silences.largest; },
     256,
     256 * kib},
}};

constexpr std::array<limit_flag<std::size_t>, 8> counts{{
    {"--cluster.max-queued",
     "Bodies of alerts that may wait for one peer; beyond it the oldest is dropped (default: 1024)",
     [](serve_options& o) -> number { return o.cluster.limits.bodies; },
     1,
     65'536},
    {"--web.max-connections",
     "A connection above this number is answered 503 (default: 4096)",
     [](serve_options& o) -> number { return o.web.connections; },
     1,
     1'000'000},
    {"--web.max-headers",
     "A request head with more fields is answered 431 (default: 1000)",
     [](serve_options& o) -> number { return o.web.fields; },
     10,
     100'000},
    {"--alerts.max-per-request",
     "A request with more alerts is refused (default: 20000)",
     [](serve_options& o) -> number { return o.alerts.alerts; },
     1,
     10'000'000},
    {"--alerts.max-labels",
     "An alert with more labels, or more annotations, is refused (default: 256)",
     [](serve_options& o) -> number { return o.alerts.labels; },
     1,
     10'000},
    {"--alerts.max-nesting",
     "A body with alerts whose JSON is nested deeper is refused (default: 10000)",
     [](serve_options& o) -> number { return o.alerts.nesting; },
     8,
     10'000},
    {"--silences.max-matchers",
     "A silence with more matchers is refused (default: 64)",
     [](serve_options& o) -> number { return o.silences.matchers; },
     1,
     1000},
    {"--silences.max-silences",
     "Silences that have not expired; one more is refused, and as many expired ones are kept (default: "
     "1000)",
     [](serve_options& o) -> number { return o.silences.most; },
     1,
     100'000},
}};

constexpr std::array<limit_flag<milliseconds>, 5> timeouts{{
    {"--web.read-timeout",
     "How long a connection may be idle between two requests; at least 5m, for Prometheus keeps its own that "
     "long (default: 6m)",
     [](serve_options& o) -> time { return o.web.idle; },
     5min,
     24h},
    {"--web.header-timeout",
     "From the connection, or the first byte of a request, to the end of its head (default: 10s)",
     [](serve_options& o) -> time { return o.web.time_to_head; },
     100ms,
     1h},
    {"--web.body-timeout",
     "From the end of the head to the end of the body (default: 30s)",
     [](serve_options& o) -> time { return o.web.time_to_body; },
     100ms,
     1h},
    {"--web.write-timeout",
     "How long a client may take to read an answer (default: 30s)",
     [](serve_options& o) -> time { return o.web.time_to_answer; },
     100ms,
     1h},
    {"--storage.retention",
     "How long silences and pauses that are over, and the memory of gone services, are kept (default: 120h)",
     [](serve_options& o) -> time { return o.storage_retention; },
     1min,
     87'600h},
}};

value_fault bad(std::string_view text, std::string const& what) {
    return {"bad value " + text::in_quotes(text) + ": expected " + what};
}

// Largest unit that divides it.
std::string size_text(std::size_t bytes) {
    for (auto const& [unit, name] : {std::pair(gib, "GiB"), {mib, "MiB"}, {kib, "KiB"}})
        if (bytes >= unit && bytes % unit == 0)
            return std::to_string(bytes / unit) + name;
    return std::to_string(bytes);
}

// Bytes of one unit; nothing where there is no such unit.
std::optional<std::size_t> unit_of(std::string_view name) {
    if (name.empty() || name == "B")
        return 1;
    if (name == "KiB" || name == "KB")
        return kib;
    if (name == "MiB" || name == "MB")
        return mib;
    if (name == "GiB" || name == "GB")
        return gib;
    return {};
}

template<typename T, typename Parse>
void read_one(flag_set& flags, serve_options& options, limit_flag<T> const& one, Parse const& parse) {
    std::string text;
    flags.once(one.name, text);
    if (!flags.all(one.name).empty())
        flags.take(one.name, parse(text, one.low, one.high), one.of(options));
}

} // namespace

reading<std::size_t> parse_size(std::string_view text, std::size_t low, std::size_t high) {
    std::size_t count = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    auto const unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
    if (problem == std::errc{} && unit && count <= high / *unit && count * *unit >= low)
        return count * *unit;
    return bad(text, "a size from " + size_text(low) + " to " + size_text(high) + ", as in 64MiB or 1048576");
}

reading<std::size_t> parse_count(std::string_view text, std::size_t low, std::size_t high) {
    std::size_t count = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc{} || end != text.data() + text.size() || count < low || count > high)
        return bad(text, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return count;
}

reading<milliseconds> parse_timeout(std::string_view text, milliseconds low, milliseconds high) {
    auto const parsed = policy::yaml::parse_duration(text);
    if (auto const* const fault = std::get_if<std::string>(&parsed))
        return value_fault{*fault};
    auto const time = std::chrono::duration_cast<milliseconds>(std::get<policy::duration>(parsed));
    if (time < low || time > high)
        return bad(
            text, "a duration from " + policy::yaml::to_text(low) + " to " + policy::yaml::to_text(high)
        );
    return time;
}

void add_limit_flags(flag_set& flags) {
    // In the order of what they limit, as a reader looks for them.
    for (std::string_view const about : {"--storage.", "--cluster.", "--web.", "--alerts.", "--silences."}) {
        auto const add = [&](auto const& table, char const* value_name) {
            for (auto const& each : table)
                if (std::string_view(each.name).starts_with(about))
                    flags.add_value(each.name, value_name, each.help);
        };
        add(counts, "N");
        add(sizes, "SIZE");
        add(timeouts, "DURATION");
    }
}

void read_limit_flags(flag_set& flags, serve_options& options) {
    for (auto const& each : counts)
        read_one(flags, options, each, parse_count);
    for (auto const& each : sizes)
        read_one(flags, options, each, parse_size);
    for (auto const& each : timeouts)
        read_one(flags, options, each, parse_timeout);
    if (options.web.buffered < options.web.body + options.web.head)
        flags.refuse(
            "--web.max-buffered-bytes: " + size_text(options.web.buffered) +
            " has no room for one request: expected at least --web.max-body-bytes and --web.max-header-bytes "
            "together"
        );
}

} // namespace autoscaler::server::cli
