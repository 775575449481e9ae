// The inside of shared_state: shared_state.cpp makes changes, follow.cpp follows Swarm. Whoever changes the
// ledger, or the records in local storage, holds the turn: both see the same order then.
#pragma once

#include "server/http_client/turns.hpp"
#include "server/shared/ledger.hpp"
#include "server/shared/shared_state.hpp"
#include "server/shared/swarm_records.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <set>
#include <utility>

namespace autoscaler::server::shared {

class shared_state::core : public std::enable_shared_from_this<core> {
public:
    core(
        boost::asio::any_io_executor executor,
        swarm::swarm_api& swarm,
        storage::database* storage,
        std::function<policy::time_point()> now,
        options chosen,
        observers told
    );

    void preload(std::vector<storage::stored_record> const& kept);
    void start();
    void look_again();
    void close();
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);

    // What a change wants written, by the ledger as it is now.
    struct plan {
        std::vector<item> write;
        bool unknown = false; // it is about something that the ledger does not know
    };

    // Makes the change that `compute` plans. It is called again where another autoscaler has changed
    // something meanwhile. Returns "", or why nothing can be kept.
    boost::asio::awaitable<std::string> change(std::function<plan()> compute);

    ledger const& known() const { return ledger_; }

    options const& chosen() const { return options_; }

    policy::time_point now() const { return now_(); }

private:
    using turn = http_client::turns::turn;

    enum class kept { done, overtaken, unavailable };

    boost::asio::awaitable<std::string> change_in_turn(std::function<plan()> const& compute);
    boost::asio::awaitable<std::pair<kept, std::string>>
    keep(std::vector<item> items, swarm_records::time_limit until);
    boost::asio::awaitable<std::string> keep_here(std::vector<item> const& items, std::string why);
    put_request request_for(item what) const;

    boost::asio::awaitable<void> follow();
    boost::asio::awaitable<bool> look();
    boost::asio::awaitable<std::string> read(swarm_records::time_limit until);
    boost::asio::awaitable<void> absorb(std::uint64_t reading);
    boost::asio::awaitable<void> forget_old(swarm_records::time_limit until);
    boost::asio::awaitable<bool> write_pending(swarm_records::time_limit until);

    boost::asio::awaitable<void> cache(std::vector<record> records);
    boost::asio::awaitable<void> drop(std::vector<std::string> names);
    boost::asio::awaitable<std::optional<turn>> take_turn();
    void tell();

    boost::asio::any_io_executor executor_;
    swarm_records swarm_;
    storage::database* storage_;
    std::function<policy::time_point()> now_;
    options options_;
    observers observers_;
    ledger ledger_;
    std::shared_ptr<http_client::turns> turns_;
    std::vector<policy::silence> told_silences_;
    std::vector<policy::service_pause> told_pauses_;

    std::vector<swarm::config_object> listed_; // by the last reading
    std::uint64_t readings_ = 0;               // begun so far
    std::set<std::string> told_garbage_;       // ID and version of objects that were told to be unreadable
    bool swarm_silent_ = false;                // that was told
    bool read_ = false;                        // that was told
    bool doubtful_ = false;                    // the last reading missed something

    boost::asio::steady_timer next_look_;
    bool look_now_ = false;
    boost::asio::steady_timer idle_; // cancelled when a change, or following, has ended
    std::size_t changes_ = 0;        // under way
    bool following_ = false;
    bool stopping_ = false;
};

} // namespace autoscaler::server::shared
