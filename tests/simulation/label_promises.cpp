// The promises about the state label: what it says is what was done.
#include "server/driver/state_label.hpp"
#include "tests/simulation/promises.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

using policy::decided_action;

// Clocks differ by this at most, and a change of others is seen some time after it was made.
constexpr duration most_apart = 12s;

} // namespace

void promises::check_label(attempt const& by, model::service const& before, model::service const& after) {
    auto const text = after.spec.labels.find(server::state_label_name);
    if (text == after.spec.labels.end())
        return broken(by, "a write without its state");
    auto const label = server::decode_state(text->second);
    if (!label)
        return broken(by, "a state that nobody can read");
    if (label->writer != by.what.state.writer)
        return broken(by, "replicas without the state that belongs to them");
    // A restart or a message leaves what a deploy took still to be put back: there the label keeps that
    // count.
    bool const scaled = before.spec.replicas != after.spec.replicas;
    if (scaled && label->last_set != static_cast<std::int64_t>(after.spec.replicas))
        broken(by, "a state with another count than the service has");
    auto const old = before.spec.labels.find(server::state_label_name);
    auto const last = old == before.spec.labels.end() ? std::nullopt : server::decode_state(old->second);
    // Where a rollback has put back an older label, numbers may have been counted anew before.
    auto const replaced = last ? serial_of_.find(last->writer) : serial_of_.end();
    bool const is_latest =
        replaced != serial_of_.end() &&
        std::ranges::none_of(by.knows, [&](std::uint64_t serial) { return serial > replaced->second; });
    bool const rolled_back = rolled_back_.contains(after.id);
    if (last && is_latest && !rolled_back && label->sequence <= last->sequence)
        broken(by, "a state with a number that is not new");
    if (serial_of_.contains(label->writer))
        broken(by, "two writes of one name");
    check_history(by, *label, after.id);
}

// Each step that its writer could know of stands in the label once, as far as the label reaches back.
void promises::check_history(attempt const& by, policy::service_state const& label, std::string const& id) {
    auto const& made = by.what.what;
    auto entries = label.changes;
    if (made.action == decided_action::up || made.action == decided_action::down) {
        if (entries.empty() || entries.back().at != made.at || entries.back().delta != made.to - made.from)
            return broken(by, "a history that does not end with the step at hand");
        entries.pop_back();
    }
    // After a rollback there is another label than the last one, and PreviousSpec holds what it has undone:
    // who looks first then begins with less.
    // And a policy that alerts bring to a service forgets it when all is done there.
    bool const forgetful =
        std::ranges::any_of(by.policies->policies, [&](policy::service_policy const& each) {
            return each.from_label && each.from_label->allow.matches_value(by.what.service);
        });
    if (entries.empty() || forgetful || rolled_back_.contains(id) || !clocks_kept(by))
        return;
    bool const others_changed =
        std::ranges::any_of(outside_, [&](outside const& each) { return each.id == id; });
    bool const merged = label.changes.size() >= policy::max_changes / 2; // its first may stand for several
    time_point const reaches_back = entries.front().at + (merged ? most_apart : 0s);
    for (auto serial = by.told.rbegin(); serial != by.told.rend(); ++serial) {
        written const& step = writes_[*serial];
        if (step.from == step.to || step.by.what.what.at <= reaches_back)
            continue;
        auto const is_it = [&](policy::replica_change const& each) {
            // Who has missed what others did adds it to the first step that he hears of: the sum stays right.
            return (each.delta == step.to - step.from || others_changed) &&
                   std::chrono::abs(each.at - step.by.what.what.at) <= most_apart;
        };
        auto const nearer = [&](auto const& a, auto const& b) {
            return std::chrono::abs(a.at - step.by.what.what.at) <
                   std::chrono::abs(b.at - step.by.what.what.at);
        };
        auto best = entries.end();
        for (auto each = entries.begin(); each != entries.end(); ++each)
            if (is_it(*each) && (best == entries.end() || nearer(*each, *best)))
                best = each;
        if (best == entries.end())
            return broken(by, "a history without the step of " + step.by.what.state.writer);
        entries.erase(best);
    }
    // What is left was done by others than autoscalers; or it is a step that stands there twice.
    for (auto const& left : entries) {
        if (left.at <= reaches_back)
            continue;
        bool const twice = std::ranges::any_of(by.told, [&](std::uint64_t serial) {
            auto const& step = writes_[serial];
            return step.to - step.from == left.delta &&
                   std::chrono::abs(left.at - step.by.what.what.at) <= most_apart;
        });
        if (twice && !others_changed)
            return broken(by, "a history with a step that was never made");
    }
}

} // namespace autoscaler::simulation
