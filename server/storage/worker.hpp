// The thread that writes to the database. It owns the connection; with other threads it shares its queue and
// nothing else. What is queued when it comes back goes into one transaction: one wait for the disk serves
// all. A disk that hangs keeps the thread, never whoever ends the worker.
#pragma once

#include "server/storage/database_file.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace autoscaler::server::storage {

struct task {
    std::function<void(SQLite::Database&)> run;    // may throw
    std::function<void(std::string failure)> done; // "" = it is on the disk; called on the worker's thread
    std::size_t bytes = 0;                         // what it holds, about
};

class worker {
public:
    // More than this does not wait: a disk that is too slow must not eat the memory. One task of any size
    // does.
    static constexpr std::size_t most_queued = 1024;
    static constexpr std::size_t most_bytes = std::size_t{128} << 20U;

    explicit worker(database_file file);

    // Does what is queued, then ends.
    ~worker();
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    worker(worker&&) = delete;
    worker& operator=(worker&&) = delete;

    // The same within `patience`. False where the disk did not take it all: nobody is told of what is left,
    // the thread keeps it, and the process is to end soon. Nothing may be submitted any more.
    bool end(std::chrono::milliseconds patience);

    // False, and the task is not taken, where too much waits already.
    bool submit(task what);

    std::string const& path() const { return path_; }

private:
    class core;
    std::shared_ptr<core> core_; // null: it has ended
    std::string path_;
};

} // namespace autoscaler::server::storage
