#include "server/alertmanagers/follower.hpp"

#include "server/alertmanagers/taken_over.hpp"
#include "server/http_client/client.hpp"
#include "server/http_client/url.hpp"
#include "server/log/log.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace autoscaler::server::alertmanagers {

namespace asio = boost::asio;
using log::level;

namespace {

constexpr std::string_view list_path = "/api/v2/alerts";
// Suppressed ones would not come by webhook either. But one that was taken over and is suppressed later goes
// on, as it does where a webhook has brought it.
constexpr std::string_view only_active = "?active=true&silenced=false&inhibited=false";
constexpr std::string_view all_states = "?active=true&silenced=true&inhibited=true";

// Alertmanager takes a regular expression where we have a name.
std::string quoted_receiver(std::string_view name) {
    std::string text;
    for (char const c : name) {
        if (std::string_view(R"(\.+*?()|[]{}^$)").find(c) != std::string_view::npos)
            text += '\\';
        text += c;
    }
    return text;
}

} // namespace

struct follower::core {
    core(
        asio::any_io_executor from,
        std::vector<policy::alertmanager_source> given,
        follower_events teller,
        follower_timing rhythms
    )
        : executor(from)
        , sources(std::move(given))
        , told(std::move(teller))
        , timing(rhythms)
        , http(std::move(from)) {}

    asio::any_io_executor executor;
    std::vector<policy::alertmanager_source> sources;
    follower_events told;
    follower_timing timing;
    http_client::client http;
    std::vector<asio::steady_timer*> waiting;
    bool stopped = false;

    static asio::awaitable<void> follow(std::shared_ptr<core> self, std::size_t index);
    static asio::awaitable<std::string>
    read(std::shared_ptr<core> self, policy::alertmanager_source const& from, taken_over& alerts);
    static asio::awaitable<void> pause(std::shared_ptr<core> self, std::chrono::milliseconds time);
};

// Returns "" or why nothing was read.
asio::awaitable<std::string> follower::core::read(
    std::shared_ptr<core> self, policy::alertmanager_source const& from, taken_over& alerts
) {
    auto const url = http_client::append_path(from.url, list_path);
    if (!url)
        co_return describe(url.error());
    http_client::request asked;
    asked.url = *url + std::string(alerts.begun() ? all_states : only_active);
    if (!from.receiver.empty())
        asked.url += "&receiver=" + http_client::form_encoded(quoted_receiver(from.receiver));
    asked.headers = {{"Accept", "application/json"}};
    auto const said = co_await self->http.send(std::move(asked), from.http);
    if (self->stopped)
        co_return "";
    if (!said)
        co_return describe(said.error());
    if (said->status != 200)
        co_return "it answered with status " + std::to_string(said->status);
    co_return alerts.read(said->body, self->told.now(), self->told.alerts);
}

asio::awaitable<void> follower::core::follow(std::shared_ptr<core> self, std::size_t index) {
    auto const& source = self->sources[index];
    auto const parsed = http_client::parse_url(source.url);
    std::string const shown = parsed ? parsed->shown() : "alertmanager " + std::to_string(index + 1);
    taken_over alerts;
    bool failing = false;
    auto retry = self->timing.first_retry;
    while (!self->stopped && !alerts.over()) {
        auto const problem = co_await read(self, source, alerts);
        if (self->stopped)
            co_return;
        if (!problem.empty() && !std::exchange(failing, true))
            log::event(level::warn, "alertmanager does not answer", {{"url", shown}, {"error", problem}});
        if (problem.empty()) {
            if (std::exchange(failing, false))
                log::event(level::info, "alertmanager answers again", {{"url", shown}});
            log::event(level::debug, "alertmanager read", {{"url", shown}});
            retry = self->timing.first_retry;
        }
        if (!alerts.over())
            co_await pause(self, problem.empty() ? self->timing.rhythm : retry);
        if (!problem.empty())
            retry = std::min(retry * 2, self->timing.last_retry);
    }
}

asio::awaitable<void> follower::core::pause(std::shared_ptr<core> self, std::chrono::milliseconds time) {
    asio::steady_timer timer(self->executor, time);
    self->waiting.push_back(&timer);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    std::erase(self->waiting, &timer);
}

follower::follower(
    asio::any_io_executor executor,
    std::vector<policy::alertmanager_source> sources,
    follower_events told,
    follower_timing timing
)
    : core_(std::make_shared<core>(std::move(executor), std::move(sources), std::move(told), timing)) {}

follower::~follower() {
    stop();
}

std::vector<asio::awaitable<void>> follower::tasks() {
    std::vector<asio::awaitable<void>> all;
    for (std::size_t i = 0; i < core_->sources.size(); ++i)
        all.push_back(core::follow(core_, i));
    return all;
}

void follower::stop() {
    core_->stopped = true;
    core_->http.stop();
    for (auto* const each : core_->waiting)
        each->cancel();
}

} // namespace autoscaler::server::alertmanagers
