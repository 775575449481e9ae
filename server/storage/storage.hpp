// Local storage: one SQLite database under --storage.path, written by one worker thread. It holds what Swarm
// does not (webhook alerts, the memory of services beyond their label) and what Swarm does not hold yet
// (silences and pauses that could not be written there). Whatever it says is kept is on the disk. All
// functions are for the io_context's thread; nothing here blocks it but open() and load().
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/history.hpp"
#include "server/storage/record.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace SQLite {
class Database;
}

namespace autoscaler::server::storage {

class worker;

// A webhook alert that fired when it was last heard of.
struct stored_alert {
    std::vector<std::pair<std::string, std::string>> labels; // sorted by name
    std::vector<std::pair<std::string, std::string>> annotations;
    std::string generator_url;
    std::optional<policy::time_point> starts_at;
    policy::time_point heard_at;
};

// What engine::preload takes.
struct stored_memory {
    std::string service_id;
    std::string group; // "" for the live policies, else the policy in dry run
    policy::history memory;
};

// What engine::preload_attachment takes.
struct stored_attachment {
    std::string policy;
    std::string service;

    friend bool operator==(stored_attachment const&, stored_attachment const&) = default;
};

struct stored_record {
    record what;
    bool pending = false; // Swarm does not have it yet
};

struct contents {
    std::vector<stored_alert> alerts;
    std::vector<stored_memory> memories;
    std::vector<stored_attachment> attachments;
    std::vector<stored_record> records;
};

class database {
public:
    // Opens or creates the database in directory `path`, which is created too; takes a lock on it. Returns it
    // or what is wrong, with the path and what helps. `on_fault` is told of writes that failed with nobody
    // waiting for them, on the executor, or from the destructor. The database ends before the executor's
    // context does.
    static std::variant<std::unique_ptr<database>, std::string> open(
        boost::asio::any_io_executor executor,
        std::string const& path,
        std::function<void(std::string_view)> on_fault
    );

    // Writes what is queued, then closes.
    ~database();
    database(database const&) = delete;
    database& operator=(database const&) = delete;
    database(database&&) = delete;
    database& operator=(database&&) = delete;

    // The same for `patience` at most, when nobody waits for an answer any more; nothing is kept after it.
    // Where the disk hangs, `on_fault` is told what was given up, and the process is to end soon.
    void close(std::chrono::milliseconds patience);

    // All of it, at the start. A row that cannot be read is left out and told to `on_fault`.
    contents load();

    // These return "" once it is on the disk, else why it is not, within 5 s; a write that took longer may
    // still be done. Views need to live for the call only. What is awaited at the same time shares one
    // transaction.

    // Notices of a webhook in their order: a firing one is kept as heard at its heard_at, else `now`; a
    // resolved one ends the row of its labels.
    boost::asio::awaitable<std::string>
    keep_alerts(std::span<policy::alert_notice const> notices, policy::time_point now);
    // A record takes the place of the one with its name, unless that is newer.
    boost::asio::awaitable<std::string> keep_records(std::vector<stored_record> records);
    boost::asio::awaitable<std::string> drop_records(std::vector<std::string> names);

    // Queued, and nobody waits: the state label holds what matters.
    void keep_memories(std::vector<stored_memory> memories, policy::time_point now);
    void replace_attachments(std::vector<stored_attachment> all);
    // Forgets alerts not heard since, and memories of services not kept since.
    void prune(policy::time_point alerts_before, policy::time_point memories_before);

private:
    struct fault_box;

    database(
        boost::asio::any_io_executor executor,
        std::shared_ptr<fault_box> faults,
        std::unique_ptr<worker> thread
    );

    // `bytes`: what it holds, about.
    boost::asio::awaitable<std::string> write(std::function<void(SQLite::Database&)> what, std::size_t bytes);
    void queue(std::function<void(SQLite::Database&)> what, std::size_t bytes);
    std::string queue_is_full() const;

    boost::asio::any_io_executor executor_;
    std::shared_ptr<fault_box> faults_;
    std::unique_ptr<worker> worker_;
};

} // namespace autoscaler::server::storage
