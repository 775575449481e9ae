#include "server/storage/worker.hpp"

#include "server/text/utf8.hpp"
#include "swarm_client/failpoint.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace autoscaler::server::storage {

// What the thread works with. It outlives the worker where the disk keeps the thread.
class worker::core {
public:
    explicit core(database_file file) : file_(std::move(file)) {}

    void start(std::shared_ptr<core> const& self) {
        thread_ = std::thread([self] { self->work(); });
    }

    bool submit(task what) {
        {
            std::lock_guard const locked(mutex_);
            bool const too_large =
                held_bytes_ != 0 && what.bytes > most_bytes - std::min(held_bytes_, most_bytes);
            if (queue_.size() >= most_queued || too_large)
                return false;
            held_bytes_ += what.bytes;
            queue_.push_back(std::move(what));
        }
        changed_.notify_all();
        return true;
    }

    void join() {
        ask_to_end();
        thread_.join();
    }

    // False: the disk has the thread, which from now on touches nothing but this object.
    bool join_within(std::chrono::milliseconds patience) {
        ask_to_end();
        std::unique_lock locked(mutex_);
        abandoned_ = !changed_.wait_for(locked, patience, [this] { return ended_; });
        locked.unlock();
        if (abandoned_)
            thread_.detach();
        else
            thread_.join();
        return !abandoned_;
    }

private:
    void work();
    bool next();
    std::string attempt(std::deque<task> const& all);
    std::string attempt(task const& one);
    template<class Run>
    std::string in_transaction(Run run);
    bool answer(task& one, std::string failure);

    void ask_to_end() {
        {
            std::lock_guard const locked(mutex_);
            ending_ = true;
        }
        changed_.notify_all();
    }

    database_file file_;     // the thread's
    std::deque<task> batch_; // the thread's: what it does now. Not its own, since it may never come back
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<task> queue_;     // guarded by mutex_
    std::size_t held_bytes_ = 0; // guarded by mutex_: of the queue and of what is done now
    bool ending_ = false;        // guarded by mutex_
    bool ended_ = false;         // guarded by mutex_
    bool abandoned_ = false;     // guarded by mutex_
    std::thread thread_;
};

namespace {

// Keeps what a hanging disk has for the rest of the process.
void keep_for_ever(std::shared_ptr<void> what) {
    static auto* const kept = new std::vector<std::shared_ptr<void>>; // NOLINT: outlives static objects
    kept->push_back(std::move(what));
}

} // namespace

// False when it is time to end.
bool worker::core::next() {
    std::unique_lock locked(mutex_);
    changed_.wait(locked, [this] { return ending_ || !queue_.empty(); });
    batch_ = std::exchange(queue_, {});
    ended_ = batch_.empty();
    if (ended_)
        changed_.notify_all();
    return !ended_;
}

void worker::core::work() {
    while (next()) {
        std::string const failure = attempt(batch_);
        // One that cannot be written must not take the others with it: each has its own transaction then.
        bool const again = !failure.empty() && batch_.size() > 1;
        for (auto& each : batch_)
            if (!answer(each, again ? attempt(each) : failure))
                return;
    }
}

// False where nobody is there any more to be told: what the tasks refer to is gone with them.
bool worker::core::answer(task& one, std::string failure) {
    std::lock_guard const locked(mutex_);
    if (abandoned_)
        return false;
    held_bytes_ -= one.bytes;
    one.done(std::move(failure));
    one = {};
    return true;
}

std::string worker::core::attempt(std::deque<task> const& all) {
    return in_transaction([&] {
        for (auto const& each : all)
            each.run(*file_.connection);
    });
}

std::string worker::core::attempt(task const& one) {
    return in_transaction([&] { one.run(*file_.connection); });
}

// "" or why nothing of it was done.
template<class Run>
std::string worker::core::in_transaction(Run run) {
    try {
        if (has_moved(*file_.connection))
            return text::in_quotes(file_.path) +
                   " was removed or replaced, and what is written now would be lost: start again";
        SQLite::Transaction change(*file_.connection, SQLite::TransactionBehavior::IMMEDIATE);
        run();
        pass(failpoint::before_commit);
        change.commit();
        pass(failpoint::after_commit);
        return {};
    } catch (SQLite::Exception const& failure) {
        return explain(file_.path, failure);
    } catch (std::exception const& failure) {
        return text::in_quotes(file_.path) + ": " + failure.what();
    }
}

worker::worker(database_file file) : path_(file.path) {
    core_ = std::make_shared<core>(std::move(file));
    core_->start(core_);
}

worker::~worker() {
    if (core_)
        core_->join();
}

bool worker::end(std::chrono::milliseconds patience) {
    auto const ending = std::exchange(core_, nullptr);
    if (!ending || ending->join_within(patience))
        return true;
    keep_for_ever(ending);
    return false;
}

bool worker::submit(task what) {
    return core_ && core_->submit(std::move(what));
}

} // namespace autoscaler::server::storage
