#include "swarm_client/scout.hpp"

#include "swarm_client/spec_codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

std::vector<std::string> names_of(std::vector<endpoint> const& endpoints) {
    std::vector<std::string> names;
    for (auto const& each : endpoints)
        names.push_back(to_string(each));
    return names;
}

// Nothing will come from there any more: the engine is frozen, or its host is gone.
bool is_silence(error_kind kind) {
    return kind == error_kind::timeout || kind == error_kind::unreachable;
}

} // namespace

request probe_request(std::string operation) {
    // No service's name starts with a slash. {"name":["/"]}
    return make_request(
        calls::list_services, std::move(operation), {}, "filters=" + percent_encoded(R"({"name":["/"]})")
    );
}

scout::scout(
    asio::any_io_executor executor,
    std::vector<endpoint> const& endpoints,
    limits const& bounds,
    std::shared_ptr<connection_shelf> shelf,
    endpoint_observer told
)
    : executor_(executor)
    , bounds_(bounds)
    , shelf_(std::move(shelf))
    , told_(std::move(told))
    , book_(names_of(endpoints), bounds, std::random_device{}())
    , checks_(endpoints.size())
    , bell_(std::move(executor)) {}

asio::awaitable<result<std::size_t>> scout::find(std::string operation, deadline until) {
    auto const alive = shared_from_this();
    for (;;) {
        if (stopped_)
            co_return swarm::failed(error_kind::cancelled, std::move(operation), "");
        if (auto const serving = book_.serving())
            co_return *serving;
        auto const now = clock::now();
        auto const next = begin_next(now);
        if (!next)
            for (std::size_t const each : book_.due(now))
                begin(each);
        if (!next || now >= until) {
            // Not from within the call itself: thousands of callers that go on with their next call would
            // pile up on the stack.
            co_await asio::post(executor_, asio::use_awaitable);
            co_return book_.why_none(std::move(operation));
        }
        co_await bell_.wait(std::min(until, *next));
    }
}

// Begins to look at a further one of those that may serve, when it is time to; until when that can be waited
// for, or nothing where there is none.
std::optional<deadline> scout::begin_next(deadline now) {
    std::optional<deadline> until;
    for (std::size_t const each : book_.candidates()) {
        auto const& of = checks_[each];
        until = deadline::max();
        if (!of.running)
            begin(each);
        if (of.begun + bounds_.ping > now)
            return of.begun + bounds_.ping;
    }
    return until;
}

asio::awaitable<result<engine_info>> scout::look(std::string operation) {
    auto const alive = shared_from_this();
    auto const until = clock::now() + bounds_.request;
    for (std::size_t const each : book_.due(clock::now()))
        begin(each);
    if (auto const serving = book_.serving()) {
        for (std::size_t const each : book_.spares_to_check(clock::now()))
            begin(each);
        begin(*serving);
        co_await watch(*serving);
    }
    for (;;) {
        if (stopped_)
            co_return swarm::failed(error_kind::cancelled, std::move(operation), "");
        if (auto const serving = book_.serving())
            co_return info(*serving);
        auto const now = clock::now();
        auto const next = begin_next(now);
        if (now >= until || (!next && !any_running()))
            co_return book_.why_none(std::move(operation));
        co_await bell_.wait(std::min(until, next.value_or(until)));
    }
}

// Until the look at it has ended, which takes no longer than a request may, or another one serves.
asio::awaitable<void> scout::watch(std::size_t serving) {
    auto const slow = clock::now() + bounds_.ping; // an engine that can answer at all has done so by then
    bool others = false;
    while (!stopped_ && checks_[serving].running && book_.serving() == serving) {
        if (clock::now() < slow) {
            co_await bell_.wait(slow);
            continue;
        }
        if (!std::exchange(others, true))
            for (std::size_t const each : book_.candidates())
                begin(each);
        if (auto const better = quicker_one(serving, slow)) {
            checks_[serving].ignored = true;
            failed(
                serving,
                swarm::failed(
                    error_kind::timeout, "", "it takes too long, while another manager answers at once"
                )
            );
            book_.serve(*better);
            co_return;
        }
        co_await bell_.wait(deadline::max());
    }
}

// The first that may serve and was good since then.
std::optional<std::size_t> scout::quicker_one(std::size_t than, deadline since) const {
    for (std::size_t const each : book_.candidates())
        if (each != than && checks_[each].passed >= since)
            return each;
    return {};
}

