#include "server/shared/core.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace autoscaler::server::shared {

namespace asio = boost::asio;

namespace {

// A leader election makes good answers take 17 s, and no client waits for this one.
constexpr auto list_patience = std::chrono::seconds(30);

constexpr std::size_t most_told_garbage = 1000;

} // namespace

void shared_state::core::preload(std::vector<storage::stored_record> const& kept) {
    std::vector<ledger::loaded> items;
    for (auto const& [what, pending] : kept) {
        auto read = to_item(what.name, what.labels);
        if (auto const* fault = std::get_if<std::string>(&read))
            observers_.fault("local storage has a record that cannot be read", *fault);
        else
            items.push_back({std::get<item>(std::move(read)), pending});
    }
    ledger_.load(std::move(items));
    tell();
}

void shared_state::core::start() {
    following_ = true;
    // The handler keeps all of this alive until following has ended.
    auto ended = [self = shared_from_this()](std::exception_ptr const& failure) {
        if (failure)
            std::rethrow_exception(failure);
        self->following_ = false;
        self->idle_.cancel();
    };
    asio::co_spawn(executor_, follow(), std::move(ended));
}

void shared_state::core::look_again() {
    look_now_ = true;
    next_look_.cancel();
}

asio::awaitable<void> shared_state::core::follow() {
    auto retry = options_.first_retry;
    while (!stopping_) {
        look_now_ = false;
        bool const settled = co_await look();
        auto delay = settled ? options_.resync : retry;
        retry = settled ? options_.first_retry : std::min(retry * 2, options_.last_retry);
        if (doubtful_)
            delay = std::min(delay, options_.removal_patience);
        if (stopping_ || look_now_)
            continue;
        next_look_.expires_after(delay);
        boost::system::error_code woken;
        co_await next_look_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

// Whether Swarm was read, and has all that we have.
asio::awaitable<bool> shared_state::core::look() {
    auto const reading = ++readings_;
    auto listed =
        co_await swarm_.list(std::string(name_prefix), std::chrono::steady_clock::now() + list_patience);
    if (stopping_)
        co_return false;
    if (!listed) {
        if (!swarm_silent_)
            observers_.fault("cannot read silences and pauses from Swarm", describe(listed.error()));
        swarm_silent_ = true;
        co_return false;
    }
    swarm_silent_ = false;
    auto const mine = co_await take_turn();
    if (!mine)
        co_return false;
    listed_ = std::move(*listed);
    co_await absorb(reading);
    auto const until = std::chrono::steady_clock::now() + options_.write_patience;
    co_await forget_old(until);
    co_return co_await write_pending(until);
}

// The same within a change, whose turn it is: "" or why Swarm could not be read.
asio::awaitable<std::string> shared_state::core::read(swarm_records::time_limit until) {
    auto const reading = ++readings_;
    auto listed = co_await swarm_.list(std::string(name_prefix), until);
    if (!listed)
        co_return describe(listed.error());
    listed_ = std::move(*listed);
    co_await absorb(reading);
    co_return std::string();
}

asio::awaitable<void> shared_state::core::absorb(std::uint64_t reading) {
    std::vector<item> items;
    std::set<std::string> unreadable;
    for (auto const& object : listed_) {
        // Most are as they were: decoding them, and compiling their matchers, is what a reading costs.
        auto const* const known = ledger_.find(object.name);
        if (known != nullptr && known->what.labels == object.labels) {
            items.push_back(*known);
            continue;
        }
        auto read = to_item(object.name, object.labels);
        if (auto* good = std::get_if<item>(&read)) {
            items.push_back(std::move(*good));
            continue;
        }
        unreadable.insert(object.name);
        if (told_garbage_.size() >= most_told_garbage)
            told_garbage_.clear();
        if (told_garbage_.insert(object.id + "." + std::to_string(object.version)).second)
            observers_.fault("Swarm has a config that cannot be read", std::get<std::string>(read));
    }
    news found = ledger_.read(items, unreadable, reading, now_(), options_.removal_patience);
    doubtful_ = found.doubtful;
    tell();
    if (!std::exchange(read_, true))
        observers_.read();
    co_await cache(std::move(found.taken));
    co_await drop(std::move(found.gone));
}

asio::awaitable<void> shared_state::core::forget_old(swarm_records::time_limit until) {
    std::vector<std::string> forgotten;
    for (auto const& each : ledger_.old(options_.limits.retention, options_.limits.most, now_())) {
        auto const& name = each.what.name;
        auto const there = std::ranges::find(listed_, name, &swarm::config_object::name);
        // Another version, perhaps one that has not ended: ours must reach Swarm before it is forgotten.
        if (there != listed_.end() && there->labels != each.what.labels)
            continue;
        if (there != listed_.end()) {
            std::string const failure = co_await swarm_.remove(there->id, until);
            if (!failure.empty()) {
                observers_.fault("cannot remove an old silence or pause from Swarm", failure);
                break;
            }
        }
        forgotten.push_back(name);
    }
    ledger_.forget(forgotten);
    tell();
    co_await drop(std::move(forgotten));
}

asio::awaitable<bool> shared_state::core::write_pending(swarm_records::time_limit until) {
    bool all = true;
    for (auto const& each : ledger_.pending()) {
        if (stopping_ || std::chrono::steady_clock::now() >= until)
            co_return false;
        auto put = co_await swarm_.put(request_for(each), until);
        // One that Swarm does not want must not keep the others from it.
        if (put.what == put_outcome::kind::failed) {
            all = false;
            continue;
        }
        std::vector<record> taken;
        if (put.what == put_outcome::kind::overtaken) {
            ledger_.seen(*put.found);
            taken.push_back(put.found->what);
        } else {
            ledger_.written(each, false, readings_);
            taken.push_back(each.what);
        }
        tell();
        co_await cache(std::move(taken));
    }
    co_return all;
}

} // namespace autoscaler::server::shared
