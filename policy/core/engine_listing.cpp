// The engine's half that says what it holds: alerts as a list of them shows them, and what local storage
// keeps.
#include "policy/core/engine.hpp"

#include <vector>

namespace autoscaler::policy {

void engine::visit_alerts(time_point now, std::function<void(listed_alert const&)> const& visit) const {
    std::vector<label> labels;
    std::vector<label> annotations;
    std::vector<std::string> silenced_by;
    store_.for_each([&](auto which) {
        if (!store_.status_of(which, now).firing)
            return;
        auto const& text = store_.text_of(which);
        text.labels(labels);
        text.annotations(annotations);
        auto const times = store_.times_of(which, now);
        silences_.ids_of(which, now, silenced_by);
        visit({
            .labels = labels,
            .annotations = annotations,
            .generator_url = text.generator_url(),
            .starts_at = times.starts_at,
            .ends_at = times.ends_at,
            .updated_at = times.updated_at,
            .starts_zone = times.starts_zone,
            .ends_zone = times.ends_zone,
            .silenced_by = silenced_by,
        });
    });
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