bool scout::any_running() const {
    return std::ranges::any_of(checks_, &check::running);
}

engine_info scout::info(std::size_t which) const {
    return {book_.state(which).endpoint, checks_[which].api_version};
}

void scout::begin(std::size_t which) {
    auto& of = checks_[which];
    if (stopped_ || of.running)
        return;
    of.running = true;
    of.begun = clock::now();
    book_.checking(which, of.begun);
    asio::co_spawn(executor_, run(shared_from_this(), which), [](std::exception_ptr const& failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
}

asio::awaitable<void> scout::run(std::shared_ptr<scout> self, std::size_t which) {
    auto const said = co_await self->ask(which);
    auto& of = self->checks_[which];
    of.running = false;
    bool const wanted = !std::exchange(of.ignored, false) && !self->stopped_;
    if (wanted && !said)
        self->failed(which, said.error());
    if (wanted && said) {
        of.passed = clock::now();
        of.api_version = *said;
        bool const news = self->book_.passed(which, of.passed);
        if (!self->book_.serving())
            self->book_.serve(which);
        if (news && self->told_)
            self->told_(self->book_.state(which));
    }
    self->bell_.ring();
}

// Whether it lives, in the time that a ping may take; then whether it can read the Swarm, in all the time
// that a request may take, as Swarm may be electing a leader. The engine's API version.
asio::awaitable<result<std::string>> scout::ask(std::size_t which) {
    auto const until = clock::now() + bounds_.request;
    auto const link = co_await connect(which, until);
    if (!link)
        co_return link.error();
    auto const what = probe_request("probe");
    auto const said = co_await (*link)->ask(what, until);
    if (!said)
        co_return said.error();
    if (!succeeded(*said))
        co_return to_error(what, *said);
    if (auto const services = decode_services(said->body); !services) {
        error failure = services.error();
        failure.operation = what.operation;
        failure.endpoint = said->endpoint;
        failure.http_status = said->status;
        co_return failure;
    }
    shelf_->keep(which, *link);
    co_return said->api_version;
}

asio::awaitable<result<std::shared_ptr<connection>>> scout::connect(std::size_t which, deadline until) {
    if (auto link = shelf_->take(which)) {
        auto const ping = make_request(calls::ping, "probe");
        auto const alive = co_await link->ask(ping, std::min(until, clock::now() + bounds_.ping));
        if (alive && succeeded(*alive) && link->reusable())
            co_return link;
        if (!alive && alive.error().kind != error_kind::connection_lost)
            co_return alive.error();
    }
    auto const link = shelf_->make(which);
    auto const opened = co_await link->open("probe", until);
    if (!opened)
        co_return opened.error();
    co_return link;
}

void scout::failed(std::size_t which, error const& why) {
    error told = why;
    told.operation = "probe"; // whatever was asked: the endpoint fails, not the question
    told.endpoint = book_.state(which).endpoint;
    bool const news = book_.failed(which, told, clock::now());
    if (is_silence(why.kind))
        shelf_->abandon(which, why.kind);
    else
        shelf_->leave(which, why.kind);
    if (news && told_)
        told_(book_.state(which));
    bell_.ring();
}

bool scout::dial_failed(std::size_t which, error const& why, deadline until) {
    if (stopped_ || why.kind == error_kind::cancelled)
        return false;
    // Whose time was over: its own, or that of who asked?
    bool const late = why.kind == error_kind::timeout && clock::now() >= until;
    if (late)
        book_.doubt(which);
    else if (book_.is_closed(which))
        failed(which, why);
    return !late;
}

void scout::request_failed(std::size_t which, error const& why) {
    if (stopped_ || !book_.is_closed(which))
        return;
    if (tells_of_endpoint(why.kind)) {
        failed(which, why);
    } else if (why.kind == error_kind::timeout || why.kind == error_kind::connection_lost ||
               why.kind == error_kind::protocol) {
        book_.doubt(which);
        shelf_->drop(which);
    }
}

std::vector<endpoint_state> scout::states() const {
    std::vector<endpoint_state> all;
    for (std::size_t i = 0; i < book_.size(); ++i)
        all.push_back(book_.state(i));
    return all;
}

void scout::stop() {
    stopped_ = true;
    bell_.ring();
}

} // namespace autoscaler::swarm
