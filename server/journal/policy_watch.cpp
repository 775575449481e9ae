#include "server/journal/policy_watch.hpp"

#include "server/log/log.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server {

using log::level;

void policy_watch::follow(std::string hash) {
    hash_ = std::move(hash);
    for (auto& [id, service] : services_)
        service.differs = false;
}

void policy_watch::seen(policy::service_view const& view) {
    std::uint64_t const sequence = view.state ? view.state->sequence : 0;
    auto const [found, first] = services_.try_emplace(view.id, known{.sequence = sequence, .differs = false});
    auto& service = found->second;
    if (first || sequence <= service.sequence)
        return;
    service.sequence = sequence;
    bool const differs = view.state->policy_hash != hash_ && !view.state->writer.starts_with(writer_prefix_);
    if (std::exchange(service.differs, differs) == differs)
        return;
    if (differs)
        log::event(
            level::warn,
            "another autoscaler follows another policy file",
            {{"service", view.name},
             {"hash", hash_},
             {"other_hash", view.state->policy_hash},
             {"writer", view.state->writer}}
        );
    else
        log::event(level::info, "the policy files of all writers agree again", {{"service", view.name}});
}

std::size_t policy_watch::mismatches() const {
    auto const count = std::ranges::count_if(services_, [](auto const& each) { return each.second.differs; });
    return static_cast<std::size_t>(count);
}

} // namespace autoscaler::server
