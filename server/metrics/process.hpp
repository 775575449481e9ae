// What the kernel says about this process. Reads /proc at each call; owns nothing.
#pragma once

#include <optional>

namespace autoscaler::server {

struct process_facts {
    double cpu_seconds = 0; // user and system time since the start
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double start_time = 0;            // seconds since 1970
    std::optional<double> open_files; // none: /proc/self/fd cannot be read
    std::optional<double> max_files;  // none: no limit is set
};

// Nothing where /proc is not there or not as proc(5) has it.
std::optional<process_facts> read_process_facts();

} // namespace autoscaler::server
