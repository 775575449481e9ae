// What people switch off: alerts by silences, services by pauses.
#include "tests/simulation/people.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::simulation {

void people::change_silences() {
    auto all = std::vector<policy::silence>();
    if (silences_ && silences_->empty() == false) {
        stage_.say("people", "end all silences");
    } else {
        stage_.counts.note(incident::silenced);
        auto matched = policy::matcher::parse(
            "alertname=\"" + std::string(stage_.dice.one_of({"Up", "Up", "Down", "Keep"})) + "\""
        );
        auto const now = stage_.time.now();
        all.push_back(
            {.id = "5bd7a7e5-0000-4000-8000-000000000001",
             .matchers = {std::get<policy::matcher>(std::move(matched))},
             .starts_at = now,
             .ends_at = now + stage_.dice.between(20s, 200s),
             .updated_at = now,
             .created_by = "people",
             .comment = ""}
        );
        stage_.say("people", "silence an alert");
    }
    silences_ = std::make_shared<std::vector<policy::silence> const>(std::move(all));
    tell_switches();
}

void people::change_pauses() {
    auto all = std::vector<policy::service_pause>();
    if (pauses_ && !pauses_->empty()) {
        stage_.say("people", "end all pauses");
    } else {
        stage_.counts.note(incident::api_pause);
        auto const now = stage_.time.now();
        all.push_back(
            {.service = services_.front(),
             .mode = static_cast<policy::pause_mode>(stage_.dice.pick(1, 3)),
             .until = now + stage_.dice.between(20s, 150s),
             .comment = "",
             .updated_at = now}
        );
        stage_.say("people", "pause " + services_.front());
    }
    pauses_ = std::make_shared<std::vector<policy::service_pause> const>(std::move(all));
    tell_switches();
}

// Everybody reads them in his own time.
void people::tell_switches() {
    for (auto const& each : *all_)
        stage_.time.after(stage_.dice.between(5ms, stage_.calm ? 50ms : 8s), [this, &each] {
            each->set_silences(silences_);
            each->set_pauses(pauses_);
        });
}

void people::read_switches(autoscaler& by) {
    stage_.time.after(stage_.dice.between(5ms, stage_.calm ? 50ms : 5s), [this, &by, life = by.life()] {
        if (by.life() != life)
            return;
        by.set_silences(silences_);
        by.set_pauses(pauses_);
        by.switches_read();
    });
}

bool people::silences(std::string const& alert) const {
    if (!silences_)
        return false;
    return std::ranges::any_of(*silences_, [&](policy::silence const& each) {
        policy::label const labels{"alertname", alert};
        return state_of(each, stage_.time.now()) == policy::silence_state::active &&
               covers(each, {&labels, 1});
    });
}

} // namespace autoscaler::simulation
