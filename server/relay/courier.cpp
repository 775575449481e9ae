#include "server/relay/courier.hpp"

#include "server/http/message.hpp"
#include "server/http_client/client.hpp"
#include "server/log/log.hpp"
#include "server/relay/marks.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server::relay {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;
using log::level;

namespace {

// All that a peer knows: as much as it may remember by default.
constexpr std::size_t longest_list = std::size_t{256} << 20U;
// A peer lets a connection rest for at least this long (--web.read-timeout).
constexpr auto connection_rest = std::chrono::minutes(4);

constexpr std::string_view list_path = "/api/v2/alerts?active=true&silenced=true&inhibited=true";

// A peer that answers so has read the body, and taken what it could. Who sends to the API repeats it; a
// webhook is told again a few times. More would keep those behind waiting for as long as the peer's disk is
// full.
constexpr unsigned tries_of_webhook = 4;

// It may be another answer a moment later.
bool is_passing(unsigned status) {
    return status / 100 == 5 || status == 408 || status == 425 || status == 429;
}

policy::http_config config_for(peer_address const& where, policy::http_config how) {
    boost::system::error_code no_address;
    asio::ip::make_address(where.name, no_address);
    // We dial an address; its certificate is the name's.
    if (how.tls.server_name.empty() && no_address)
        how.tls.server_name = where.name;
    how.follow_redirects = false;
    return how;
}

} // namespace

struct courier::core {
    core(
        asio::any_io_executor const& executor,
        peer_address const& where,
        options const& chosen,
        std::string const& nonce,
        std::shared_ptr<counts> counted
    )
        : name(to_string(where))
        , url((where.tls ? "https://" : "http://") + name +
              (chosen.route_prefix == "/" ? "" : chosen.route_prefix))
        , how(config_for(where, chosen.http))
        , from(nonce + " " + name)
        , timing(chosen.timing)
        , told(std::move(counted))
        , box(chosen.limits)
        , http(executor, {.body = longest_list, .idle = 1, .idle_time = connection_rest})
        , timer(executor) {}

    enum class outcome {
        taken,
        refused,
        busy, // it answered that it cannot now
        failed
    };

    static asio::awaitable<void> run(std::shared_ptr<core> self);
    static asio::awaitable<outcome> try_once(std::shared_ptr<core> self, relayed_body body);
    static asio::awaitable<std::string> read(std::shared_ptr<core> self);
    asio::awaitable<void> wait_until(clock::time_point when);
    http_client::request request(std::string_view path) const;
    void tell(std::string const& problem);

    bool over() const { return stopped || us; }

    std::string name;
    std::string url; // of its route prefix
    policy::http_config how;
    std::string from;
    relay::timing timing;
    std::shared_ptr<counts> told;
    outbox box;
    http_client::client http;
    asio::steady_timer timer; // while there is nothing to do, or after a failure
    bool resting = false;     // in wait for work
    bool failing = false;
    std::string unread; // why it could not be read last
    bool us = false;
    bool stopped = false;
};

http_client::request courier::core::request(std::string_view path) const {
    http_client::request made;
    made.url = url + std::string(path);
    made.headers = {{std::string(relay_field), "1"}, {std::string(from_field), from}};
    made.timeout = timing.one_try;
    return made;
}

// Once per change: a peer that is away is asked often.
void courier::core::tell(std::string const& problem) {
    if (over() || std::exchange(failing, !problem.empty()) == !problem.empty())
        return;
    if (problem.empty())
        log::event(level::info, "peer takes alerts again", {{"peer", name}});
    else
        log::event(level::warn, "peer takes no alerts", {{"peer", name}, {"error", problem}});
}

