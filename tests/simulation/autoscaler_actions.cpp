// What an autoscaler does about the actions of its engine, and where it dies of it.
#include "tests/simulation/autoscaler.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::simulation {

std::string describe(policy::decision const& what) {
    std::string text = what.service + " " + std::string(to_string(what.action)) + " " +
                       std::to_string(what.from) + "->" + std::to_string(what.to) + " " +
                       std::string(policy::to_string(what.why));
    if (!what.rule.empty())
        text.append(" by ").append(what.policy).append("/").append(what.rule);
    if (what.would)
        text.append(" would ").append(std::to_string(*what.would));
    if (what.dry_run)
        text += " (dry run)";
    return text;
}

// A policy that alerts bring to a service may have left it while it was asked about, and be back before the
// answer is: then it asks again.
bool autoscaler::comes_and_goes(std::string_view service) const {
    return std::ranges::any_of(policies_->policies, [service](policy::service_policy const& each) {
        return each.from_label && each.from_label->allow.matches_value(service);
    });
}

// ---- actions ----

void autoscaler::carry_out(policy::any_action&& what) {
    if (auto* inspect = std::get_if<policy::action::inspect>(&what)) {
        ++calls_;
        if (!under_way_.insert(inspect->service).second && !comes_and_goes(inspect->service))
            stage_.break_promise(name_ + " asks about " + inspect->service + " while something is under way");
        world_.inspect(*this, std::move(*inspect));
    } else if (auto* update = std::get_if<policy::action::update>(&what)) {
        ++calls_;
        send(std::move(*update));
    } else if (auto* wake = std::get_if<policy::action::wake_at>(&what)) {
        sleep_until(wake->time);
    } else if (auto* record = std::get_if<policy::action::record>(&what)) {
        stage_.counts.note(record->what.why);
        stage_.say(name_, describe(record->what));
    } else if (auto* query = std::get_if<policy::action::query>(&what)) {
        world_.query(*this, std::move(*query));
    } else if (std::holds_alternative<policy::action::list_alerts>(what)) {
        world_.list_alerts(*this);
    } else if (auto* post = std::get_if<policy::action::post>(&what)) {
        world_.post(*this, std::move(*post));
    }
}

void autoscaler::send(policy::action::update what) {
    if (!under_way_.insert(what.service).second && !comes_and_goes(what.service))
        stage_.break_promise(name_ + " writes " + what.service + " while something is under way");
    stage_.say(
        name_,
        "writes version " + std::to_string(what.version) + " q " + std::to_string(what.state.sequence) +
            ": " + describe(what.what)
    );
    if (armed_ == failpoint::before_send)
        return crash(incident::crash_before_send);
    auto const found = inspected_.find(what.service);
    if (found == inspected_.end() || found->second.view.id != what.id ||
        found->second.view.version != what.version) {
        // What was inspected is gone: as good as a conflict, and told as one, later than now.
        stage_.time.after(1ms, [this, life = life_, service = what.service] {
            answer_update(life, service, policy::event::update_result::conflict, "");
        });
        return;
    }
    auto posted = found->second.spec;
    bool const dies = armed_ == failpoint::reply_unread;
    world_.update(*this, std::move(what), std::move(posted));
    if (dies)
        stage_.time.after(stage_.dice.between(0ms, 30ms), [this, life = life_] {
            if (life == life_)
                crash(incident::crash_reply_unread);
        });
}

void autoscaler::sleep_until(time_point local) {
    wake_ = local;
    stage_.time.at(local - clock_error_, [this, life = life_, call = ++wakes_] {
        if (life != life_ || call != wakes_)
            return;
        wake_.reset();
        on(policy::event::tick{clock()});
    });
}

} // namespace autoscaler::simulation
