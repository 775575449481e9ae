#include "swarm_client/connection_shelf.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::swarm {

namespace {

constexpr auto left_words = "the engine there no longer serves";
constexpr auto abandoned_words = "given up, since the engine there no longer answers";

} // namespace

connection_shelf::connection_shelf(
    boost::asio::any_io_executor executor, std::vector<endpoint> endpoints, limits const& bounds
)
    : executor_(std::move(executor)), endpoints_(std::move(endpoints)), bounds_(bounds) {}

std::shared_ptr<connection> connection_shelf::make(std::size_t endpoint, purpose what) {
    std::erase_if(made_, [](made const& one) { return one.link.expired(); });
    auto link = std::make_shared<connection>(executor_, endpoints_[endpoint], bounds_);
    made_.push_back({endpoint, what, link});
    if (closed_)
        link->close();
    return link;
}

std::shared_ptr<connection> connection_shelf::take(std::size_t endpoint) {
    for (;;) {
        // The one that was used last: the others may rest until their engine closes them.
        auto const last = std::find_if(idle_.rbegin(), idle_.rend(), [endpoint](idle const& one) {
            return one.endpoint == endpoint;
        });
        if (last == idle_.rend())
            return nullptr;
        auto link = std::move(last->link);
        idle_.erase(std::next(last).base());
        if (link->reusable())
            return link;
    }
}

void connection_shelf::keep(std::size_t endpoint, std::shared_ptr<connection> link) {
    auto const kept = std::ranges::count(idle_, endpoint, &idle::endpoint);
    if (!closed_ && static_cast<std::size_t>(kept) < bounds_.connections && link->reusable())
        idle_.push_back({endpoint, std::move(link)});
}

void connection_shelf::drop(std::size_t endpoint) {
    std::erase_if(idle_, [endpoint](idle const& one) { return one.endpoint == endpoint; });
}

void connection_shelf::leave(std::size_t endpoint, error_kind kind) {
    drop(endpoint);
    for (auto const& one : made_)
        if (one.endpoint == endpoint && one.what == purpose::stream)
            if (auto const link = one.link.lock())
                link->give_up(kind, left_words);
}

void connection_shelf::abandon(std::size_t endpoint, error_kind kind) {
    drop(endpoint);
    for (auto const& one : made_)
        if (one.endpoint == endpoint)
            if (auto const link = one.link.lock())
                link->give_up(kind, abandoned_words);
}

void connection_shelf::close() {
    closed_ = true;
    idle_.clear();
    for (auto const& one : made_)
        if (auto const link = one.link.lock())
            link->close();
}

} // namespace autoscaler::swarm
