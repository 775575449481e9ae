#include "server/notify/sender.hpp"

#include "policy/core/label.hpp"
#include "server/http_client/client.hpp"
#include "server/http_client/url.hpp"
#include "server/notify/message.hpp"
#include "swarm_client/transport/turns.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <set>
#include <string>
#include <utility>

namespace autoscaler::server::notify {

namespace asio = boost::asio;

namespace {

// A status that may be another one a moment later: the server is in trouble or asks for patience.
bool is_passing(unsigned status) {
    return status / 100 == 5 || status == 408 || status == 425 || status == 429;
}

} // namespace

struct sender::core {
    core(asio::any_io_executor const& from, limits const& given)
        : executor(from)
        , bounds(given)
        , http(from)
        , places(std::make_shared<swarm::transport::turns>(from, given.most_at_once)) {}

    asio::any_io_executor executor;
    limits bounds;
    http_client::client http;
    std::shared_ptr<swarm::transport::turns> places;
    std::set<asio::steady_timer*> pausing;
    bool stopped = false;

    class pause_timer;

    static asio::awaitable<std::string>
    deliver(std::shared_ptr<core> self, std::string body, policy::webhook_target target);

    // How one try ended.
    struct outcome {
        std::string error; // "" where it arrived
        bool final = true; // another try would end alike
    };

    static asio::awaitable<outcome>
    try_once(std::shared_ptr<core> self, std::string body, policy::webhook_target target);
    static asio::awaitable<void> pause(std::shared_ptr<core> self, std::chrono::milliseconds time);
};

// A timer that stop() can reach, for as long as it is there.
class sender::core::pause_timer {
public:
    pause_timer(std::shared_ptr<core> of, std::chrono::milliseconds time)
        : of_(std::move(of)), timer_(of_->executor, time) {
        of_->pausing.insert(&timer_);
    }

    ~pause_timer() { of_->pausing.erase(&timer_); }

    pause_timer(pause_timer const&) = delete;
    pause_timer& operator=(pause_timer const&) = delete;

    asio::steady_timer& get() { return timer_; }

private:
    std::shared_ptr<core> of_;
    asio::steady_timer timer_;
};

// The path of a receiver's URL is often its secret: it is never named. A receiver that has done the thing and
// answered too late hears of it again: the key, the same in each try, lets it see that.
asio::awaitable<sender::core::outcome>
sender::core::try_once(std::shared_ptr<core> self, std::string body, policy::webhook_target target) {
    http_client::request asked;
    asked.method = "POST";
    asked.url = target.url;
    asked.headers = {
        {"Content-Type", "application/json"},
        {"Idempotency-Key", policy::to_hex(std::hash<std::string>{}(body))},
    };
    asked.body = std::move(body);
    asked.timeout = target.timeout;
    asked.secret_path = true;
    auto const said = co_await self->http.send(std::move(asked), std::move(target.http));
    if (!said)
        co_return outcome{describe(said.error()), false};
    if (said->status / 100 == 2)
        co_return outcome{};
    auto const where = http_client::parse_url(target.url);
    auto const status = "status " + std::to_string(said->status);
    co_return outcome{(where ? where->shown_origin() + ": " : "") + status, !is_passing(said->status)};
}

asio::awaitable<void> sender::core::pause(std::shared_ptr<core> self, std::chrono::milliseconds time) {
    if (self->stopped)
        co_return;
    pause_timer timer(std::move(self), time);
    boost::system::error_code woken;
    co_await timer.get().async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<std::string>
sender::core::deliver(std::shared_ptr<core> self, std::string body, policy::webhook_target target) {
    auto const turn =
        co_await self->places->take(std::chrono::steady_clock::now() + self->bounds.longest_wait);
    if (!turn)
        co_return self->stopped ? "cancelled" : "too many messages wait to be sent";
    outcome last = co_await try_once(self, body, target);
    for (auto const time : self->bounds.pauses) {
        if (last.final)
            break;
        co_await pause(self, time);
        if (self->stopped)
            break;
        last = co_await try_once(self, body, target);
    }
    co_return last.error;
}

sender::sender(asio::any_io_executor executor, limits const& bounds)
    : core_(std::make_shared<core>(executor, bounds)) {}

sender::~sender() {
    stop();
}

asio::awaitable<std::string> sender::send(policy::action::post message) {
    std::string text = body(message);
    return core::deliver(core_, std::move(text), std::move(message.target));
}

asio::awaitable<std::string> sender::deliver(std::string body, policy::webhook_target target) {
    return core::deliver(core_, std::move(body), std::move(target));
}

void sender::stop() {
    core_->stopped = true;
    core_->http.stop();
    core_->places->stop();
    for (auto* const each : core_->pausing)
        each->cancel();
}

} // namespace autoscaler::server::notify
