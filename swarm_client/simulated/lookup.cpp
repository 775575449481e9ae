#include "swarm_client/simulated/lookup.hpp"

#include <string>
#include <vector>

namespace autoscaler::swarm::simulated {

namespace {

template<class Object, class NameOf>
found<Object>
find_in(std::vector<Object const*> const& all, std::string_view kind, std::string_view name, NameOf name_of) {
    std::vector<Object const*> prefixed;
    Object const* named = nullptr;
    for (auto const* const one : all) {
        if (one->id == name)
            return one;
        if (name_of(*one) == name)
            named = one;
        if (!name.empty() && one->id.starts_with(name))
            prefixed.push_back(one);
    }
    if (named != nullptr)
        return named;
    if (prefixed.size() == 1)
        return prefixed.front();
    auto const what = std::string{kind} + " " + std::string{name};
    if (prefixed.empty())
        return api_error{404, what + " not found"};
    return api_error{500, what + " is ambiguous (" + std::to_string(prefixed.size()) + " matches found)"};
}

} // namespace

found<model::service> find_service(model::cluster const& swarm, std::string_view name) {
    return find_in(swarm.services(), "service", name, [](model::service const& one) -> std::string_view {
        return one.spec.name;
    });
}

found<model::config> find_config(model::cluster const& swarm, std::string_view name) {
    return find_in(swarm.configs(), "config", name, [](model::config const& one) -> std::string_view {
        return one.spec.name;
    });
}

found<model::task> find_task(model::cluster const& swarm, std::string_view name) {
    return find_in(swarm.tasks(), "task", name, [](model::task const&) -> std::string_view { return {}; });
}

found<model::node> find_node(model::cluster const& swarm, std::string_view name) {
    return find_in(swarm.nodes(), "node", name, [](model::node const& one) -> std::string_view {
        return one.hostname;
    });
}

} // namespace autoscaler::swarm::simulated
