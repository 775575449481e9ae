// Records in Swarm's config objects: reads and writes them, each call within the time that its caller gives
// it, whatever Swarm does. Every write looks first, and again after each error: an answer that was lost may
// stand for a write that was done. Knows nothing of silences; one thread.
#pragma once

#include "server/shared/record.hpp"
#include "swarm_client/swarm_api.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::shared {

// A record that is to be written.
struct put_request {
    item wanted;
    bool fresh = false; // nobody can have made one of this name yet
    // An object that ended so long before `now` is removed and made anew: other autoscalers may be removing
    // it at this moment, and must not hit the new version.
    policy::duration outdated{};
    policy::time_point now{};
};

// What became of it.
struct put_outcome {
    enum class kind {
        done,
        overtaken, // Swarm has a newer version, `found`
        failed     // `text` says why; it may have been written nevertheless
    };

    kind what = kind::failed;
    std::optional<item> found{};
    std::string text{};
};

class swarm_records {
public:
    using time_limit = std::chrono::steady_clock::time_point;

    // `swarm` outlives the executor's work.
    swarm_records(boost::asio::any_io_executor executor, swarm::swarm_api& swarm);
    ~swarm_records();
    swarm_records(swarm_records const&) = delete;
    swarm_records& operator=(swarm_records const&) = delete;
    swarm_records(swarm_records&&) = delete;
    swarm_records& operator=(swarm_records&&) = delete;

    // All objects whose name begins like this.
    boost::asio::awaitable<swarm::result<std::vector<swarm::config_object>>>
    list(std::string prefix, time_limit until);

    // Makes Swarm hold this version, unless it has a newer one.
    boost::asio::awaitable<put_outcome> put(put_request what, time_limit until);

    // "" where it is gone, whoever removed it; else why it is not.
    boost::asio::awaitable<std::string> remove(std::string id, time_limit until);

    // Calls under way and to come end with `cancelled`. For good.
    void stop();

private:
    class call_list;

    // What stands in the way of a write: an answer to put(), or the object to update; neither: create it.
    struct obstacle {
        std::optional<put_outcome> answer{};
        std::optional<swarm::config_object> object{};
    };

    template<class T>
    boost::asio::awaitable<swarm::result<T>>
    ask(boost::asio::awaitable<swarm::result<T>> call, time_limit until);

    boost::asio::awaitable<obstacle> look(put_request const& what, time_limit until);

    boost::asio::any_io_executor executor_;
    swarm::swarm_api& swarm_;
    std::shared_ptr<call_list> calls_;
};

} // namespace autoscaler::server::shared
