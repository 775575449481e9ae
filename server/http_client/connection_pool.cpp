#include "server/http_client/connection_pool.hpp"

#include <algorithm>

namespace autoscaler::server::http_client {

std::shared_ptr<connection>
connection_pool::take(origin const& where, swarm::transport::tls_context const* tls) {
    drop_old();
    // The one used last is the least likely to have been closed by the server.
    for (std::size_t i = kept_.size(); i-- > 0;) {
        if (!kept_[i].link->leads(where, tls))
            continue;
        auto found = std::move(kept_[i].link);
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
        if (found->reusable())
            return found;
    }
    return nullptr;
}

std::shared_ptr<connection>
connection_pool::make(origin const& where, std::shared_ptr<swarm::transport::tls_context> tls) {
    std::erase_if(all_, [](auto const& each) { return each.expired(); });
    auto made = std::make_shared<connection>(executor_, where, std::move(tls), bounds_.body);
    all_.push_back(made);
    return made;
}

void connection_pool::give_back(std::shared_ptr<connection> used) {
    drop_old();
    if (stopped_ || !used->reusable())
        return;
    if (kept_.size() >= bounds_.idle && !kept_.empty())
        kept_.erase(kept_.begin());
    if (bounds_.idle > 0)
        kept_.push_back({std::move(used), std::chrono::steady_clock::now()});
}

void connection_pool::drop_old() {
    auto const oldest = std::chrono::steady_clock::now() - bounds_.idle_time;
    std::erase_if(kept_, [oldest](kept const& each) { return each.since < oldest; });
}

void connection_pool::stop() {
    stopped_ = true;
    kept_.clear();
    for (auto const& each : all_)
        if (auto const link = each.lock())
            link->close();
}

} // namespace autoscaler::server::http_client
