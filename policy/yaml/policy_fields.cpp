#include "policy/yaml/policy_fields.hpp"

#include "policy/yaml/expressions.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/unsupported.hpp"

#include <array>
#include <limits>
#include <string>

namespace autoscaler::policy::yaml {

namespace {

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();

void read_max(policy_draft& draft, entry const& seen, load_options const& options, fault_sink& faults) {
    draft.max_at = seen.value.offset;
    draft.value.max = any_count; // until it is known to be good: one fault must not bring a second
    auto const max = read_integer(seen.value, "max", 0, any_count, faults);
    if (!max)
        return;
    if (*max > options.max_replicas) {
        faults.error(
            seen.value.offset,
            "max " + std::to_string(*max) + " is above the cap of " + std::to_string(options.max_replicas) +
                " replicas: the engine accepts any number and dies of it; --max-replicas raises the cap"
        );
        return;
    }
    draft.value.max = *max;
}

void read_cooldown(policy_draft& draft, node const& value, fault_sink& faults) {
    auto& cooldown = draft.value.cooldown;
    if (value.is_scalar()) {
        auto const both = read_duration(value, "cooldown", faults);
        cooldown = {both.value_or(cooldown.up), both.value_or(cooldown.down)};
        return;
    }
    map_reader map(faults, "cooldown");
    map.key("up", [&](entry const& seen) {
        cooldown.up = read_duration(seen.value, "cooldown.up", faults).value_or(cooldown.up);
    });
    map.key("down", [&](entry const& seen) {
        cooldown.down = read_duration(seen.value, "cooldown.down", faults).value_or(cooldown.down);
    });
    map.read(value);
}

void read_return(policy_draft& draft, entry const& seen, fault_sink& faults) {
    auto& give_back = draft.value.give_back;
    if (seen.value.is_null()) {
        give_back.reset();
        draft.return_at.reset();
        return;
    }
    draft.return_at = seen.key.offset;
    return_rule made = give_back.value_or(return_rule{});
    map_reader map(faults, "return");
    map.key("after", [&](entry const& one) {
        auto const after = read_duration(one.value, "return.after", faults);
        if (after && *after == duration::zero()) {
            faults.error(
                one.value.offset,
                "return after 0s would take back every step at once; give it a time, for example 10m"
            );
        }
        made.after = after.value_or(made.after);
    });
    map.key("by", [&](entry const& one) { made.by = read_return_step(one.value, faults).value_or(made.by); });
    if (!map.read(seen.value))
        return;
    if (!give_back) {
        map.require("after", "return has no \"after\": for how long no rule was active, for example 10m");
        map.require("by", "return has no \"by\": how many replicas to take away, for example 1 or 25%");
    }
    give_back = made;
}

// A field whose only value in this version is its default.
void add_fixed_field(
    map_reader& map, std::string_view key, std::string_view only, policy_draft& draft, fault_sink& faults
) {
    map.key(key, [key, only, &draft, &faults](entry const& seen) {
        if (refuse_unsupported(place::policy, key, seen.value, faults))
            draft.has_unsupported = true;
        else
            read_word(seen.value, key, std::array{only}, faults);
    });
}

} // namespace

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
    map.key("min", [&](entry const& seen) {
        draft.min_at = seen.value.offset;
        value.min = read_integer(seen.value, "min", 0, any_count, faults).value_or(0);
    });
    map.key("max", [&](entry const& seen) { read_max(draft, seen, options, faults); });
    map.key("zero", [&](entry const& seen) {
        constexpr std::array<std::string_view, 2> words{"ignore", "managed"};
        if (auto const word = read_word(seen.value, "zero", words, faults))
            value.zero = *word == 0 ? zero_mode::ignore : zero_mode::managed;
    });
    map.key("cooldown", [&](entry const& seen) { read_cooldown(draft, seen.value, faults); });
    map.key("converge_timeout", [&](entry const& seen) {
        value.converge_timeout =
            read_duration(seen.value, "converge_timeout", faults).value_or(value.converge_timeout);
    });
    add_fixed_field(map, "during_update", "hold", draft, faults);
    add_fixed_field(map, "on_external", "adopt", draft, faults);
    map.key("return", [&](entry const& seen) { read_return(draft, seen, faults); });
    add_unsupported(map, place::policy, faults, [&draft] { draft.has_unsupported = true; });
}

} // namespace autoscaler::policy::yaml
