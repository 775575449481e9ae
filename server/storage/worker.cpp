#include "server/storage/worker.hpp"

#include "server/text/utf8.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <utility>

namespace autoscaler::server::storage {

worker::worker(database_file file) : file_(std::move(file)), thread_([this] { work(); }) {}

worker::~worker() {
    {
        std::lock_guard const locked(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

bool worker::submit(task what) {
    {
        std::lock_guard const locked(mutex_);
        if (queue_.size() >= most_queued)
            return false;
        queue_.push_back(std::move(what));
    }
    changed_.notify_one();
    return true;
}

// Nothing when it is time to end.
std::deque<task> worker::next() {
    std::unique_lock locked(mutex_);
    changed_.wait(locked, [this] { return ending_ || !queue_.empty(); });
    return std::exchange(queue_, {});
}

void worker::work() {
    for (auto batch = next(); !batch.empty(); batch = next()) {
        std::string const failure = attempt(batch);
        // One that cannot be written must not take the others with it: each has its own transaction then.
        bool const again = !failure.empty() && batch.size() > 1;
        for (auto& each : batch) {
            std::deque<task> alone;
            alone.push_back(std::move(each));
            alone.front().done(again ? attempt(alone) : failure);
        }
    }
}

// "" or why none of them was done.
std::string worker::attempt(std::deque<task>& all) {
    try {
        SQLite::Transaction change(*file_.connection, SQLite::TransactionBehavior::IMMEDIATE);
        for (auto const& each : all)
            each.run(*file_.connection);
        change.commit();
        return {};
    } catch (SQLite::Exception const& failure) {
        return explain(file_.path, failure);
    } catch (std::exception const& failure) {
        return text::in_quotes(file_.path) + ": " + failure.what();
    }
}

} // namespace autoscaler::server::storage
