#include "server/shared/shared_state.hpp"

#include "server/shared/core.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server::shared {

namespace asio = boost::asio;

namespace {

std::string fresh_uuid() {
    return boost::uuids::to_string(boost::uuids::random_generator()());
}

// Of two versions the later one counts, also where the other autoscaler's clock is ahead of ours.
policy::time_point later_than(policy::service_pause const* before, policy::time_point now) {
    return before == nullptr ? now : std::max(now, before->updated_at + policy::duration(1));
}

silence_outcome unavailable(std::string why) {
    return {silence_outcome::kind::unavailable, {}, std::move(why)};
}

} // namespace

shared_state::shared_state(
    asio::any_io_executor executor,
    swarm::swarm_api& swarm,
    storage::database* storage,
    std::function<policy::time_point()> now,
    options chosen,
    observers told
)
    : core_(
          std::make_shared<core>(std::move(executor), swarm, storage, std::move(now), chosen, std::move(told))
      ) {}

shared_state::~shared_state() {
    core_->close();
}

void shared_state::preload(std::vector<storage::stored_record> const& kept) {
    core_->preload(kept);
}

void shared_state::start() {
    core_->start();
}

void shared_state::look_again() {
    core_->look_again();
}

asio::awaitable<void> shared_state::stop(std::chrono::milliseconds patience) {
    return core_->stop(patience);
}

std::vector<policy::silence> const& shared_state::silences() const {
    return core_->known().silences();
}

std::vector<policy::service_pause> const& shared_state::pauses() const {
    return core_->known().pauses();
}

std::size_t shared_state::unshared() const {
    return core_->known().pending().size();
}

shared_state::core::plan shared_state::core::plan_for(silence_verdict& verdict) {
    plan wanted{.write = {}, .unknown = verdict.outcome.what == silence_outcome::kind::not_found};
    for (auto& each : verdict.write)
        wanted.write.push_back(to_item(std::move(each)));
    return wanted;
}

asio::awaitable<silence_outcome> shared_state::set_silence(silence_draft draft) {
    auto const in = core_;
    std::string const fresh = fresh_uuid();
    silence_verdict verdict;
    std::string failure = co_await in->change([&] {
        verdict = shared::set_silence(in->known().silences(), draft, fresh, in->now(), in->chosen().limits);
        return core::plan_for(verdict);
    });
    co_return failure.empty() ? std::move(verdict.outcome) : unavailable(std::move(failure));
}

asio::awaitable<silence_outcome> shared_state::expire_silence(std::string id) {
    auto const in = core_;
    silence_verdict verdict;
    std::string failure = co_await in->change([&] {
        verdict = shared::expire_silence(in->known().silences(), id, in->now());
        return core::plan_for(verdict);
    });
    co_return failure.empty() ? std::move(verdict.outcome) : unavailable(std::move(failure));
}

asio::awaitable<pause_outcome> shared_state::set_pause(policy::service_pause wanted) {
    auto const in = core_;
    std::string failure = co_await in->change([&] {
        wanted.updated_at = later_than(in->known().pause_of(wanted.service), in->now());
        return core::plan{.write = {to_item(wanted)}};
    });
    if (!failure.empty())
        co_return pause_outcome{.what = pause_outcome::kind::unavailable, .text = std::move(failure)};
    co_return pause_outcome{.pause = std::move(wanted)};
}

asio::awaitable<pause_outcome> shared_state::lift_pause(std::string service) {
    auto const in = core_;
    pause_outcome outcome;
    std::string failure = co_await in->change([&] {
        auto const now = in->now();
        auto const* before = in->known().pause_of(service);
        if (before == nullptr || !policy::in_force(*before, now)) {
            outcome.what = pause_outcome::kind::not_found;
            return core::plan{.write = {}, .unknown = true};
        }
        outcome = {.what = pause_outcome::kind::done, .pause = *before};
        policy::service_pause lifted = *before;
        lifted.until = now;
        lifted.updated_at = later_than(before, now);
        return core::plan{.write = {to_item(std::move(lifted))}};
    });
    if (!failure.empty())
        co_return pause_outcome{.what = pause_outcome::kind::unavailable, .text = std::move(failure)};
    co_return outcome;
}

} // namespace autoscaler::server::shared
