// The engine's half that says what it holds: alerts as a list of them shows them, and what local storage
// keeps.
#include "policy/core/engine.hpp"

#include <vector>

namespace autoscaler::policy {

void engine::visit_alerts(time_point now, std::function<void(listed_alert const&)> const& visit) const {
    listing_space space;
    store_.for_each([&](auto which) {
        if (store_.status_of(which, now).firing)
            visit(listed(which, now, space));
    });
}

void engine::visit_stretches(
    time_point now, std::function<void(listed_alert const&, std::span<alert_stretch const>)> const& visit
) const {
    listing_space space;
    store_.for_each([&](auto which) {
        if (auto const stretches = store_.stretches_of(which, now); !stretches.empty())
            visit(listed(which, now, space), stretches);
    });
}

listed_alert engine::listed(alert_store::handle which, time_point now, listing_space& space) const {
    auto const& text = store_.text_of(which);
    text.labels(space.labels);
    text.annotations(space.annotations);
    auto const times = store_.times_of(which, now);
    silences_.ids_of(which, now, space.silenced_by);
    return {
        .labels = space.labels,
        .annotations = space.annotations,
        .generator_url = text.generator_url(),
        .starts_at = times.starts_at,
        .ends_at = times.ends_at,
        .updated_at = times.updated_at,
        .starts_zone = times.starts_zone,
        .ends_zone = times.ends_zone,
        .silenced_by = space.silenced_by,
    };
}

std::size_t engine::silenced_alerts(time_point now) const {
    return silences_.count(now, [&](auto which) { return store_.status_of(which, now).firing; });
}

void engine::visit_memories(
    std::function<void(std::string_view service_id, std::string_view group, history const& memory)> const&
        visit
) const {
    for (auto const& each : roster_.tracks()) {
        if (each.owner != each.index || !each.view)
            continue;
        for (auto const& part : each.groups) {
            if (!part.dry_run) {
                visit(each.view->id, part.name, part.memory);
                continue;
            }
            // It writes no label; that which is there tells whether it is still the same world.
            history kept = part.memory;
            auto const& label = each.view->last_state();
            kept.sequence = label ? label->sequence : 0;
            visit(each.view->id, part.name, kept);
        }
    }
}

} // namespace autoscaler::policy
