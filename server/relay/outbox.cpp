#include "server/relay/outbox.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::relay {

void outbox::remove(std::deque<relayed_body>::iterator which) {
    bytes_ -= which->text->size();
    waiting_.erase(which);
}

// Prometheus repeats what fires every minute and what has ended for a quarter of an hour; Alertmanager's next
// word may be hours away.
void outbox::make_way() {
    auto const first = waiting_.begin() + (under_way_ ? 1 : 0);
    auto const found = std::find_if(first, waiting_.end(), [](auto const& each) { return !each.webhook; });
    remove(found != waiting_.end() ? found : first);
}

std::size_t outbox::push(relayed_body body) {
    std::size_t const size = body.text->size();
    if (size > bounds_.bytes)
        return 1;
    std::size_t gone = 0;
    bytes_ += size;
    waiting_.push_back(std::move(body));
    while (waiting_.size() > (under_way_ ? 1U : 0U) &&
           (waiting_.size() > bounds_.bodies || bytes_ > bounds_.bytes)) {
        make_way();
        ++gone;
    }
    return gone;
}

relayed_body const* outbox::next(steady_time now, std::size_t& dropped) {
    while (!waiting_.empty() && waiting_.front().useless_from && *waiting_.front().useless_from <= now) {
        remove(waiting_.begin());
        ++dropped;
    }
    under_way_ = !waiting_.empty();
    return under_way_ ? &waiting_.front() : nullptr;
}

void outbox::done() {
    if (std::exchange(under_way_, false))
        remove(waiting_.begin());
}

std::size_t outbox::clear() {
    std::size_t const count = waiting_.size();
    waiting_.clear();
    bytes_ = 0;
    under_way_ = false;
    return count;
}

} // namespace autoscaler::server::relay
