#include "policy/yaml/policy_fields.hpp"

#include "policy/yaml/motion_fields.hpp"
#include "policy/yaml/scalars.hpp"

#include <array>
#include <limits>

namespace autoscaler::policy::yaml {

namespace {

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();

constexpr std::array<std::string_view, 18> keys{
    "service",
    "enabled",
    "dry_run",
    "min",
    "max",
    "zero",
    "cooldown",
    "stabilize",
    "limits",
    "warmup",
    "on_stuck",
    "during_update",
    "on_external",
    "return",
    "schedules",
    "notify",
    "converge_timeout",
    "rules"
};

void add_bounds(map_reader& map, policy_draft& draft, load_options const& options, fault_sink& faults) {
    auto& value = draft.value;
    map.key("min", [&](entry const& seen) {
        draft.min_at = seen.value.offset;
        value.min = read_integer(seen.value, "min", 0, any_count, faults).value_or(0);
    });
    map.key("max", [&](entry const& seen) {
        draft.max_at = seen.value.offset;
        // One fault must not bring a second: what is not known to be good is above every min.
        value.max = read_max_replicas(seen.value, options.max_replicas, faults).value_or(any_count);
    });
    map.key("schedules", [&](entry const& seen) {
        draft.windows = read_schedules(seen.value, options.max_replicas, faults);
    });
}

// Words in the order of their enumeration.
template<typename Enum, std::size_t N>
void add_word(
    map_reader& map,
    std::string_view key,
    std::array<std::string_view, N> words,
    Enum& value,
    fault_sink& faults
) {
    map.key(key, [key, words, &value, &faults](entry const& seen) {
        if (auto const word = read_word(seen.value, key, words, faults))
            value = static_cast<Enum>(*word);
    });
}

void add_conduct(map_reader& map, policy_draft& draft, fault_sink& faults) {
    auto& value = draft.value;
    using words_of_two = std::array<std::string_view, 2>;
    add_word(map, "zero", words_of_two{"ignore", "managed"}, value.zero, faults);
    add_word(map, "on_stuck", words_of_two{"hold", "continue"}, value.on_stuck, faults);
    add_word(map, "on_external", words_of_two{"adopt", "restore"}, value.on_external, faults);
    map.key("during_update", [&](entry const& seen) {
        draft.during_update_at = seen.value.offset;
        constexpr std::array<std::string_view, 3> words{"hold", "allow_up", "allow"};
        if (auto const word = read_word(seen.value, "during_update", words, faults))
            value.during_update = static_cast<update_conduct>(*word);
    });
    map.key("warmup", [&](entry const& seen) {
        value.warmup = read_duration(seen.value, "warmup", faults).value_or(value.warmup);
    });
    map.key("converge_timeout", [&](entry const& seen) {
        value.converge_timeout =
            read_duration(seen.value, "converge_timeout", faults).value_or(value.converge_timeout);
    });
}

} // namespace

std::span<std::string_view const> policy_keys() {
    return keys;
}

void add_policy_fields(
    map_reader& map, policy_draft& draft, load_options const& options, fault_sink& faults
) {
    auto& value = draft.value;
    map.key("enabled", [&](entry const& seen) {
        value.enabled = read_boolean(seen.value, "enabled", faults).value_or(value.enabled);
    });
    map.key("dry_run", [&](entry const& seen) {
        value.dry_run = read_boolean(seen.value, "dry_run", faults).value_or(value.dry_run);
    });
    add_bounds(map, draft, options, faults);
    add_motion_fields(map, draft, faults);
    add_conduct(map, draft, faults);
    map.key("notify", [&](entry const& seen) { draft.notify = read_notify(seen.value, faults); });
}

} // namespace autoscaler::policy::yaml
