#include "server/storage/database_file.hpp"
#include "server/storage/storage.hpp"
#include "server/storage/worker.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>

using namespace autoscaler;
using namespace autoscaler::server::storage;
using tests::at;
using tests::scratch_directory;
using tests::storage_rig;

namespace {

bool says(std::string const& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

stored_record record_of(std::string name, std::size_t bytes) {
    return {{std::move(name), {{"label", std::string(bytes, 'x')}}, at(1)}, true};
}

// Files of this process cannot grow beyond `bytes`: what a full disk does, without one.
class file_size_limit {
public:
    explicit file_size_limit(rlim_t bytes) : before_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit now = before_;
        now.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &now);
    }

    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, before_handler_);
    }

    file_size_limit(file_size_limit const&) = delete;
    file_size_limit& operator=(file_size_limit const&) = delete;
    file_size_limit(file_size_limit&&) = delete;
    file_size_limit& operator=(file_size_limit&&) = delete;

private:
    rlimit before_{};
    void (*before_handler_)(int);
};

void change(std::string const& file, char const* sql) {
    SQLite::Database(file, SQLite::OPEN_READWRITE).exec(sql);
}

} // namespace

TEST_CASE("a second autoscaler on the same directory is told so") {
    scratch_directory const scratch;
    storage_rig const first(scratch.path());
    storage_rig const second(scratch.path());
    CHECK(first.refusal.empty());
    CHECK(says(second.refusal, scratch.file()));
    CHECK(says(second.refusal, "is in use by another process"));
}

TEST_CASE("a file that is no database is named and left as it is") {
    scratch_directory const scratch;
    storage_rig(scratch.path()).close();
    std::string const garbage(5000, 'g');
    std::ofstream(scratch.file(), std::ios::trunc) << garbage;
    storage_rig const rig(scratch.path());
    CHECK(says(rig.refusal, scratch.file()));
    CHECK(says(rig.refusal, "is damaged or no SQLite database"));
    CHECK(says(rig.refusal, "move it away"));
    std::ifstream file(scratch.file());
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == garbage);
}

TEST_CASE("damage inside the file is found at the start") {
    scratch_directory const scratch;
    {
        storage_rig rig(scratch.path());
        for (int i = 0; i < 50; ++i)
            REQUIRE(rig.wait(rig.database->keep_records({record_of("r" + std::to_string(i), 3000)})).empty());
    }
    {
        std::fstream file(scratch.file(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096 * 5);
        file << std::string(4096UL * 20, '\xA5');
    }
    storage_rig const rig(scratch.path());
    CHECK(says(rig.refusal, "is damaged or no SQLite database"));
}

TEST_CASE("a database of a newer version is not touched") {
    scratch_directory const scratch;
    storage_rig(scratch.path()).close();
    change(scratch.file(), "PRAGMA user_version = 2");
    storage_rig const rig(scratch.path());
    CHECK(says(rig.refusal, "was written by a newer version (its schema is 2, this version knows 1)"));
}

TEST_CASE("a database of another program is not touched") {
    scratch_directory const scratch;
    storage_rig(scratch.path()).close();
    change(scratch.file(), "PRAGMA application_id = 7");
    storage_rig const rig(scratch.path());
    CHECK(says(rig.refusal, "is the database of another program"));
}

TEST_CASE("a directory that cannot be made is named") {
    scratch_directory const scratch;
    std::ofstream(scratch.path("file")) << "x";
    CHECK(says(storage_rig(scratch.path("file")).refusal, "cannot create the storage directory"));
    CHECK(says(storage_rig(scratch.path("file/below")).refusal, "--storage.path"));
    CHECK(says(storage_rig("/proc/no/such/place").refusal, "cannot create the storage directory"));
    CHECK(says(storage_rig("").refusal, "expected a path"));
}

TEST_CASE("rows that cannot be read are left out and told, the others are there") {
    scratch_directory const scratch;
    storage_rig(scratch.path()).close();
    change(scratch.file(), R"sql(
        INSERT INTO alerts VALUES('nonsense', '[]', '', NULL, 1), ('[]', '[]', '', NULL, 1),
                                 ('[["a","b"]]', '[]', '', NULL, 1),
                                 ('[["a","late"]]', '[]', '', NULL, 9223372036854775807),
                                 ('[["a","early"]]', '[]', '', -9223372036854775808, 1);
        INSERT INTO memories VALUES('service1', '', '{"boot":true}', 1), ('service2', '', '{}', 1);
        INSERT INTO records VALUES('r1', '[[1,2]]', 1, 0), ('r2', '[]', 1, 0),
                                  ('r3', '[]', 9223372036854775807, 0);
    )sql");
    storage_rig rig(scratch.path());
    REQUIRE(rig.refusal.empty());
    auto const kept = rig.database->load();
    CHECK(kept.alerts.size() == 1);
    CHECK(kept.memories.size() == 1);
    CHECK(kept.records.size() == 1);
    CHECK(rig.faults.size() == 7);
    CHECK(std::ranges::any_of(rig.faults, [](auto const& each) {
        return each.starts_with("left out the alert \"nonsense\"");
    }));
}

TEST_CASE("a full disk is told to whoever waits, and harms nothing that was kept") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    REQUIRE(rig.wait(rig.database->keep_records({record_of("small", 10)})).empty());
    {
        file_size_limit const full(std::size_t{64} << 10U);
        std::string const failure = rig.wait(rig.database->keep_records({record_of("large", 1U << 20U)}));
        CHECK(says(failure, scratch.file()));
        CHECK_FALSE(failure == "never ended");
        rig.database->keep_memories({{std::string(1U << 20U, 's'), "", {}}}, at(1));
        CHECK(rig.database->load().records.size() == 1);
    }
    // What nobody waited for is told, too.
    rig.io.restart();
    rig.io.run();
    REQUIRE(rig.faults.size() == 1);
    CHECK(says(rig.faults.front(), scratch.file()));

    REQUIRE(rig.wait(rig.database->keep_records({record_of("large", 1U << 20U)})).empty());
    rig.close();
    storage_rig again(scratch.path());
    CHECK(again.database->load().records.size() == 2);
}

