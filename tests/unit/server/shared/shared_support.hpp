// A Swarm of nothing but config objects, which fails as a test says, and autoscalers that share it, under one
// clock that the test sets.
#pragma once

#include "server/shared/shared_state.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace autoscaler::tests {

enum class fault {
    none,
    unreachable, // nothing was sent
    lost,        // done, but the answer did not come
    lost_before, // not done, and the answer did not come
    conflict,    // another write came first
    hangs,       // no answer before release()
    refused      // for good
};

class fake_swarm final : public swarm::swarm_api {
public:
    explicit fake_swarm(boost::asio::io_context& io)
        : released_(io, boost::asio::steady_timer::time_point::max()) {}

    // What happens to the next calls, in their order; `always` where nothing is left.
    std::deque<fault> next;
    fault always = fault::none;
    std::set<std::string> unwanted;     // names that are never created
    std::function<void()> before_write; // once, before the next write is looked at
    std::map<std::string, swarm::config_object> configs;
    std::size_t lists = 0;
    std::size_t writes = 0;

    void release() { released_.cancel(); }

    void put(std::string const& name, swarm::label_map labels) {
        auto& object = configs[name];
        if (object.id.empty())
            object.id = "id" + std::to_string(++counter_);
        object.name = name;
        object.version = ++counter_;
        object.labels = std::move(labels);
    }

    boost::asio::awaitable<swarm::result<std::vector<swarm::config_object>>> list_configs(std::string prefix
    ) override {
        ++lists;
        fault const now = take();
        if (now == fault::hangs)
            co_await hang();
        if (now != fault::none && now != fault::conflict)
            co_return failure(now);
        std::vector<swarm::config_object> found;
        for (auto const& [name, object] : configs)
            if (name.starts_with(prefix))
                found.push_back(object);
        co_return found;
    }

    boost::asio::awaitable<swarm::result<std::string>>
    create_config(std::string name, swarm::label_map labels) override {
        auto const now = co_await begin_write();
        if (unwanted.contains(name))
            co_return failure(fault::refused);
        if (now == fault::none || now == fault::lost) {
            if (configs.contains(name))
                co_return error(swarm::error_kind::name_taken, false);
            put(name, std::move(labels));
        }
        if (now != fault::none)
            co_return failure(now);
        co_return configs[name].id;
    }

    boost::asio::awaitable<swarm::result<void>>
    update_config(swarm::config_object inspected, swarm::label_map labels) override {
        auto const now = co_await begin_write();
        if (now == fault::none || now == fault::lost) {
            auto const there = find(inspected.id);
            if (there == configs.end())
                co_return error(swarm::error_kind::not_found, false);
            if (there->second.version != inspected.version)
                co_return error(swarm::error_kind::conflict, false);
            put(there->first, std::move(labels));
        }
        if (now != fault::none)
            co_return failure(now);
        co_return swarm::result<void>();
    }

    boost::asio::awaitable<swarm::result<void>> remove_config(std::string id) override {
        auto const now = co_await begin_write();
        if (now == fault::none || now == fault::lost) {
            auto const there = find(id);
            if (there == configs.end())
                co_return error(swarm::error_kind::not_found, false);
            configs.erase(there);
        }
        if (now != fault::none)
            co_return failure(now);
        co_return swarm::result<void>();
    }

    boost::asio::awaitable<swarm::result<swarm::engine_info>> probe() override { co_return never(); }

    boost::asio::awaitable<swarm::result<std::vector<swarm::service_summary>>> list() override {
        co_return never();
    }

    boost::asio::awaitable<swarm::result<swarm::service>> inspect(std::string) override { co_return never(); }

    boost::asio::awaitable<swarm::result<swarm::service>> inspect_id(std::string) override {
        co_return never();
    }

    boost::asio::awaitable<swarm::result<swarm::task_counts>>
    count_tasks(std::string, std::uint64_t) override {
        co_return never();
    }

    boost::asio::awaitable<swarm::result<void>> update(swarm::service, swarm::update_request) override {
        co_return never();
    }

    boost::asio::awaitable<swarm::error> events(swarm::event_handlers) override { co_return never(); }

private:
    static swarm::error error(swarm::error_kind kind, bool maybe) {
        return {
            .kind = kind,
            .http_status = 0,
            .message = "scripted",
            .operation = "configs",
            .endpoint = "",
            .maybe_applied = maybe,
        };
    }

    static swarm::error never() { return error(swarm::error_kind::refused, false); }

    static swarm::error failure(fault what) {
        switch (what) {
        case fault::unreachable:
            return error(swarm::error_kind::unreachable, false);
        case fault::conflict:
            return error(swarm::error_kind::conflict, false);
        case fault::refused:
            return error(swarm::error_kind::rejected, false);
        default:
            return error(swarm::error_kind::connection_lost, true);
        }
    }

    fault take() {
        if (next.empty())
            return always;
        fault const now = next.front();
        next.pop_front();
        return now;
    }

