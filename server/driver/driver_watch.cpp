// The driver's half that waits: for the engine's next moment, for a manager, for events.
#include "server/driver/driver.hpp"
#include "swarm_client/endpoint_book.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;

namespace {

// A silence may end in a thousand years, which no timer can count.
constexpr policy::duration longest_sleep = std::chrono::hours(1);

// A stream of events that ends earlier did not last.
constexpr auto lasting = std::chrono::seconds(10);

} // namespace

asio::awaitable<void> driver::keep_time() {
    while (!stopping_) {
        tell_step(); // else a clock that was set back would leave us asleep for as long
        auto const wait =
            wake_ ? std::clamp(*wake_ - now_(), policy::duration{}, longest_sleep) : longest_sleep;
        if (wait > policy::duration{}) {
            co_await pause(wait, wake_timer_);
            continue;
        }
        wake_.reset();
        post(policy::event::tick{now_()});
        // However often the engine wants to be woken, all others have their turn in between.
        co_await asio::post(wake_timer_.get_executor(), asio::use_awaitable);
    }
}

asio::awaitable<void> driver::pause(std::chrono::milliseconds time, asio::steady_timer& timer) {
    if (stopping_)
        co_return;
    timer.expires_after(time);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

void driver::set_ready(readiness now, std::string_view endpoint) {
    bool const moved = now.ready && endpoint != served_by_;
    bool const changed = moved || now.ready != ready_.ready || now.cause != ready_.cause;
    bool const back = now.ready && !ready_.ready && probed_; // at the start, everything is looked at anyway
    probed_ = true;
    ready_ = std::move(now);
    if (ready_.ready)
        served_by_ = endpoint;
    if (changed)
        observers_.reached(ready_, endpoint);
    missed_something_ = missed_something_ || back;
    if (following_)
        catch_up();
    else if (back || moved)
        events_timer_.cancel(); // the stream brings the look at everything
}

// Looks at all that may have changed while nobody heard of it: once, however many signs there are of that,
// and not before a manager serves.
void driver::catch_up() {
    if (!missed_something_ || !ready_.ready || stopping_)
        return;
    missed_something_ = false;
    post(policy::event::swarm_reached{now_()});
}

asio::awaitable<void> driver::watch_manager() {
    while (!stopping_) {
        auto const answer = co_await swarm_.probe();
        if (stopping_)
            co_return;
        if (answer)
            set_ready({.ready = true, .cause = ""}, answer->endpoint);
        else
            set_ready({.ready = false, .cause = describe(answer.error())}, answer.error().endpoint);
        co_await pause(ready_.ready ? pace_.probe : pace_.retry, manager_timer_);
    }
}

asio::awaitable<void> driver::follow_events() {
    auto retry = pace_.events;
    while (!stopping_) {
        swarm::event_handlers handlers;
        handlers.opened = [this] {
            nodes_.forget();
            following_ = true;
            if (std::exchange(events_lost_, false))
                missed_something_ = true;
            catch_up();
            if (!ready_.ready)
                manager_timer_.cancel(); // it seems to be back
            observers_.configs_changed();
        };
        handlers.event = [this](swarm::swarm_event const& what) {
            if (stopping_)
                return;
            if (what.type == "service")
                post(policy::event::service_changed{.id = what.id, .name = what.name, .now = now_()});
            else if (what.type == "config")
                observers_.configs_changed();
            else if (nodes_.joins(what))
                post(policy::event::node_joined{.id = what.id, .now = now_()});
        };
        auto const begun = std::chrono::steady_clock::now();
        auto const ended = co_await swarm_.events(std::move(handlers));
        if (ended.kind == swarm::error_kind::cancelled)
            co_return;
        bool const broken = std::exchange(following_, false);
        events_lost_ = true;
        if (broken || (ready_.ready && swarm::tells_of_endpoint(ended.kind)))
            manager_timer_.cancel(); // see at once whether the manager still serves
        if (!broken)
            catch_up(); // there is no stream that could bring it
        bool const lasted = broken && std::chrono::steady_clock::now() - begun >= lasting;
        co_await pause(lasted ? pace_.events : retry, events_timer_);
        // Where no manager serves, no stream has been tried.
        retry = lasted || !ready_.ready ? pace_.events : std::min(retry * 2, pace_.longest_events);
    }
}

} // namespace autoscaler::server