asio::awaitable<courier::core::outcome>
courier::core::try_once(std::shared_ptr<core> self, relayed_body body) {
    auto asked = self->request(body.path);
    asked.method = "POST";
    auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - body.heard);
    asked.headers.emplace_back(age_field, std::to_string(age.count()));
    if (!body.content_type.empty())
        asked.headers.emplace_back("Content-Type", body.content_type);
    asked.shared_body = body.text;
    asked.repeatable = true; // alerts are state
    auto const said = co_await self->http.send(std::move(asked), self->how);
    if (self->over())
        co_return outcome::refused;
    if (!said) {
        self->tell(describe(said.error()));
        co_return outcome::failed;
    }
    bool const taken = said->status / 100 == 2 || (body.partly && said->status == 400);
    self->tell(taken ? "" : "it answered with status " + std::to_string(said->status));
    co_return taken ? outcome::taken : is_passing(said->status) ? outcome::busy : outcome::refused;
}

asio::awaitable<void> courier::core::wait_until(clock::time_point when) {
    timer.expires_at(when);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<void> courier::core::run(std::shared_ptr<core> self) {
    auto retry = self->timing.first_retry;
    unsigned busy = 0; // such answers to the body under way
    while (!self->over()) {
        std::size_t dropped = 0;
        auto const* const next = self->box.next(clock::now(), dropped);
        self->told->dropped += dropped;
        if (next == nullptr) {
            self->resting = true;
            co_await self->wait_until(clock::time_point::max());
            self->resting = false;
            continue;
        }
        unsigned const tries = next->webhook ? tries_of_webhook : 1;
        auto came = co_await try_once(self, *next);
        if (self->over())
            break;
        busy = came == outcome::busy ? busy + 1 : 0;
        if (busy >= tries)
            came = outcome::refused;
        self->told->sent += came == outcome::taken ? 1 : 0;
        self->told->failed += came == outcome::taken ? 0 : 1;
        self->told->dropped += came == outcome::refused ? 1 : 0;
        if (came == outcome::taken || came == outcome::refused) {
            self->box.done();
            busy = 0;
            retry = self->timing.first_retry;
            continue;
        }
        auto const until = clock::now() + retry;
        retry = std::min(retry * 2, self->timing.last_retry);
        co_await self->wait_until(until);
    }
}

asio::awaitable<std::string> courier::core::read(std::shared_ptr<core> self) {
    auto asked = self->request(list_path);
    asked.headers.emplace_back("Accept", "application/json");
    auto said = co_await self->http.send(std::move(asked), self->how);
    if (self->over())
        co_return "";
    if (!said || said->status != 200) {
        auto const problem =
            said ? "it answered with status " + std::to_string(said->status) : describe(said.error());
        if (std::exchange(self->unread, problem) != problem) // it is asked again and again
            log::event(level::info, "peer not read", {{"peer", self->name}, {"error", problem}});
        co_return "";
    }
    auto body = std::move(said->body);
    body.append(http::body_padding, '\0');
    co_return body;
}

courier::courier(
    asio::any_io_executor const& executor,
    peer_address where,
    options const& chosen,
    std::string const& nonce,
    std::shared_ptr<counts> told
)
    : core_(std::make_shared<core>(executor, where, chosen, nonce, std::move(told))) {}

courier::~courier() {
    stop();
}

asio::awaitable<void> courier::task() {
    return core::run(core_);
}

void courier::push(relayed_body const& body) {
    if (core_->over())
        return;
    core_->told->dropped += core_->box.push(body);
    if (core_->resting)
        core_->timer.cancel();
}

asio::awaitable<std::string> courier::read() {
    return core::read(core_);
}

void courier::is_us() {
    core_->us = true;
    core_->box.clear();
    core_->timer.cancel();
}

bool courier::us() const {
    return core_->us;
}

bool courier::idle() const {
    return core_->box.empty();
}

std::size_t courier::waiting() const {
    return core_->box.size();
}

std::size_t courier::bytes() const {
    return core_->box.bytes();
}

std::string const& courier::name() const {
    return core_->name;
}

void courier::stop() {
    if (std::exchange(core_->stopped, true))
        return;
    core_->told->dropped += core_->box.clear();
    core_->http.stop();
    core_->timer.cancel();
}

} // namespace autoscaler::server::relay
