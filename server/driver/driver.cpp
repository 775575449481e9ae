#include "server/driver/driver.hpp"

#include "server/driver/adapt.hpp"
#include "server/driver/state_label.hpp"
#include "swarm_client/endpoint_book.hpp"
#include "swarm_client/failpoint.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// Calls to the engine at a time: enough to keep it busy, few enough not to be its storm after an outage.
constexpr std::size_t most_under_way = 8;

policy::event::update_result outcome_of(swarm::error const& failure) {
    if (failure.kind == swarm::error_kind::conflict)
        return policy::event::update_result::conflict;
    return failure.maybe_applied ? policy::event::update_result::unknown
                                 : policy::event::update_result::refused;
}

} // namespace

driver::driver(
    asio::any_io_executor const& executor,
    swarm::swarm_api& swarm,
    policy::engine& engine,
    outside_world world,
    clock now,
    driver_observers observers,
    driver_pace pace
)
    : swarm_(swarm)
    , engine_(engine)
    , now_(std::move(now))
    , observers_(std::move(observers))
    , pace_(pace)
    , tasks_(executor)
    , outside_(
          std::move(world),
          now_,
          tasks_,
          {.answered = [this](policy::any_event const& what) { post(what); },
           .queried = observers_.queried,
           .posted = observers_.posted,
           .delivered_all = [this] { note_settled(); }}
      )
    , wake_timer_(executor)
    , manager_timer_(executor)
    , events_timer_(executor)
    , settled_timer_(executor) {
    outside_.ask(engine_.policies().prometheus);
}

void driver::start() {
    wake_ = now_(); // the engine has planned its first look at each service
    tasks_.spawn(keep_time());
    tasks_.spawn(watch_manager());
    tasks_.spawn(follow_events());
}

void driver::receive(std::span<policy::alert_notice const> alerts) {
    receiving_ = true;
    post(policy::event::alerts_received{.alerts = alerts, .now = now_()});
    receiving_ = false;
}

void driver::take_over(std::span<policy::alert_notice const> alerts) {
    post(policy::event::alerts_received{.alerts = alerts, .now = now_(), .second_hand = true});
}

void driver::replace_policies(std::shared_ptr<policy::policy_set const> policies) {
    inspected_.clear(); // also of services that are no longer named
    if (policies->prometheus != engine_.policies().prometheus)
        outside_.ask(policies->prometheus);
    post(policy::event::policy_replaced{.policies = std::move(policies), .now = now_()});
}

void driver::replace_silences(std::vector<policy::silence> all) {
    post(policy::event::silences_changed{
        .silences = std::make_shared<std::vector<policy::silence> const>(std::move(all)), .now = now_()
    });
}

void driver::replace_pauses(std::vector<policy::service_pause> all) {
    post(policy::event::pauses_changed{
        .pauses = std::make_shared<std::vector<policy::service_pause> const>(std::move(all)), .now = now_()
    });
}

void driver::switches_read() {
    post(policy::event::switches_read{now_()});
}