TEST_CASE("one write that cannot be done does not take those beside it with it") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    file_size_limit const full(std::size_t{256} << 10U);
    std::vector<std::string> outcomes(21, "none");
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto write =
            rig.database->keep_records({record_of("r" + std::to_string(i), i == 10 ? 1U << 20U : 10)});
        boost::asio::co_spawn(
            rig.io,
            std::move(write),
            [&outcomes, i](std::exception_ptr const&, std::string failure) {
                outcomes[i] = std::move(failure);
            }
        );
    }
    rig.io.run();
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        CHECK(outcomes[i].empty() == (i != 10));
    CHECK(rig.database->load().records.size() == 20);
}

TEST_CASE("a fault at the very end is told before the database is gone") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    {
        file_size_limit const full(std::size_t{64} << 10U);
        rig.database->keep_memories({{std::string(1U << 20U, 's'), "", {}}}, at(1));
        rig.close();
    }
    CHECK(rig.faults.size() == 1);
    rig.io.run(); // what was posted meanwhile finds nobody to tell
    CHECK(rig.faults.size() == 1);
}

TEST_CASE("nothing is promised any more once the file was removed or replaced") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    REQUIRE(rig.wait(rig.database->keep_records({record_of("before", 10)})).empty());
    std::filesystem::rename(scratch.file(), scratch.path("data/other"));
    CHECK(says(rig.wait(rig.database->keep_records({record_of("removed", 10)})), "was removed or replaced"));
    std::ofstream(scratch.file()) << "another";
    CHECK(says(rig.wait(rig.database->keep_records({record_of("replaced", 10)})), "was removed or replaced"));
    std::filesystem::rename(scratch.path("data/other"), scratch.file());
    CHECK(rig.wait(rig.database->keep_records({record_of("back", 10)})).empty());
}

namespace {

database_file opened(scratch_directory const& scratch) {
    return std::get<database_file>(open_file(scratch.path()));
}

// A disk that hangs until the test lets it go; its end may come after the test.
struct hanging_disk {
    std::shared_ptr<std::promise<void>> begun = std::make_shared<std::promise<void>>();
    std::shared_ptr<std::promise<void>> let_go = std::make_shared<std::promise<void>>();

    std::function<void(SQLite::Database&)> write() const {
        return [begun = begun, end = let_go](SQLite::Database&) {
            begun->set_value();
            end->get_future().wait();
        };
    }
};

} // namespace

TEST_CASE("a disk that hangs does not keep whoever closes the storage, and tells nobody later") {
    scratch_directory const scratch;
    hanging_disk const disk;
    auto const told = std::make_shared<std::atomic<int>>(0);
    auto const tell = [told](std::string const&) { ++*told; };
    {
        worker writes(opened(scratch));
        REQUIRE(writes.submit({disk.write(), tell}));
        disk.begun->get_future().wait();
        REQUIRE(writes.submit({[](SQLite::Database&) {}, tell}));
        CHECK_FALSE(writes.end(std::chrono::milliseconds(1)));
        CHECK_FALSE(writes.submit({[](SQLite::Database&) {}, tell}));
    }
    disk.let_go->set_value();
    CHECK(*told == 0);
}

TEST_CASE("a storage that closes in time has done what it was given") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    rig.database->keep_memories({{"service", "", {}}}, at(1));
    rig.database->close(std::chrono::hours(1));
    rig.close();
    CHECK(rig.faults.empty());
    CHECK(storage_rig(scratch.path()).database->load().memories.size() == 1);
}

TEST_CASE("what waits for a slow disk is bounded by its size, and one write of any size is taken") {
    scratch_directory const scratch;
    hanging_disk const disk;
    auto const ignore = [](std::string const&) {};
    auto const nothing = [](SQLite::Database&) {};
    worker writes(opened(scratch));
    REQUIRE(writes.submit({disk.write(), ignore, worker::most_bytes + 1}));
    CHECK_FALSE(writes.submit({nothing, ignore, 1}));
    CHECK(writes.submit({nothing, ignore, 0}));
    disk.let_go->set_value();
    while (!writes.submit({nothing, ignore, worker::most_bytes})) // it is through with the first one soon
        std::this_thread::yield();
}
