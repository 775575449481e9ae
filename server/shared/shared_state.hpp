// The silences and pauses that hold at every autoscaler of the swarm. Swarm's config objects are the shared
// truth; local storage is their cache and holds what could not be written there yet; of two versions of one
// object the one with the newest updatedAt wins. Owns the ledger of both; one thread.
#pragma once

#include "policy/core/pause.hpp"
#include "policy/core/silence.hpp"
#include "server/shared/silence_change.hpp"
#include "server/shared/silence_rules.hpp"
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
    silence_limits limits{};                                     // its retention is that of pauses, too
    std::chrono::milliseconds resync = std::chrono::seconds(30); // the configs are listed this often
    std::chrono::milliseconds write_patience = std::chrono::seconds(3); // then local storage alone has it
    // A config that is missing is taken as removed after this long: a manager that was cut off from the
    // others gives old answers for 17 s.
    std::chrono::milliseconds removal_patience = std::chrono::seconds(20);
    // While Swarm does not answer, or something waits for it, it is asked again after these.
    std::chrono::milliseconds first_retry = std::chrono::seconds(1);
    std::chrono::milliseconds last_retry = std::chrono::seconds(30);
};

struct observers {
    // The silences, or the pauses, are others than before; they hold from now on.
    std::function<void(std::vector<policy::silence> const&)> silences;
    std::function<void(std::vector<policy::service_pause> const&)> pauses;
    std::function<void()> read; // once: all that Swarm has was told
    std::function<void(std::string_view text, std::string_view detail)> fault; // for the log
};

struct pause_outcome {
    enum class kind { done, not_found, unavailable };
    kind what = kind::done;
    std::string text{};
    policy::service_pause pause{}; // where it is done: as it is in force now, or was when it was lifted
};

class shared_state {
public:
    // `swarm` outlives the executor's work; `storage` outlives stop() and may be null: nothing is stored
    // locally then.
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

    // What local storage has kept; before start(). The observers are told.
    void preload(std::vector<storage::stored_record> const& kept);

    // Begins to follow Swarm's config objects. Ends with stop(), which must be awaited then.
    void start();

    // Swarm says that a config has changed, or that it answers again.
    void look_again();

    // Changes under way have `patience` to end; what is pending stays in local storage. No change is taken
    // any longer. Calls to Swarm that nobody waits for any more end with it.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);

    // All that are known, those that ended within the retention too.
    std::vector<policy::silence> const& silences() const;
    std::vector<policy::service_pause> const& pauses() const;

    // How many of both Swarm does not have yet.
    std::size_t unshared() const;

    // Changes are made one after the other, by Alertmanager's rules. Each ends within bounded time: some
    // write_patience, and what the disk takes.
    boost::asio::awaitable<silence_outcome> set_silence(silence_draft draft);
    boost::asio::awaitable<silence_outcome> expire_silence(std::string id);

    // `updated_at` of what is wanted is set here.
    boost::asio::awaitable<pause_outcome> set_pause(policy::service_pause wanted);
    boost::asio::awaitable<pause_outcome> lift_pause(std::string service); // not_found: none in force

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::shared
