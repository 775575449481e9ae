// The silences and pauses that hold at every autoscaler of the swarm. Swarm's config objects are the shared
// truth; local storage is their cache and holds what could not be written there yet; of two versions of one
// object the one with the newest updatedAt wins. Owns the ledger of both; one thread.
#pragma once

#include "policy/core/pause.hpp"
#include "policy/core/silence.hpp"
#include "server/shared/record.hpp"
#include "server/shared/silence_change.hpp"
#include "server/storage/storage.hpp"
#include "swarm_client/swarm_api.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::shared {

struct options {
    policy::duration retention = std::chrono::hours(120); // an expired silence stays readable this long
    std::size_t most_silences = 1000;                     // that are not expired
    std::chrono::milliseconds resync = std::chrono::seconds(30);        // the configs are listed this often
    std::chrono::milliseconds write_patience = std::chrono::seconds(3); // then local storage alone has it
};

struct observers {
    // The silences, or the pauses, are others than before; they hold from now on.
    std::function<void(std::vector<policy::silence> const&)> silences;
    std::function<void(std::vector<policy::service_pause> const&)> pauses;
    std::function<void(std::string_view text, std::string_view detail)> fault; // for the log
};

struct pause_outcome {
    enum class kind { done, not_found, unavailable };
    kind what = kind::done;
    std::string text;
};

class shared_state {
public:
    // `swarm` outlives this; `storage` may be null: nothing is stored locally then.
    shared_state(
        boost::asio::any_io_executor executor,
        swarm::swarm_api& swarm,
        storage::database* storage,
        std::function<policy::time_point()> now,
        options chosen,
        observers told
    );
    ~shared_state();
    shared_state(shared_state const&) = delete;
    shared_state& operator=(shared_state const&) = delete;
    shared_state(shared_state&&) = delete;
    shared_state& operator=(shared_state&&) = delete;

    // What local storage has kept; before start().
    void preload(std::vector<storage::stored_record> const& kept);

    // Begins to follow Swarm's config objects.
    void start();

    // Swarm says that a config has changed, or that it answers again.
    void look_again();

    // Ends what is under way; what is pending stays in local storage.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);

    std::vector<policy::silence> const& silences() const;
    std::vector<policy::service_pause> const& pauses() const; // those in force, and others until retention

    // Changes are made one after the other, by Alertmanager's rules.
    boost::asio::awaitable<silence_outcome> set_silence(silence_draft draft);
    boost::asio::awaitable<silence_outcome> expire_silence(std::string id);

    boost::asio::awaitable<pause_outcome> set_pause(policy::service_pause wanted);
    boost::asio::awaitable<pause_outcome> lift_pause(std::string service); // not_found: none in force

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::shared