asio::awaitable<void> driver::stop(std::chrono::milliseconds patience, std::function<void()> stop_swarm) {
    stopping_ = true;
    for (auto const& dropped : std::exchange(waiting_, {}))
        if (auto const* update = std::get_if<policy::action::update>(&dropped))
            writing_.erase(update->service); // not sent: the next start decides anew
    for (auto* timer : {&wake_timer_, &manager_timer_, &events_timer_})
        timer->cancel();
    outside_.stop_questions();
    if (!settled()) {
        settled_timer_.expires_after(patience);
        boost::system::error_code woken;
        co_await settled_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    stop_swarm();
    outside_.stop_messages();
    co_await tasks_.wait();
}

bool driver::settled() const {
    return writing_.empty() && !outside_.delivering();
}

void driver::note_settled() {
    if (settled())
        settled_timer_.cancel();
}

// Before anything that carries the new time.
void driver::tell_step() {
    auto const now = now_(); // notices it
    if (auto const step = take_step_ ? take_step_() : policy::duration{}; step != policy::duration{})
        for (auto& action : engine_.on(policy::event::clock_set{.by = step, .now = now}))
            carry_out(std::move(action));
}

void driver::post(policy::any_event const& what) {
    tell_step();
    for (auto& action : engine_.on(what))
        carry_out(std::move(action));
}

void driver::carry_out(policy::any_action&& what) {
    if (auto* wake = std::get_if<policy::action::wake_at>(&what)) {
        wake_ = wake->time;
        wake_timer_.cancel();
    } else if (auto* record = std::get_if<policy::action::record>(&what)) {
        observers_.decided(record->what);
    } else if (auto* query = std::get_if<policy::action::query>(&what)) {
        outside_.run(std::move(*query));
    } else if (auto* list = std::get_if<policy::action::list_alerts>(&what)) {
        outside_.run(*list);
    } else if (auto* message = std::get_if<policy::action::post>(&what)) {
        outside_.run(std::move(*message));
    } else {
        enqueue(std::move(what));
    }
}

void driver::enqueue(policy::any_action&& what) {
    if (stopping_)
        return;
    if (auto const* inspect = std::get_if<policy::action::inspect>(&what); inspect && receiving_)
        alerted_.try_emplace(inspect->service, steady_clock::now());
    // A decision that is taken goes first: every moment makes it older.
    if (std::holds_alternative<policy::action::update>(what)) {
        writing_.insert(std::get<policy::action::update>(what).service);
        waiting_.push_front(std::move(what));
    } else {
        waiting_.push_back(std::move(what));
    }
    start_next();
}

void driver::start_next() {
    // A call may end before its start returns, and then comes by here, too: on the stack of the one before.
    if (std::exchange(starting_, true))
        return;
    while (under_way_ < most_under_way && !waiting_.empty()) {
        policy::any_action next = std::move(waiting_.front());
        waiting_.pop_front();
        ++under_way_;
        if (auto* inspect = std::get_if<policy::action::inspect>(&next))
            tasks_.spawn(run(std::move(*inspect)));
        else if (auto* update = std::get_if<policy::action::update>(&next))
            tasks_.spawn(run(std::move(*update)));
    }
    starting_ = false;
}

void driver::done(std::string_view operation, steady_clock::time_point since, std::string_view outcome) {
    observers_.called(operation, outcome, steady_clock::now() - since);
}

asio::awaitable<swarm::result<swarm::service>> driver::find(policy::action::inspect const& what) {
    auto const start = steady_clock::now();
    auto found = co_await swarm_.inspect(what.service);
    if (!found && found.error().kind == swarm::error_kind::not_found && !what.alternative.empty())
        found = co_await swarm_.inspect(what.alternative);
    done("inspect", start, found ? "ok" : to_string(found.error().kind));
    co_return found;
}

// None where they could not be counted: the engine then takes them as not running.
asio::awaitable<std::optional<swarm::task_counts>> driver::count(std::string id, std::uint64_t wanted) {
    auto const start = steady_clock::now();
    auto const counted = co_await swarm_.count_tasks(std::move(id), wanted);
    done("tasks", start, counted ? "ok" : to_string(counted.error().kind));
    if (!counted)
        co_return std::nullopt;
    co_return *counted;
}

asio::awaitable<void> driver::run(policy::action::inspect what) {
    policy::event::service_observed answer{
        .service = what.service, .seen = policy::event::not_found{}, .now = {}
    };
    auto found = co_await find(what);
    if (found) {
        std::optional<swarm::task_counts> tasks;
        if (what.tasks)
            tasks = co_await count(found->id, found->replicas);
        auto view = adapt(*found, tasks, now_());
        observers_.observed(view);
        answer.seen = std::move(view);
        inspected_.insert_or_assign(what.service, std::move(*found));
    } else if (found.error().kind != swarm::error_kind::not_found) {
        answer.seen = policy::event::unavailable{describe(found.error())};
        if (ready_.ready && swarm::tells_of_endpoint(found.error().kind))
            manager_timer_.cancel(); // /-/ready need not wait for the next round
    }
    --under_way_;
    if (!stopping_) {
        answer.now = now_();
        post(answer);
        if (!writing_.contains(what.service))
            alerted_.erase(what.service); // nothing is written for the alert
    }
    start_next();
}

asio::awaitable<void> driver::run(policy::action::update what) {
    policy::event::update_finished answer{
        .service = what.service, .result = policy::event::update_result::conflict, .error = "", .now = {}
    };
    auto const inspected = inspected_.find(what.service);
    // The engine writes only what it has just been shown; should that be gone, it is as good as a conflict.
    if (inspected != inspected_.end() && inspected->second.id == what.id &&
        inspected->second.version == what.version) {
        swarm::update_request change;
        if (what.restart)
            change.restart = true;
        else
            change.replicas = static_cast<std::uint64_t>(what.replicas);
        change.label =
            swarm::label_change{std::string(state_label_name), encode_state(std::move(what.state))};
        auto const start = steady_clock::now();
        auto const written = co_await swarm_.update(inspected->second, std::move(change));
        pass(failpoint::read);
        done("update", start, written ? "ok" : to_string(written.error().kind));
        answer.result = written ? policy::event::update_result::accepted : outcome_of(written.error());
        if (!written)
            answer.error = describe(written.error());
    }
    if (answer.result == policy::event::update_result::conflict)
        observers_.conflicted();
    bool const scales =
        what.what.action == policy::decided_action::up || what.what.action == policy::decided_action::down;
    if (scales && answer.result == policy::event::update_result::accepted)
        if (auto const since = alerted_.extract(what.service))
            observers_.scaled_on_alert(steady_clock::now() - since.mapped());
    --under_way_;
    writing_.erase(what.service);
    answer.now = now_();
    post(answer);
    note_settled();
    start_next();
}

} // namespace autoscaler::server
