// The engine's half that says what it holds: alerts as a list of them shows them, and what local storage
// keeps.
#include "policy/core/engine.hpp"

#include <vector>

namespace autoscaler::policy {

void engine::visit_alerts(time_point now, std::function<void(listed_alert const&)> const& visit) const {
    std::vector<label> labels;
    std::vector<label> annotations;
    store_.for_each([&](auto which) {
        auto const seen = store_.status_of(which, now);
        if (!seen.firing)
            return;
        auto const& text = store_.text_of(which);
        text.labels(labels);
        text.annotations(annotations);
        visit({
            .labels = labels,
            .annotations = annotations,
            .generator_url = text.generator_url(),
            .starts_at = seen.since,
            .ends_at = seen.ends,
            .updated_at = seen.heard_at,
            .silenced_by = {},
        });
    });
}

std::size_t engine::silenced_alerts(time_point) const {
    return 0;
}

void engine::visit_memories(
    std::function<void(std::string_view service_id, std::string_view group, history const& memory)> const&
        visit
) const {
    for (auto const& each : roster_.tracks())
        if (each.owner == each.index && each.view)
            for (auto const& part : each.groups)
                visit(each.view->id, part.name, part.memory);
}

} // namespace autoscaler::policy
