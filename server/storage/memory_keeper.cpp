#include "server/storage/memory_keeper.hpp"

namespace autoscaler::server::storage {

void memory_keeper::save(
    std::function<void(visitor const&)> const& visit,
    std::vector<stored_attachment> attachments,
    policy::time_point now
) {
    std::vector<stored_memory> changed;
    for (auto& [key, each] : kept_)
        each.seen = false;
    visit([&](std::string_view service, std::string_view group, policy::history const& memory) {
        auto const [found, fresh] = kept_.try_emplace(
            std::pair<std::string, std::string>(service, group), kept{.memory = {}, .at = now}
        );
        auto& known = found->second;
        known.seen = true;
        // A clock that was set back must not stop the renewal.
        bool const young = known.at <= now && now - known.at < renewal_;
        if (!fresh && young && known.memory == memory)
            return;
        known.memory = memory;
        known.at = now;
        changed.push_back({std::string(service), std::string(group), memory});
    });
    std::erase_if(kept_, [](auto const& each) { return !each.second.seen; });
    if (!changed.empty())
        to_.keep_memories(std::move(changed), now);
    if (attachments_ != attachments) {
        to_.replace_attachments(attachments);
        attachments_ = std::move(attachments);
    }
}

} // namespace autoscaler::server::storage
