#include "server/relay/relayer.hpp"

#include "policy/core/label.hpp"
#include "server/driver/task_group.hpp"
#include "server/log/log.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::server::relay {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;
using log::level;

namespace {

// How often stop() looks whether all has gone out.
constexpr auto look_rhythm = std::chrono::milliseconds(20);

// An alert may be said to fire until the year 9999, which the clock's nanoseconds cannot count.
constexpr auto most_useful = std::chrono::hours(24);

// Nobody else can know it before it is sent to him.
std::string make_nonce() {
    std::random_device entropy;
    auto const half = [&] { return policy::to_hex((std::uint64_t{entropy()} << 32U) | entropy()); };
    return half() + half();
}

} // namespace

struct relayer::core {
    core(
        asio::any_io_executor const& from,
        options given,
        std::unique_ptr<name_lookup> look,
        relayer_events teller
    )
        : executor(from)
        , chosen(std::move(given))
        , names(std::move(look))
        , told(std::move(teller))
        , list(chosen.peers, chosen.timing.keep)
        , lookup_timer(from)
        , start_timer(from)
        , flush_timer(from)
        , early(chosen.limits)
        , tasks(from) {}

    asio::awaitable<void> follow();
    asio::awaitable<void> look();
    void settle();
    void hand_out_early();
    void ask_all();
    asio::awaitable<void> ask(std::shared_ptr<courier> whom);
    asio::awaitable<void> start_patience();
    asio::awaitable<void> sleep(asio::steady_timer& timer, std::chrono::milliseconds time);
    void begin();
    bool idle() const;

    asio::any_io_executor executor;
    options chosen;
    std::unique_ptr<name_lookup> names;
    relayer_events told;
    std::string nonce = make_nonce();
    peer_list list;
    std::shared_ptr<counts> counted = std::make_shared<counts>();
    std::map<peer_address, std::shared_ptr<courier>> couriers;
    asio::steady_timer lookup_timer;
    asio::steady_timer start_timer;
    asio::steady_timer flush_timer;
    outbox early; // what came while no peer was known
    task_group tasks;
    std::size_t asking = 0; // peers that are being read
    bool heard = false;     // one has answered
    bool begun = false;
    bool stopped = false;
};

