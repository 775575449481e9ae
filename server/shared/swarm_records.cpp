#include "server/shared/swarm_records.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace autoscaler::server::shared {

namespace asio = boost::asio;

namespace {

// Each failure is followed by a look; whoever is overtaken so often would wait too long for its client.
constexpr unsigned most_attempts = 5;

// Two autoscalers have met, or the answer was lost: what is there tells how it goes on.
bool look_again_after(swarm::error const& failure) {
    return failure.maybe_applied || failure.kind == swarm::error_kind::conflict ||
           failure.kind == swarm::error_kind::name_taken || failure.kind == swarm::error_kind::not_found;
}

swarm::error given_up(swarm::error_kind kind, std::string message) {
    return {
        .kind = kind,
        .http_status = 0,
        .message = std::move(message),
        .operation = "share a record",
        .endpoint = "",
        .maybe_applied = true,
    };
}

put_outcome failed(std::string why) {
    return {put_outcome::kind::failed, {}, std::move(why)};
}

} // namespace

// Those that wait for an answer of Swarm: stop() wakes them.
class swarm_records::call_list {
public:
    void add(std::weak_ptr<asio::steady_timer> timer) {
        std::erase_if(timers_, [](auto const& each) { return each.expired(); });
        timers_.push_back(std::move(timer));
    }

    void stop() {
        stopped_ = true;
        for (auto const& each : timers_)
            if (auto const timer = each.lock())
                timer->cancel();
    }

    bool stopped() const { return stopped_; }

private:
    std::vector<std::weak_ptr<asio::steady_timer>> timers_;
    bool stopped_ = false;
};

swarm_records::swarm_records(asio::any_io_executor executor, swarm::swarm_api& swarm)
    : executor_(std::move(executor)), swarm_(swarm), calls_(std::make_shared<call_list>()) {}

swarm_records::~swarm_records() {
    stop();
}

void swarm_records::stop() {
    calls_->stop();
}

// The call is not cancelled when its time is over: it ends by itself, as all calls of a swarm_api do, and
// whoever asked looks later what has become of it.
template<class T>
asio::awaitable<swarm::result<T>>
swarm_records::ask(asio::awaitable<swarm::result<T>> call, time_limit until) {
    auto const calls = calls_;
    if (calls->stopped())
        co_return given_up(swarm::error_kind::cancelled, "the autoscaler stops");
    auto const timer = std::make_shared<asio::steady_timer>(executor_, until);
    auto const answer = std::make_shared<std::optional<swarm::result<T>>>();
    calls->add(timer);
    asio::co_spawn(
        executor_,
        std::move(call),
        [timer, answer](std::exception_ptr const& failure, swarm::result<T> got) {
            if (failure)
                std::rethrow_exception(failure);
            answer->emplace(std::move(got));
            timer->cancel();
        }
    );
    boost::system::error_code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (*answer)
        co_return std::move(**answer);
    if (calls->stopped())
        co_return given_up(swarm::error_kind::cancelled, "the autoscaler stops");
    co_return given_up(swarm::error_kind::timeout, "no answer in the time there was");
}

asio::awaitable<swarm::result<std::vector<swarm::config_object>>>
swarm_records::list(std::string prefix, time_limit until) {
    return ask(swarm_.list_configs(std::move(prefix)), until);
}

asio::awaitable<std::string> swarm_records::remove(std::string id, time_limit until) {
    auto const removed = co_await ask(swarm_.remove_config(std::move(id)), until);
    if (removed || removed.error().kind == swarm::error_kind::not_found)
        co_return std::string();
    co_return describe(removed.error());
}

asio::awaitable<swarm_records::obstacle> swarm_records::look(put_request const& what, time_limit until) {
    auto const& wanted = what.wanted.what;
    auto const listed = co_await list(wanted.name, until);
    if (!listed)
        co_return obstacle{.answer = failed(describe(listed.error()))};
    auto const there = std::ranges::find(*listed, wanted.name, &swarm::config_object::name);
    if (there == listed->end())
        co_return obstacle{};
    if (there->labels == wanted.labels)
        co_return obstacle{.answer = put_outcome{.what = put_outcome::kind::done}};
    auto found = to_item(there->name, there->labels);
    auto* const known = std::get_if<item>(&found);
    if (known != nullptr && newer(known->what, wanted))
        co_return obstacle{.answer = put_outcome{put_outcome::kind::overtaken, std::move(*known), {}}};
    if (known == nullptr || !ended(*known, what.outdated, what.now))
        co_return obstacle{.object = *there};
    std::string failure = co_await remove(there->id, until);
    if (!failure.empty())
        co_return obstacle{.answer = failed(std::move(failure))};
    co_return obstacle{};
}

asio::awaitable<put_outcome> swarm_records::put(put_request what, time_limit until) {
    auto const& wanted = what.wanted.what;
    std::string last;
    for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
        obstacle found;
        if (attempt > 0 || !what.fresh)
            found = co_await look(what, until);
        if (found.answer) {
            // The write's own failure says more than that of the look after it.
            if (found.answer->what == put_outcome::kind::failed && !last.empty())
                found.answer->text = std::move(last);
            co_return std::move(*found.answer);
        }
        std::optional<swarm::error> failure;
        if (found.object) {
            auto const written = co_await ask(swarm_.update_config(*found.object, wanted.labels), until);
            if (!written)
                failure = written.error();
        } else {
            auto const written = co_await ask(swarm_.create_config(wanted.name, wanted.labels), until);
            if (!written)
                failure = written.error();
        }
        if (!failure)
            co_return put_outcome{.what = put_outcome::kind::done};
        last = describe(*failure);
        if (!look_again_after(*failure))
            break;
    }
    co_return failed(std::move(last));
}

} // namespace autoscaler::server::shared
