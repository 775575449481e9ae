// Config objects of a cluster: a name, labels and some bytes, of which nothing follows.
#include "swarm_client/model/cluster.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::swarm::model {

std::vector<config const*> cluster::configs() const {
    std::vector<config const*> found;
    found.reserve(all_.configs.size());
    for (auto const& [number, one] : all_.configs)
        found.push_back(&one);
    return found;
}

config* cluster::open_config(std::string_view id) {
    auto const found =
        std::ranges::find_if(all_.configs, [&](auto const& one) { return one.second.id == id; });
    return found == all_.configs.end() ? nullptr : &found->second;
}

created cluster::create_config(config_spec spec, time_point now) {
    advance(now);
    for (auto const& [number, one] : all_.configs)
        if (one.spec.name == spec.name)
            return {one.id, refusal::name_taken};
    return {all_.add_config(std::move(spec)).id, std::nullopt};
}

std::optional<refusal>
cluster::update_config(std::string_view id, std::uint64_t version, config_spec posted, time_point now) {
    advance(now);
    auto* const stored = open_config(id);
    if (stored == nullptr)
        return refusal::not_found;
    if (posted.name != stored->spec.name || (!posted.data.empty() && posted.data != stored->spec.data))
        return refusal::labels_only;
    if (version != stored->version)
        return refusal::out_of_sequence;
    stored->spec.labels = std::move(posted.labels);
    stored->version = ++all_.index;
    stored->updated_at = all_.now;
    all_.announce(*stored, change::update);
    return std::nullopt;
}

std::optional<refusal> cluster::remove_config(std::string_view id, time_point now) {
    advance(now);
    auto const* const stored = open_config(id);
    if (stored == nullptr)
        return refusal::not_found;
    all_.announce(*stored, change::remove);
    ++all_.index;
    all_.configs.erase(stored->number);
    return std::nullopt;
}

} // namespace autoscaler::swarm::model
