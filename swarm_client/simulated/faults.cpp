#include "swarm_client/simulated/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace autoscaler::swarm::simulated {

namespace {

using namespace std::string_view_literals;

constexpr std::array operations{
    std::pair{operation::ping, "ping"sv},
    std::pair{operation::version, "version"sv},
    std::pair{operation::info, "info"sv},
    std::pair{operation::list_services, "list_services"sv},
    std::pair{operation::inspect_service, "inspect_service"sv},
    std::pair{operation::create_service, "create_service"sv},
    std::pair{operation::update_service, "update_service"sv},
    std::pair{operation::remove_service, "remove_service"sv},
    std::pair{operation::list_tasks, "list_tasks"sv},
    std::pair{operation::inspect_task, "inspect_task"sv},
    std::pair{operation::list_nodes, "list_nodes"sv},
    std::pair{operation::inspect_node, "inspect_node"sv},
    std::pair{operation::list_configs, "list_configs"sv},
    std::pair{operation::inspect_config, "inspect_config"sv},
    std::pair{operation::create_config, "create_config"sv},
    std::pair{operation::update_config, "update_config"sv},
    std::pair{operation::remove_config, "remove_config"sv},
    std::pair{operation::events, "events"sv},
    std::pair{operation::other, "other"sv},
};

constexpr std::array kinds{
    std::pair{fault_kind::stall, "stall"sv},
    std::pair{fault_kind::reset, "reset"sv},
    std::pair{fault_kind::error, "error"sv},
    std::pair{fault_kind::late_error, "late_error"sv},
    std::pair{fault_kind::conflict, "conflict"sv},
    std::pair{fault_kind::lost_reply, "lost_reply"sv},
    std::pair{fault_kind::refuse, "refuse"sv},
};

constexpr std::array places{
    std::pair{membership::manager, "manager"sv},
    std::pair{membership::worker, "worker"sv},
    std::pair{membership::inactive, "inactive"sv},
    std::pair{membership::locked, "locked"sv},
    std::pair{membership::no_leader, "no_leader"sv},
};

template<class Table, class Value>
std::string_view word_of(Table const& table, Value value) {
    auto const found = std::ranges::find_if(table, [&](auto const& row) { return row.first == value; });
    return found == table.end() ? ""sv : found->second;
}

template<class Table>
auto value_of(Table const& table, std::string_view word)
    -> std::optional<typename Table::value_type::first_type> {
    auto const found = std::ranges::find_if(table, [&](auto const& row) { return row.second == word; });
    if (found == table.end())
        return std::nullopt;
    return found->first;
}

} // namespace

std::string_view to_string(operation what) {
    return word_of(operations, what);
}

std::optional<operation> operation_named(std::string_view word) {
    return value_of(operations, word);
}

std::string_view to_string(fault_kind kind) {
    return word_of(kinds, kind);
}

std::optional<fault_kind> fault_named(std::string_view word) {
    return value_of(kinds, word);
}

std::string_view to_string(membership place) {
    return word_of(places, place);
}

std::optional<membership> membership_named(std::string_view word) {
    return value_of(places, word);
}

std::optional<fault> faults::take(operation what) {
    auto const found =
        std::ranges::find_if(coming_, [&](fault const& one) { return !one.where || *one.where == what; });
    if (found == coming_.end())
        return std::nullopt;
    auto taken = *found;
    if (found->times && (*found->times == 0 || --*found->times == 0))
        coming_.erase(found);
    return taken;
}

std::uint64_t faults::seen(operation what) const {
    auto const found = seen_.find(what);
    return found == seen_.end() ? 0 : found->second;
}

} // namespace autoscaler::swarm::simulated
