#include "server/storage/storage.hpp"

#include "server/storage/label_text.hpp"
#include "server/storage/tables.hpp"
#include "server/storage/worker.hpp"
#include "server/text/utf8.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>
#include <utility>

namespace autoscaler::server::storage {

namespace asio = boost::asio;

namespace {

// A disk that takes longer is as good as none for whoever waits for an answer; the write goes on.
constexpr auto write_patience = std::chrono::seconds(5);

// For the sum of what waits: these are of a size, and few.
constexpr std::size_t usual_memory = 2048;
constexpr std::size_t usual_name = 128;

std::size_t size_of(stored_record const& record) {
    std::size_t size = sizeof record + record.what.name.size();
    for (auto const& [name, value] : record.what.labels)
        size += name.size() + value.size();
    return size;
}

// One that waits for its write: touched on the executor's thread alone.
struct waiter {
    asio::steady_timer timer;
    bool done = false;
    std::string failure{};
};

alert_row to_row(policy::alert_notice const& notice) {
    return {
        .labels = encode_labels(notice.labels),
        .annotations = encode_labels(notice.annotations),
        .generator_url = std::string(notice.generator_url),
        .starts_at = notice.starts_at,
        .resolved = notice.resolved,
        .heard_at = notice.heard_at,
    };
}

} // namespace

// What failed with nobody waiting: written by the worker, told on the executor's thread.
struct database::fault_box {
    std::mutex mutex;
    std::vector<std::string> texts;             // guarded by mutex
    std::function<void(std::string_view)> tell; // empty once the database has ended

    void tell_all() {
        std::vector<std::string> now;
        {
            std::lock_guard const locked(mutex);
            now.swap(texts);
        }
        for (auto const& each : now)
            if (tell)
                tell(each);
    }
};

std::variant<std::unique_ptr<database>, std::string> database::open(
    asio::any_io_executor executor, std::string const& path, std::function<void(std::string_view)> on_fault
) {
    auto opened = open_file(path);
    if (auto* problem = std::get_if<std::string>(&opened))
        return std::move(*problem);
    auto faults = std::make_shared<fault_box>();
    faults->tell = std::move(on_fault);
    auto thread = std::make_unique<worker>(std::get<database_file>(std::move(opened)));
    return std::unique_ptr<database>(new database(std::move(executor), std::move(faults), std::move(thread)));
}

database::database(
    asio::any_io_executor executor, std::shared_ptr<fault_box> faults, std::unique_ptr<worker> thread
)
    : executor_(std::move(executor)), faults_(std::move(faults)), worker_(std::move(thread)) {}

database::~database() {
    worker_.reset();
    faults_->tell_all();
    faults_->tell = nullptr;
}

void database::close(std::chrono::milliseconds patience) {
    if (!worker_->end(patience) && faults_->tell)
        faults_->tell(text::in_quotes(worker_->path()) + ": the disk hangs: the last writes are given up");
}

contents database::load() {
    contents all;
    std::vector<std::string> faults;
    std::promise<std::string> finished;
    bool const taken = worker_->submit({
        [&](SQLite::Database& from) { all = read_all(from, faults); },
        [&](std::string failure) { finished.set_value(std::move(failure)); },
    });
    if (!taken)
        faults.push_back(queue_is_full());
    else if (std::string failure = finished.get_future().get(); !failure.empty())
        faults.push_back(std::move(failure));
    for (auto const& each : faults)
        faults_->tell(each);
    return all;
}

std::string database::queue_is_full() const {
    return text::in_quotes(worker_->path()) + ": too many writes wait already: the disk is too slow";
}

asio::awaitable<std::string> database::write(std::function<void(SQLite::Database&)> what, std::size_t bytes) {
    auto const mine = std::make_shared<waiter>(waiter{asio::steady_timer(executor_, write_patience)});
    std::string const path = worker_->path();
    // The worker gives its share in the waiter away with the answer: its end, too, is for this thread.
    auto answer = [executor = executor_, share = mine](std::string failure) mutable {
        auto on_executor = [to = std::move(share), text = std::move(failure)]() mutable {
            to->done = true;
            to->failure = std::move(text);
            to->timer.cancel();
        };
        asio::post(executor, std::move(on_executor));
    };
    if (!worker_->submit({std::move(what), std::move(answer), bytes}))
        co_return queue_is_full();
    boost::system::error_code woken;
    co_await mine->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!mine->done)
        co_return text::in_quotes(path) + ": not written within " + std::to_string(write_patience.count()) +
            " s: the disk is too slow";
    co_return std::move(mine->failure);
}

void database::queue(std::function<void(SQLite::Database&)> what, std::size_t bytes) {
    auto answer = [executor = executor_, faults = faults_](std::string failure) {
        if (failure.empty())
            return;
        {
            std::lock_guard const locked(faults->mutex);
            faults->texts.push_back(std::move(failure));
        }
        asio::post(executor, [faults] { faults->tell_all(); });
    };
    if (!worker_->submit({std::move(what), std::move(answer), bytes}) && faults_->tell)
        faults_->tell(queue_is_full());
}

asio::awaitable<std::string>
database::keep_alerts(std::span<policy::alert_notice const> notices, policy::time_point now) {
    std::vector<alert_row> rows;
    rows.reserve(notices.size());
    std::size_t bytes = 0;
    for (auto const& notice : notices) {
        auto const& row = rows.emplace_back(to_row(notice));
        bytes += sizeof row + row.labels.size() + row.annotations.size() + row.generator_url.size();
    }
    return write([rows = std::move(rows), now](SQLite::Database& to) { write_alerts(to, rows, now); }, bytes);
}

asio::awaitable<std::string> database::keep_records(std::vector<stored_record> records) {
    std::size_t bytes = 0;
    for (auto const& each : records)
        bytes += size_of(each);
    return write([records = std::move(records)](SQLite::Database& to) { write_records(to, records); }, bytes);
}

asio::awaitable<std::string> database::drop_records(std::vector<std::string> names) {
    std::size_t const bytes = names.size() * usual_name;
    return write([names = std::move(names)](SQLite::Database& from) { delete_records(from, names); }, bytes);
}

void database::keep_memories(std::vector<stored_memory> memories, policy::time_point now) {
    std::size_t const bytes = memories.size() * usual_memory;
    queue(
        [memories = std::move(memories), now](SQLite::Database& to) { write_memories(to, memories, now); },
        bytes
    );
}

void database::replace_attachments(std::vector<stored_attachment> all) {
    std::size_t const bytes = all.size() * usual_name;
    queue([all = std::move(all)](SQLite::Database& in) { storage::replace_attachments(in, all); }, bytes);
}

void database::prune(policy::time_point alerts_before, policy::time_point memories_before) {
    queue([=](SQLite::Database& from) { delete_old(from, alerts_before, memories_before); }, 0);
}

} // namespace autoscaler::server::storage
