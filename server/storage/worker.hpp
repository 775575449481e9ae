// The thread that writes to the database. It owns the connection; with other threads it shares its queue and
// nothing else. What is queued when it comes back goes into one transaction: one wait for the disk serves
// all.
#pragma once

#include "server/storage/database_file.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace autoscaler::server::storage {

struct task {
    std::function<void(SQLite::Database&)> run;    // may throw
    std::function<void(std::string failure)> done; // "" = it is on the disk; called on the worker's thread
};

class worker {
public:
    // More tasks than this do not wait: a disk that is too slow must not eat the memory.
    static constexpr std::size_t most_queued = 1024;

    explicit worker(database_file file);

    // Does what is queued, then ends.
    ~worker();
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    worker(worker&&) = delete;
    worker& operator=(worker&&) = delete;

    // False, and the task is not taken, where too many wait already.
    bool submit(task what);

    std::string const& path() const { return file_.path; }

private:
    void work();
    std::deque<task> next();
    std::string attempt(std::deque<task>& all);

    database_file file_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<task> queue_; // guarded by mutex_
    bool ending_ = false;    // guarded by mutex_
    std::thread thread_;     // the last member: it uses all others
};

} // namespace autoscaler::server::storage
