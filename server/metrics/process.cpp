#include "server/metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace autoscaler::server {

namespace {

// Fields of /proc/self/stat by their numbers in proc(5); the first two, PID and name, are cut off.
constexpr std::size_t user_time = 14;
constexpr std::size_t system_time = 15;
constexpr std::size_t start_time = 22;
constexpr std::size_t virtual_size = 23;
constexpr std::size_t resident_pages = 24;
constexpr std::size_t first_field = 3;

using stat_fields = std::array<double, resident_pages - first_field + 1>;

bool read_stat(stat_fields& fields) {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    // The name stands in parentheses and may hold anything, parentheses too.
    std::size_t const name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return false;
    std::istringstream rest(line.substr(name_end + 1));
    std::string state;
    rest >> state;
    for (std::size_t i = 1; i < fields.size(); ++i)
        rest >> fields[i];
    return !rest.fail();
}

// When the machine was started, in seconds since 1970.
double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word; file.ignore(1U << 20U, '\n'))
        if (word == "btime") {
            double seconds = 0;
            file >> seconds;
            return seconds;
        }
    return 0;
}

std::optional<double> count_open_files() {
    std::error_code problem;
    std::filesystem::directory_iterator entries("/proc/self/fd", problem);
    if (problem)
        return {};
    double count = 0;
    for (auto const end = std::filesystem::directory_iterator(); entries != end && !problem;
         entries.increment(problem))
        ++count;
    return count - 1; // without the one that reads the folder
}

} // namespace

std::optional<process_facts> read_process_facts() {
    stat_fields fields{};
    if (!read_stat(fields))
        return {};
    auto const field = [&](std::size_t number) { return fields[number - first_field]; };
    auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    process_facts facts;
    facts.cpu_seconds = (field(user_time) + field(system_time)) / ticks;
    facts.resident_bytes = field(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    facts.virtual_bytes = field(virtual_size);
    facts.start_time = boot_time() + field(start_time) / ticks;
    facts.open_files = count_open_files();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        facts.max_files = static_cast<double>(limit.rlim_cur);
    return facts;
}

} // namespace autoscaler::server
