#include "server/storage/storage.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>

using namespace autoscaler;
using namespace autoscaler::server::storage;
using tests::at;
using tests::scratch_directory;
using tests::storage_rig;

namespace {

// In a process of its own: keeps one record after the other from `first` on, and says the number of each that
// is acknowledged into `acknowledged`.
[[noreturn]] void write_until_killed(std::string const& path, std::uint32_t first, int acknowledged) {
    storage_rig rig(path);
    if (!rig.database)
        ::_exit(1);
    for (std::uint32_t number = first;; ++number) {
        stored_record record{
            {"r" + std::to_string(number), {{"n", std::to_string(number)}}, at(number)}, true
        };
        if (!rig.wait(rig.database->keep_records({std::move(record)})).empty())
            ::_exit(2);
        if (::write(acknowledged, &number, sizeof number) != sizeof number)
            ::_exit(3);
    }
}

// Kills a writer after `most` acknowledgements, wherever it is then; returns what it has acknowledged.
std::vector<std::uint32_t> kill_a_writer(std::string const& path, std::uint32_t first, std::size_t most) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        write_until_killed(path, first, ends[1]);
    }
    ::close(ends[1]);
    std::vector<std::uint32_t> acknowledged;
    std::uint32_t number = 0;
    while (acknowledged.size() < most && ::read(ends[0], &number, sizeof number) == sizeof number)
        acknowledged.push_back(number);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == sizeof number)
        acknowledged.push_back(number);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    return acknowledged;
}

} // namespace

TEST_CASE("nothing that was acknowledged is lost when the daemon is killed, again and again") {
    scratch_directory const scratch;
    std::set<std::string> acknowledged;
    std::uint32_t next = 0;
    for (std::size_t round = 0; round < 20; ++round) {
        for (auto const number : kill_a_writer(scratch.path(), next, 1 + (round * 7) % 23)) {
            acknowledged.insert("r" + std::to_string(number));
            next = number + 1;
        }
        storage_rig rig(scratch.path());
        REQUIRE(rig.refusal.empty());
        std::set<std::string> kept;
        for (auto const& each : rig.database->load().records)
            kept.insert(each.what.name);
        for (auto const& name : acknowledged)
            CHECK(kept.contains(name));
        CHECK(rig.faults.empty());
    }
    CHECK(acknowledged.size() >= 20);
}
