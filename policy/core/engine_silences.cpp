// The engine's half that deals with what people have switched off: alerts by silences, services by pauses.
#include "policy/core/engine.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

void engine::handle(event::silences_changed const& what) {
    touch_services_of(silences_.replace(what.silences, known_alerts(), now_));
}

silence_book::all_alerts engine::known_alerts() {
    return [this](silence_book::visitor const& visit) {
        store_.for_each([&](auto which) {
            store_.text_of(which).labels(scratch_);
            visit(which, scratch_);
        });
    };
}

void engine::handle(event::pauses_changed const& what) {
    auto const before = std::exchange(pauses_, what.pauses);
    for (auto& each : roster_.tracks())
        if (each.view &&
            pause_in_force(before, each.view->name, now_) != pause_in_force(pauses_, each.view->name, now_))
            touch(each);
}

void engine::handle(event::switches_read const&) {
    if (std::exchange(switches_read_, true))
        return;
    for (auto& each : roster_.tracks())
        if (each.view)
            touch(each);
}

// Whether a silence or a pause may be in force that nobody has told us of yet.
bool engine::waits_for_switches() {
    if (switches_read_)
        return false;
    first_look_ = std::min(first_look_.value_or(now_), now_); // the clock may have been set back
    return now_ - *first_look_ < options_.switches_patience;
}

// All that are in force for a service, as one: as it is until the first of them ends.
std::optional<service_pause>
engine::pause_in_force(pause_list const& among, std::string_view service, time_point now) {
    std::optional<service_pause> found;
    if (!among)
        return found;
    for (auto const& each : *among) {
        if (each.service != service || !in_force(each, now))
            continue;
        if (!found) {
            found = each;
            continue;
        }
        found->mode = combine(found->mode, each.mode);
        keep_earliest(found->until, each.until);
    }
    return found;
}

} // namespace autoscaler::policy
