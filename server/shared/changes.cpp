#include "server/shared/core.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server::shared {

namespace asio = boost::asio;

namespace {

// More clients than this do not wait for their change.
constexpr std::size_t most_changes = 64;

// Overtaken so often in one change, others never let go.
constexpr unsigned most_plans = 5;

// Waiting for those before it ends after this.
constexpr auto turn_patience = std::chrono::seconds(10);

// Counts a change as long as it lives.
class under_way {
public:
    under_way(std::size_t& count, asio::steady_timer& ended) : count_(count), ended_(ended) { ++count_; }

    ~under_way() {
        --count_;
        ended_.cancel();
    }

    under_way(under_way const&) = delete;
    under_way& operator=(under_way const&) = delete;
    under_way(under_way&&) = delete;
    under_way& operator=(under_way&&) = delete;

private:
    std::size_t& count_;
    asio::steady_timer& ended_;
};

} // namespace

shared_state::core::core(
    asio::any_io_executor executor,
    swarm::swarm_api& swarm,
    storage::database* storage,
    std::function<policy::time_point()> now,
    options chosen,
    observers told
)
    : executor_(executor)
    , swarm_(executor, swarm)
    , storage_(storage)
    , now_(std::move(now))
    , options_(chosen)
    , observers_(std::move(told))
    , turns_(std::make_shared<swarm::transport::turns>(executor, 1))
    , next_look_(executor)
    , idle_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<std::optional<shared_state::core::turn>> shared_state::core::take_turn() {
    return turns_->take(std::chrono::steady_clock::now() + turn_patience);
}

asio::awaitable<std::string> shared_state::core::change(std::function<plan()> compute) {
    if (stopping_)
        co_return "the autoscaler is shutting down";
    if (changes_ >= most_changes)
        co_return std::to_string(changes_) + " changes of silences and pauses wait already: try again later";
    under_way const counted(changes_, idle_);
    auto const mine = co_await take_turn();
    if (!mine)
        co_return stopping_ ? "the autoscaler is shutting down"
                            : "the changes before this one take too long: try again later";
    co_return co_await change_in_turn(compute);
}

asio::awaitable<std::string> shared_state::core::change_in_turn(std::function<plan()> const& compute) {
    auto const until = std::chrono::steady_clock::now() + options_.write_patience;
    plan wanted = compute();
    // Another autoscaler may have made it a moment ago, and this client have spoken to that one.
    if (wanted.unknown && (co_await read(until)).empty())
        wanted = compute();
    for (unsigned attempt = 0; attempt < most_plans; ++attempt) {
        if (wanted.write.empty())
            co_return std::string();
        auto [what, text] = co_await keep(std::move(wanted.write), until);
        if (what != kept::overtaken)
            co_return std::move(text);
        wanted = compute();
    }
    co_return "others keep changing it: try again later";
}

put_request shared_state::core::request_for(item what) const {
    bool const silence = std::holds_alternative<policy::silence>(what.value);
    bool const fresh = silence && ledger_.find(what.what.name) == nullptr;
    return {
        .wanted = std::move(what), .fresh = fresh, .outdated = options_.limits.retention / 2, .now = now_()
    };
}

// Has Swarm keep them, in their order, and local storage what Swarm cannot take.
asio::awaitable<std::pair<shared_state::core::kept, std::string>>
shared_state::core::keep(std::vector<item> items, swarm_records::time_limit until) {
    std::vector<record> in_swarm;
    std::string why;
    bool overtaken = false;
    std::size_t next = 0;
    for (; next < items.size(); ++next) {
        auto put = co_await swarm_.put(request_for(items[next]), until);
        if (put.what == put_outcome::kind::done) {
            ledger_.written(items[next], false, readings_);
            in_swarm.push_back(items[next].what);
            continue;
        }
        overtaken = put.what == put_outcome::kind::overtaken;
        if (overtaken && ledger_.seen(*put.found))
            in_swarm.push_back(put.found->what);
        why = std::move(put.text);
        break;
    }
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(next));
    tell();
    co_await cache(std::move(in_swarm));
    if (overtaken)
        co_return std::pair(kept::overtaken, std::string());
    if (items.empty())
        co_return std::pair(kept::done, std::string());
    std::string failure = co_await keep_here(items, std::move(why));
    co_return std::pair(failure.empty() ? kept::done : kept::unavailable, std::move(failure));
}

// Local storage keeps them until Swarm takes them. `why` Swarm does not; returns "" or why neither does.
asio::awaitable<std::string> shared_state::core::keep_here(std::vector<item> const& items, std::string why) {
    if (storage_ == nullptr)
        co_return "Swarm has not taken it, and there is no local storage: " + why;
    std::vector<storage::stored_record> records;
    for (auto const& each : items)
        records.push_back({each.what, true});
    if (std::string const failure = co_await storage_->keep_records(std::move(records)); !failure.empty())
        co_return "neither Swarm nor local storage has taken it: " + why + "; " + failure;
    for (auto const& each : items)
        ledger_.written(each, true, readings_);
    tell();
    observers_.fault("kept in local storage until Swarm takes it", why);
    look_again();
    co_return std::string();
}

void shared_state::core::tell() {
    if (ledger_.silences() != told_silences_) {
        told_silences_ = ledger_.silences();
        observers_.silences(told_silences_);
    }
    if (ledger_.pauses() != told_pauses_) {
        told_pauses_ = ledger_.pauses();
        observers_.pauses(told_pauses_);
    }
}

asio::awaitable<void> shared_state::core::cache(std::vector<record> records) {
    if (storage_ == nullptr || records.empty())
        co_return;
    std::vector<storage::stored_record> rows;
    for (auto& each : records)
        rows.push_back({std::move(each), false});
    if (std::string const failure = co_await storage_->keep_records(std::move(rows)); !failure.empty())
        observers_.fault("cannot cache silences and pauses", failure);
}

asio::awaitable<void> shared_state::core::drop(std::vector<std::string> names) {
    if (storage_ == nullptr || names.empty())
        co_return;
    if (std::string const failure = co_await storage_->drop_records(std::move(names)); !failure.empty())
        observers_.fault("cannot forget old silences and pauses", failure);
}

void shared_state::core::close() {
    stopping_ = true;
    next_look_.cancel();
    turns_->stop();
    swarm_.stop();
}

asio::awaitable<void> shared_state::core::stop(std::chrono::milliseconds patience) {
    auto const alive = shared_from_this();
    stopping_ = true;
    next_look_.cancel();
    boost::system::error_code woken;
    auto const until = std::chrono::steady_clock::now() + patience;
    while (changes_ > 0 && std::chrono::steady_clock::now() < until) {
        idle_.expires_at(until);
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    close();
    idle_.expires_at(asio::steady_timer::time_point::max());
    while (changes_ > 0 || following_)
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

} // namespace autoscaler::server::shared
