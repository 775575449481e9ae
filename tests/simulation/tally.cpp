#include "tests/simulation/tally.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

constexpr std::size_t columns = 3;
constexpr std::size_t width = 36;

using line = std::pair<std::string_view, std::uint64_t>;

std::string table(std::string_view title, std::vector<line> const& lines) {
    std::string text(title);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string cell = std::to_string(lines[i].second);
        cell.insert(0, cell.size() < 9 ? 9 - cell.size() : 0, ' ');
        cell.append(" ").append(lines[i].first);
        bool const last = i % columns == columns - 1;
        cell.append(!last && cell.size() < width ? width - cell.size() : 0, ' ');
        text.append(i % columns == 0 ? "\n" : "").append(cell);
    }
    return text + "\n";
}

} // namespace

std::string_view to_string(incident what) {
    switch (what) {
    case incident::inspect_lost:
        return "inspect_lost";
    case incident::inspect_late:
        return "inspect_late";
    case incident::inspect_stale:
        return "inspect_stale";
    case incident::tasks_uncounted:
        return "tasks_uncounted";
    case incident::update_late:
        return "update_late";
    case incident::update_lost:
        return "update_lost";
    case incident::update_refused:
        return "update_refused";
    case incident::reply_lost_applied:
        return "reply_lost_applied";
    case incident::reply_lost_not_applied:
        return "reply_lost_not_applied";
    case incident::reply_false_conflict:
        return "reply_false_conflict";
    case incident::no_leader:
        return "no_leader";
    case incident::event_lost:
        return "event_lost";
    case incident::alert_lost:
        return "alert_lost";
    case incident::alert_late:
        return "alert_late";
    case incident::alert_twice:
        return "alert_twice";
    case incident::alert_out_of_order:
        return "alert_out_of_order";
    case incident::alert_unheard:
        return "alert_unheard";
    case incident::alert_expired:
        return "alert_expired";
    case incident::prometheus_dead:
        return "prometheus_dead";
    case incident::prometheus_restarted:
        return "prometheus_restarted";
    case incident::relay_lost:
        return "relay_lost";
    case incident::crash_before_send:
        return "crash_before_send";
    case incident::crash_reply_unread:
        return "crash_reply_unread";
    case incident::crash_before_commit:
        return "crash_before_commit";
    case incident::crash_after_commit:
        return "crash_after_commit";
    case incident::crash_anywhere:
        return "crash_anywhere";
    case incident::restart_with_storage:
        return "restart_with_storage";
    case incident::restart_without_storage:
        return "restart_without_storage";
    case incident::storage_outdated:
        return "storage_outdated";
    case incident::clock_apart:
        return "clock_apart";
    case incident::clock_jump:
        return "clock_jump";
    case incident::two_policies:
        return "two_policies";
    case incident::policy_reloaded:
        return "policy_reloaded";
    case incident::deploy_good:
        return "deploy_good";
    case incident::deploy_bad:
        return "deploy_bad";
    case incident::stack_deploy:
        return "stack_deploy";
    case incident::scaled_by_hand:
        return "scaled_by_hand";
    case incident::rolled_back_by_hand:
        return "rolled_back_by_hand";
    case incident::service_recreated:
        return "service_recreated";
    case incident::service_label_changed:
        return "service_label_changed";
    case incident::placement_changed:
        return "placement_changed";
    case incident::node_lost:
        return "node_lost";
    case incident::node_joined:
        return "node_joined";
    case incident::silenced:
        return "silenced";
    case incident::api_pause:
        return "api_pause";
    case incident::rollout_paused:
        return "rollout_paused";
    case incident::automatic_rollback:
        return "automatic_rollback";
    case incident::tasks_unschedulable:
        return "tasks_unschedulable";
    case incident::tasks_crash_looping:
        return "tasks_crash_looping";
    case incident::write_accepted:
        return "write_accepted";
    case incident::write_conflicted:
        return "write_conflicted";
    case incident::race_lost:
        return "race_lost";
    case incident::label_below_known:
        return "label_below_known";
    case incident::label_gone:
        return "label_gone";
    case incident::stale_read_seen:
        return "stale_read_seen";
    case incident::doubtful_write_found:
        return "doubtful_write_found";
    case incident::message_failed:
        return "message_failed";
    case incident::count:
        break;
    }
    return "";
}

void tally::add(tally const& other) {
    for (std::size_t i = 0; i < incidents_.size(); ++i)
        incidents_[i] += other.incidents_[i];
    for (std::size_t i = 0; i < reasons_.size(); ++i)
        reasons_[i] += other.reasons_[i];
}

std::string tally::text() const {
    std::vector<line> faults;
    for (std::size_t i = 0; i < incidents_.size(); ++i)
        faults.emplace_back(to_string(static_cast<incident>(i)), incidents_[i]);
    std::vector<line> words;
    for (std::size_t i = 0; i < reasons_.size(); ++i)
        words.emplace_back(to_string(static_cast<policy::reason>(i)), reasons_[i]);
    return table("faults and races", faults) + table("reasons of recorded decisions", words);
}

std::vector<std::string> tally::missing() const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < incidents_.size(); ++i)
        if (incidents_[i] == 0)
            found.emplace_back(to_string(static_cast<incident>(i)));
    for (std::size_t i = 0; i < reasons_.size(); ++i)
        if (reasons_[i] == 0)
            found.emplace_back("reason ").append(to_string(static_cast<policy::reason>(i)));
    return found;
}

} // namespace autoscaler::simulation
