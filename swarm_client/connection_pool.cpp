#include "swarm_client/connection_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;

request probe_request(std::string operation) {
    // No service's name starts with a slash. {"name":["/"]}
    return make_request(
        calls::list_services, std::move(operation), {}, "filters=" + percent_encoded(R"({"name":["/"]})")
    );
}

connection_pool::loan::~loan() {
    if (!connection_)
        return; // moved from
    auto& pool = *pool_;
    if (!pool.stopped_ && pool.current_ == endpoint_ && pool.kept_.size() < pool.bounds_.connections &&
        connection_->reusable())
        pool.kept_.push_back(std::move(connection_));
}

connection_pool::connection_pool(
    asio::any_io_executor executor, std::vector<endpoint> endpoints, limits bounds
)
    : executor_(std::move(executor))
    , endpoints_(std::move(endpoints))
    , bounds_(bounds)
    , turns_(std::make_shared<transport::turns>(executor_, bounds.connections)) {}

asio::awaitable<result<connection_pool::turn>>
connection_pool::wait_for_turn(std::string operation, deadline until) {
    auto mine = co_await turns_->take(until);
    if (mine)
        co_return std::move(*mine);
    if (stopped_)
        co_return failed(error_kind::cancelled, std::move(operation), "");
    co_return failed(error_kind::timeout, std::move(operation), "all connections to the engine were busy");
}

std::shared_ptr<connection> connection_pool::make_connection(std::size_t index) {
    std::erase_if(all_, [](std::weak_ptr<connection> const& one) { return one.expired(); });
    auto made = std::make_shared<connection>(executor_, endpoints_[index], bounds_);
    all_.push_back(made);
    return made;
}

std::shared_ptr<connection> connection_pool::take_kept() {
    while (!kept_.empty()) {
        auto last = std::move(kept_.back());
        kept_.pop_back();
        if (last->reusable())
            return last;
    }
    return nullptr;
}

std::vector<std::size_t> connection_pool::order() const {
    std::vector<std::size_t> indices;
    if (current_)
        indices.push_back(*current_);
    for (std::size_t i = 0; i < endpoints_.size(); ++i)
        if (i != current_ && i != last_resort_)
            indices.push_back(i);
    if (last_resort_ && last_resort_ != current_)
        indices.push_back(*last_resort_);
    return indices;
}

asio::awaitable<result<std::shared_ptr<connection>>>
connection_pool::open_usable(std::size_t index, std::string operation, deadline until) {
    auto const link = make_connection(index);
    auto const opened = co_await link->open(operation, until);
    if (!opened)
        co_return opened.error();
    // With one endpoint there is nothing to choose: the request itself will tell.
    if (endpoints_.size() == 1 || index == current_)
        co_return link;
    auto const probe = probe_request(std::move(operation));
    auto const said = co_await link->ask(probe, until);
    if (!said)
        co_return said.error();
    if (!succeeded(*said))
        co_return to_error(probe, *said);
    co_return link;
}

asio::awaitable<result<connection_pool::opened>>
connection_pool::open(std::string operation, deadline until) {
    std::optional<error> first;
    for (std::size_t const index : order()) {
        if (stopped_)
            co_return failed(error_kind::cancelled, std::move(operation), "");
        if (first && std::chrono::steady_clock::now() >= until)
            break;
        auto const link = co_await open_usable(index, operation, until);
        if (link) {
            if (current_ != index)
                kept_.clear();
            current_ = index;
            if (last_resort_ == index)
                last_resort_.reset();
            co_return opened{*link, index};
        }
        note(index, link.error());
        if (!first)
            first = link.error();
        else
            first->message += "; " + to_string(endpoints_[index]) + " is " +
                              std::string(to_string(link.error().kind)) + ": " + link.error().message;
    }
    co_return *first;
}

asio::awaitable<result<connection_pool::loan>>
connection_pool::borrow(std::string operation, deadline until, bool fresh) {
    auto mine = co_await wait_for_turn(operation, until);
    if (!mine)
        co_return mine.error();
    if (!fresh)
        if (auto link = take_kept())
            co_return loan(shared_from_this(), std::move(*mine), std::move(link), *current_, true);
    auto const found = co_await open(std::move(operation), until);
    if (!found)
        co_return found.error();
    co_return loan(shared_from_this(), std::move(*mine), found->link, found->endpoint, false);
}

void connection_pool::note(std::size_t endpoint, error const& failure) {
    switch (failure.kind) {
    case error_kind::timeout:
        last_resort_ = endpoint;
        [[fallthrough]];
    case error_kind::unreachable:
    case error_kind::permission:
    case error_kind::authentication:
    case error_kind::tls_mismatch:
    case error_kind::connection_lost:
    case error_kind::not_in_swarm:
    case error_kind::not_a_manager:
    case error_kind::locked:
    case error_kind::no_leader:
    case error_kind::protocol:
        if (current_ == endpoint) {
            current_.reset();
            kept_.clear();
        }
        return;
    case error_kind::conflict:
    case error_kind::not_found:
    case error_kind::name_taken:
    case error_kind::bad_version:
    case error_kind::rejected:
    case error_kind::engine_failure:
    case error_kind::refused:
    case error_kind::cancelled:
        return;
    }
}

void connection_pool::stop() {
    stopped_ = true;
    kept_.clear();
    for (auto const& one : all_)
        if (auto const link = one.lock())
            link->close();
    turns_->stop();
}

} // namespace autoscaler::swarm