    boost::asio::awaitable<fault> begin_write() {
        ++writes;
        if (auto const meanwhile = std::exchange(before_write, nullptr))
            meanwhile();
        fault const now = take();
        if (now == fault::hangs)
            co_await hang();
        co_return now;
    }

    boost::asio::awaitable<void> hang() {
        boost::system::error_code woken;
        co_await released_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }

    std::map<std::string, swarm::config_object>::iterator find(std::string const& id) {
        return std::find_if(configs.begin(), configs.end(), [&](auto const& each) {
            return each.second.id == id;
        });
    }

    boost::asio::steady_timer released_;
    std::uint64_t counter_ = 0;
};

// Runs what is to be done until `done`; false where that takes far too long.
inline bool run_until(boost::asio::io_context& io, std::function<bool()> const& done) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io.restart();
    while (!done()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        io.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
}

template<class T>
T wait_for(boost::asio::io_context& io, boost::asio::awaitable<T> what) {
    std::optional<T> outcome;
    boost::asio::co_spawn(io, std::move(what), [&](std::exception_ptr const& failure, T got) {
        REQUIRE(!failure);
        outcome = std::move(got);
    });
    REQUIRE(run_until(io, [&] { return outcome.has_value(); }));
    return std::move(*outcome);
}

inline boost::asio::awaitable<bool> stopped(server::shared::shared_state& which) {
    co_await which.stop(std::chrono::milliseconds(500));
    co_return true;
}

// One autoscaler. With a path it has local storage there; a new one on the same path is the same one, started
// again.
class autoscaler_rig {
public:
    autoscaler_rig(
        boost::asio::io_context& io,
        swarm::swarm_api& swarm,
        policy::time_point const& now,
        server::shared::options chosen,
        std::string const& path = {}
    )
        : io_(io) {
        if (!path.empty()) {
            auto opened = server::storage::database::open(io.get_executor(), path, [this](auto text) {
                faults.emplace_back(text);
            });
            REQUIRE(opened.index() == 0);
            database_ = std::get<0>(std::move(opened));
        }
        server::shared::observers told;
        told.silences = [this](auto const& all) { silences = all; };
        told.pauses = [this](auto const& all) { pauses = all; };
        told.read = [this] { ++read; };
        told.fault = [this](std::string_view text, std::string_view detail) {
            faults.push_back(std::string(text) + ": " + std::string(detail));
        };
        state.emplace(io.get_executor(), swarm, database_.get(), [&now] { return now; }, chosen, told);
        if (database_)
            state->preload(database_->load().records);
    }

    ~autoscaler_rig() {
        wait_for(io_, stopped(*state));
        state.reset();
    }

    autoscaler_rig(autoscaler_rig const&) = delete;
    autoscaler_rig& operator=(autoscaler_rig const&) = delete;
    autoscaler_rig(autoscaler_rig&&) = delete;
    autoscaler_rig& operator=(autoscaler_rig&&) = delete;

    server::shared::silence_outcome set(server::shared::silence_draft draft) {
        return wait_for(io_, state->set_silence(std::move(draft)));
    }

    server::shared::silence_outcome expire(std::string id) {
        return wait_for(io_, state->expire_silence(std::move(id)));
    }

    server::shared::pause_outcome pause(policy::service_pause wanted) {
        return wait_for(io_, state->set_pause(std::move(wanted)));
    }

    server::shared::pause_outcome lift(std::string service) {
        return wait_for(io_, state->lift_pause(std::move(service)));
    }

    // Reads Swarm once more and deals with what it finds: the reading after that one has begun then.
    bool looks(fake_swarm const& swarm) {
        for (int i = 0; i < 2; ++i) {
            std::size_t const before = swarm.lists;
            if (!becomes([&] { return swarm.lists > before; }))
                return false;
        }
        return true;
    }

    bool becomes(std::function<bool()> const& true_) {
        state->look_again();
        return run_until(io_, true_);
    }

    std::vector<server::storage::stored_record> stored() { return database_->load().records; }

    std::vector<policy::silence> silences; // as the observers were told
    std::vector<policy::service_pause> pauses;
    std::vector<std::string> faults;
    int read = 0; // how often it was said that all of Swarm's are known

private:
    boost::asio::io_context& io_;
    std::unique_ptr<server::storage::database> database_;

public:
    std::optional<server::shared::shared_state> state;
};

inline policy::matcher equal(std::string name, std::string value) {
    return std::get<policy::matcher>(
        policy::matcher::make(std::move(name), policy::matcher::op::equal, std::move(value))
    );
}

inline server::shared::silence_draft draft_of(std::string service, std::int64_t start, std::int64_t end) {
    return {
        .id = "",
        .matchers = {equal("service", std::move(service))},
        .starts_at = at(start),
        .ends_at = at(end),
        .created_by = "ann",
        .comment = "test",
    };
}

inline policy::service_pause pause_of(std::string service, std::optional<policy::time_point> until = {}) {
    policy::service_pause wanted;
    wanted.service = std::move(service);
    wanted.until = until;
    wanted.comment = "test";
    return wanted;
}

} // namespace autoscaler::tests
