// The flags that bound what clients may take: names, defaults, ranges. Internal to this room.
#pragma once

#include "server/cli/command_line.hpp"
#include "server/cli/flag_set.hpp"

namespace autoscaler::server::cli {

void add_limit_flags(flag_set& flags);
void read_limit_flags(flag_set& flags, serve_options& options);

// A number of bytes in [low, high]: 1048576, 64MiB, 64MB (the same, as Prometheus reads it).
reading<std::size_t> parse_size(std::string_view text, std::size_t low, std::size_t high);

// A whole number in [low, high].
reading<std::size_t> parse_count(std::string_view text, std::size_t low, std::size_t high);

// A duration as Prometheus writes it, in [low, high].
reading<std::chrono::milliseconds>
parse_timeout(std::string_view text, std::chrono::milliseconds low, std::chrono::milliseconds high);

} // namespace autoscaler::server::cli
