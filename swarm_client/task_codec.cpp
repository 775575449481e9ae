#include "swarm_client/task_codec.hpp"

#include "swarm_client/json_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace autoscaler::swarm {

using nlohmann::json;

namespace {

using seconds = std::chrono::sys_seconds;

// A command that fails at once does so three times within 15 s (swarmkit restarts after 5 s by default); once
// may be an accident, and twice its retry. Pauses longer than five minutes are longer than any back-off of
// Kubernetes' CrashLoopBackOff: that is no loop.
constexpr std::size_t failures_of_loop = 3;
constexpr auto longest_loop = std::chrono::minutes(5);

struct slot_history {
    bool runs = false;
    std::vector<seconds> failures;
    seconds latest; // state of any of its tasks
};

bool crash_loops(slot_history& slot) {
    if (slot.runs || slot.failures.size() < failures_of_loop)
        return false;
    std::ranges::sort(slot.failures, std::greater<>());
    return slot.latest - slot.failures[failures_of_loop - 1] <= longest_loop;
}

// The second of a time as the engine writes it, 2026-11-20T08:07:35.04Z: always in UTC.
std::optional<seconds> second_of(std::string_view text) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
    if (text.size() <= shape.size() || text.back() != 'Z')
        return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return std::nullopt;
    auto const number = [text](std::size_t at, std::size_t digits) {
        int value = 0;
        for (char const c : text.substr(at, digits))
            value = value * 10 + (c - '0');
        return value;
    };
    std::chrono::year_month_day const day{
        std::chrono::year(number(0, 4)),
        std::chrono::month(static_cast<unsigned>(number(5, 2))),
        std::chrono::day(static_cast<unsigned>(number(8, 2)))
    };
    if (!day.ok())
        return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) +
           std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
}

} // namespace

result<task_counts> decode_tasks(std::string_view text, std::string_view service_id) {
    auto const value = parse_json(text);
    if (!value || !value->is_array()) {
        error failure;
        failure.message = "the answer is not a JSON array";
        return failure;
    }
    task_counts counts;
    for (json const& task : *value) {
        // The request filters for both; a second look costs nothing and a wrong count costs a wrong step.
        if (text_of(member(task, "ServiceID")) != service_id ||
            text_of(member(task, "DesiredState")) != "running")
            continue;
        ++counts.desired;
        json const* const status = member(task, "Status");
        std::string const state = text_of(member(status, "State"));
        if (state == "running")
            ++counts.running;
        // The scheduler's words (swarmkit manager/scheduler: noSuitableNode); they stay until nodes change.
        if (state == "pending" && text_of(member(status, "Err")).starts_with("no suitable node"))
            counts.stuck = stuck_tasks::unschedulable;
    }
    return counts;
}

bool shows_crash_loop(std::string_view text, std::string_view service_id) {
    auto const value = parse_json(text);
    if (!value || !value->is_array())
        return false;
    std::map<std::uint64_t, slot_history> slots;
    for (json const& task : *value) {
        auto const slot = integer_of(member(task, "Slot"));
        json const* const status = member(task, "Status");
        auto const since = second_of(text_of(member(status, "Timestamp")));
        if (!slot || !since || text_of(member(task, "ServiceID")) != service_id)
            continue;
        std::string const state = text_of(member(status, "State"));
        auto& history = slots[*slot];
        history.latest = std::max(history.latest, *since);
        if (state == "failed" || state == "rejected")
            history.failures.push_back(*since);
        else if (state == "running" && text_of(member(task, "DesiredState")) == "running")
            history.runs = true;
    }
    return std::ranges::any_of(slots, [](auto& slot) { return crash_loops(slot.second); });
}

std::optional<swarm_event> decode_event(std::string_view line) {
    auto const value = parse_json(line);
    if (!value)
        return std::nullopt;
    json const* const actor = member(*value, "Actor");
    json const* const attributes = member(actor, "Attributes");
    swarm_event event{
        text_of(member(*value, "Type")),
        text_of(member(*value, "Action")),
        text_of(member(actor, "ID")),
        text_of(member(attributes, "name")),
        parse_update_state(text_of(member(attributes, "updatestate.new"))),
        text_of(member(attributes, "state.old")),
        text_of(member(attributes, "state.new")),
    };
    if (event.type.empty() || event.action.empty())
        return std::nullopt;
    return event;
}

std::optional<std::string> line_splitter::next() {
    std::size_t const end = pending_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

} // namespace autoscaler::swarm
