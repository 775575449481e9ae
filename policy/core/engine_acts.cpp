// The engine's half that deals with action rules: their causes, their claims and their messages.
#include "policy/core/act.hpp"
#include "policy/core/engine.hpp"

#include <utility>

namespace autoscaler::policy {

void engine::handle(event::node_joined const&) {
    for (auto& each : roster_.tracks()) {
        bool concerned = false;
        for (auto& part : each.groups)
            for (auto const* policy : part.policies)
                for (auto const& what : policy->rules)
                    if (auto const* act = std::get_if<action_rule>(&what.kind);
                        act && act->on_node_joined()) {
                        auto const key = memory_key(policy->name, what.name);
                        part.memory.rules[key].joined = now_;
                        if (each.sent && !part.dry_run) // whose memory is taken over once it is accepted
                            each.sent->after.rules[key].joined = now_;
                        concerned = true;
                    }
        if (concerned)
            touch(each);
    }
}

// The act was claimed and is not taken back: whether the receiver has done it already is not known.
void engine::handle(event::post_finished const& what) {
    if (what.error.empty())
        return;
    decision failed = what.what;
    failed.at = now_;
    failed.action = decided_action::hold;
    failed.why = reason::action_failed;
    failed.error = what.error;
    actions_.emplace_back(action::record{std::move(failed)});
}

// One write at a time: the first rule that acts is carried out, where the count is to stay. Returns whether
// one is.
bool engine::decide_acts(track& of, group& which, std::vector<decision> acts) {
    for (auto& each : acts) {
        if (each.action != decided_action::hold) {
            write(of, which, std::move(each));
            return true;
        }
        if (each.why == reason::dry_run)
            commit_act(which.memory, each);
        report_act(which, std::move(each));
    }
    return false;
}

// The write has claimed the act for this instance: now the message goes out.
action::post engine::message_of(track const& of, decision const& what) const {
    action::post message{.target = {}, .what = what, .alerts = {}};
    for (auto const* policy : of.groups.front().policies)
        for (auto const& each : policy->rules) {
            auto const* act = std::get_if<action_rule>(&each.kind);
            if (!act || policy->name != what.policy || each.name != what.rule)
                continue;
            message.target = act->target;
            roster_.slots_of(each, of, [&](rule_slot const& slot) {
                for (auto const which : slot.members)
                    if (message.alerts.size() < max_alerts_named && !silences_.is_silenced(which) &&
                        store_.status_of(which, now_).firing) {
                        std::vector<label> labels;
                        store_.text_of(which).labels(labels);
                        auto& named = message.alerts.emplace_back();
                        for (auto const& [name, value] : labels)
                            named.emplace(name, value);
                    }
            });
        }
    return message;
}

void engine::report_act(group& which, decision made) {
    made.ours = is_ours_to_tell(which, made);
    auto& last = which.last_acts[memory_key(made.policy, made.rule)];
    if (made.action != decided_action::hold || !same_outcome(last, made))
        actions_.emplace_back(action::record{made});
    last = std::move(made);
}

} // namespace autoscaler::policy
