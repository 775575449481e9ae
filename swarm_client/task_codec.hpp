// The engine's JSON about tasks and events -> values. Pure; takes any text whatsoever and never throws.
#pragma once

#include "swarm_client/error.hpp"
#include "swarm_client/service.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

// The answer of GET /tasks: counts the tasks of this service that are to run. They are stuck as
// `unschedulable` where no node suits one of them.
result<task_counts> decode_tasks(std::string_view text, std::string_view service_id);

// The answer of GET /tasks with the ended tasks of each slot (the engine keeps five of them): whether a slot
// of this service fails again and again, and does not run.
bool shows_crash_loop(std::string_view text, std::string_view service_id);

// One line of GET /events; none if it is not an event.
std::optional<swarm_event> decode_event(std::string_view line);

// Cuts a stream into lines, which arrive in any pieces. Owns the unfinished end of it.
class line_splitter {
public:
    // Longer ones are no events of an engine.
    static constexpr std::size_t longest_line = std::size_t{1024} * 1024;

    void add(std::string_view piece) { pending_ += piece; }

    // The next complete line, without its end; none until more has come.
    std::optional<std::string> next();

    bool too_long() const { return pending_.size() > longest_line; }

private:
    std::string pending_;
};

} // namespace autoscaler::swarm