asio::awaitable<void> relayer::core::sleep(asio::steady_timer& timer, std::chrono::milliseconds time) {
    if (stopped)
        co_return;
    timer.expires_after(time);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<void> relayer::core::follow() {
    auto pause = chosen.timing.first_rhythm;
    while (!stopped) {
        co_await look();
        if (stopped)
            co_return;
        settle();
        if (!heard && asking == 0)
            ask_all();
        co_await sleep(lookup_timer, heard ? chosen.timing.rhythm : pause);
        pause = std::min(pause * 2, chosen.timing.rhythm);
    }
}

asio::awaitable<void> relayer::core::look() {
    for (std::size_t i = 0; i < list.names().size() && !stopped; ++i) {
        auto const& name = list.names()[i];
        auto const found = co_await names->find(name.host, chosen.timing.lookup);
        auto const news = list.take(i, found, clock::now());
        if (news.empty() || stopped)
            continue;
        if (found.error.empty())
            log::event(level::info, "peers found", {{"name", name.host}, {"addresses", news}});
        else
            log::event(level::warn, "no peers found", {{"name", name.host}, {"error", news}});
    }
}

// A courier for each peer of the list, and for nobody else.
void relayer::core::settle() {
    auto const wanted = list.all();
    std::erase_if(couriers, [&](auto const& each) {
        return !std::ranges::binary_search(wanted, each.first);
    });
    for (auto const& each : wanted) {
        if (couriers.contains(each))
            continue;
        auto const made = std::make_shared<courier>(executor, each, chosen, nonce, counted);
        couriers.emplace(each, made);
        tasks.spawn(made->task());
    }
    if (!couriers.empty())
        hand_out_early();
}

void relayer::core::hand_out_early() {
    std::size_t useless = 0;
    while (auto const* const each = early.next(clock::now(), useless)) {
        for (auto const& [where, to] : couriers)
            to->push(*each);
        early.done();
    }
    counted->dropped += useless;
}

void relayer::core::ask_all() {
    for (auto const& [where, each] : couriers) {
        if (each->us())
            continue;
        ++asking;
        tasks.spawn(ask(each));
    }
}

// All at once: one that hangs must not keep the others waiting. What they know is put together.
asio::awaitable<void> relayer::core::ask(std::shared_ptr<courier> whom) {
    auto body = co_await whom->read();
    --asking;
    if (!body.empty() && !stopped) {
        handover const list_of(std::move(body), told.now());
        if (list_of.error().empty()) {
            heard = true;
            log::event(
                level::info,
                "peer read",
                {{"peer", whom->name()}, {"alerts", std::to_string(list_of.firing().size())}}
            );
            co_await told.heard(list_of);
        } else {
            log::event(level::warn, "peer not read", {{"peer", whom->name()}, {"error", list_of.error()}});
        }
    }
    if (asking == 0 && heard)
        begin();
}

asio::awaitable<void> relayer::core::start_patience() {
    co_await sleep(start_timer, chosen.timing.start_patience);
    if (!stopped)
        begin();
}

void relayer::core::begin() {
    if (!std::exchange(begun, true))
        told.begun();
    start_timer.cancel();
}

bool relayer::core::idle() const {
    return std::ranges::all_of(couriers, [](auto const& each) { return each.second->idle(); });
}

relayer::relayer(
    asio::any_io_executor executor, options chosen, std::unique_ptr<name_lookup> look, relayer_events told
)
    : core_(std::make_unique<core>(executor, std::move(chosen), std::move(look), std::move(told))) {}

relayer::~relayer() = default;

void relayer::start() {
    core_->tasks.spawn(core_->follow());
    core_->tasks.spawn(core_->start_patience());
}

void relayer::pass_on(http::request const& asked, facts of) {
    auto const us = [](auto const& each) { return each.second->us(); };
    if (core_->stopped || (!core_->couriers.empty() && std::ranges::all_of(core_->couriers, us)))
        return;
    relayed_body body;
    body.text = std::make_shared<std::string const>(asked.body);
    body.path = asked.route_path;
    body.content_type = asked.header("content-type");
    body.webhook = of.webhook;
    body.partly = of.partly;
    body.heard = clock::now();
    if (of.useful_for)
        body.useless_from = body.heard + std::min<std::chrono::milliseconds>(*of.useful_for, most_useful);
    if (core_->couriers.empty())
        core_->counted->dropped += core_->early.push(body);
    for (auto const& [where, each] : core_->couriers)
        each->push(body);
}

bool relayer::is_own(mark const& of) {
    if (of.nonce != core_->nonce)
        return false;
    for (auto const& [where, each] : core_->couriers)
        if (each->name() == of.address && !each->us()) {
            log::event(level::info, "a peer is this autoscaler itself", {{"peer", each->name()}});
            each->is_us();
        }
    return true;
}

void relayer::note_received() {
    ++core_->counted->received;
}

numbers relayer::count() const {
    numbers found{.all = *core_->counted};
    for (auto const& [where, each] : core_->couriers) {
        found.peers += each->us() ? 0 : 1;
        found.bodies += each->waiting();
        found.bytes += each->bytes();
    }
    return found;
}

asio::awaitable<void> relayer::stop(std::chrono::milliseconds patience) {
    core_->begun = true; // nobody is to begin now
    core_->lookup_timer.cancel();
    core_->start_timer.cancel();
    auto const end = clock::now() + patience;
    while (!core_->idle() && clock::now() < end)
        co_await core_->sleep(core_->flush_timer, look_rhythm);
    core_->stopped = true;
    core_->counted->dropped += core_->early.clear();
    core_->names->stop();
    core_->lookup_timer.cancel();
    core_->start_timer.cancel();
    for (auto const& [where, each] : core_->couriers)
        each->stop();
    co_await core_->tasks.wait();
}

} // namespace autoscaler::server::relay
