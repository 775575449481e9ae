#include "policy/yaml/motion_fields.hpp"

#include "policy/yaml/expressions.hpp"
#include "policy/yaml/limit_fields.hpp"
#include "policy/yaml/scalars.hpp"

#include <string>

namespace autoscaler::policy::yaml {

namespace {

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

void read_stabilize(policy_draft& draft, node const& value, fault_sink& faults) {
    auto& windows = draft.value.stabilize;
    if (value.is_scalar()) {
        auto const both = read_duration(value, "stabilize", faults);
        windows = {both.value_or(windows.up), both.value_or(windows.down)};
        draft.has_stabilize_down = true;
        return;
    }
    map_reader map(faults, "stabilize");
    map.key("up", [&](entry const& seen) {
        windows.up = read_duration(seen.value, "stabilize.up", faults).value_or(windows.up);
    });
    map.key("down", [&](entry const& seen) {
        draft.has_stabilize_down = true;
        windows.down = read_duration(seen.value, "stabilize.down", faults).value_or(windows.down);
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

} // namespace

void add_motion_fields(map_reader& map, policy_draft& draft, fault_sink& faults) {
    map.key("cooldown", [&](entry const& seen) { read_cooldown(draft, seen.value, faults); });
    map.key("stabilize", [&](entry const& seen) { read_stabilize(draft, seen.value, faults); });
    map.key("limits", [&](entry const& seen) {
        read_limits(draft.value.limit_up, draft.value.limit_down, seen.value, faults);
    });
    map.key("return", [&](entry const& seen) { read_return(draft, seen, faults); });
}

} // namespace autoscaler::policy::yaml
