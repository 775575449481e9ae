#include "swarm_client/connection_pool.hpp"

#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;

connection_pool::loan::~loan() {
    if (connection_) // not moved from
        shelf_->keep(endpoint_, std::move(connection_));
}

connection_pool::connection_pool(
    asio::any_io_executor executor,
    std::vector<endpoint> endpoints,
    limits const& bounds,
    endpoint_observer told
)
    : bounds_(bounds)
    , shelf_(std::make_shared<connection_shelf>(executor, endpoints, bounds))
    , scout_(std::make_shared<scout>(executor, endpoints, bounds, shelf_, std::move(told)))
    , turns_(std::make_shared<transport::turns>(std::move(executor), bounds.connections)) {}

asio::awaitable<result<connection_pool::turn>>
connection_pool::wait_for_turn(std::string operation, deadline until) {
    auto mine = co_await turns_->take(until);
    if (mine)
        co_return std::move(*mine);
    if (stopped_)
        co_return failed(error_kind::cancelled, std::move(operation), "");
    co_return failed(error_kind::timeout, std::move(operation), "all connections to the engine were busy");
}

asio::awaitable<result<connection_pool::opened>>
connection_pool::open(std::string operation, deadline until) {
    for (;;) {
        auto const found = co_await scout_->find(operation, until);
        if (!found)
            co_return found.error();
        auto const link = shelf_->make(*found, connection_shelf::purpose::stream);
        auto const done = co_await link->open(operation, until);
        if (done)
            co_return opened{link, *found};
        if (!scout_->dial_failed(*found, done.error(), until))
            co_return done.error();
    }
}

asio::awaitable<result<connection_pool::loan>>
connection_pool::borrow(std::string operation, deadline until, bool fresh) {
    // Before and after the turn: whoever waits for his must not hear of a failure that late.
    if (auto const found = co_await scout_->find(operation, until); !found)
        co_return found.error();
    auto mine = co_await wait_for_turn(operation, until);
    if (!mine)
        co_return mine.error();
    for (;;) {
        auto const found = co_await scout_->find(operation, until);
        if (!found)
            co_return found.error();
        if (!fresh)
            if (auto link = shelf_->take(*found))
                co_return loan(shelf_, std::move(*mine), std::move(link), *found, true);
        auto link = shelf_->make(*found);
        auto const done = co_await link->open(operation, until);
        if (done)
            co_return loan(shelf_, std::move(*mine), std::move(link), *found, false);
        if (!scout_->dial_failed(*found, done.error(), until))
            co_return done.error();
    }
}

asio::awaitable<result<engine_info>> connection_pool::look(std::string operation) {
    return scout_->look(std::move(operation));
}

void connection_pool::stop() {
    stopped_ = true;
    shelf_->close();
    scout_->stop();
    turns_->stop();
}

} // namespace autoscaler::swarm
