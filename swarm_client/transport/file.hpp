// A small file, read whole. Shared by all who take certificates and secrets from files.
#pragma once

#include "swarm_client/transport/fault.hpp"

#include <cstddef>
#include <string>

namespace autoscaler::swarm::transport {

// Bundles of certificates are long; anything above is no bundle.
inline constexpr std::size_t longest_bundle = std::size_t{4} * 1024 * 1024;

// The content of a regular file of at most `longest` bytes; a pipe or device would make the daemon wait. The
// fault says why not, without the name.
result<std::string> read_file(std::string const& path, std::size_t longest);

} // namespace autoscaler::swarm::transport
