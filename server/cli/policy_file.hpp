// A policy file on disk: opened, read and loaded. Never waits long, whatever the path leads to.
#pragma once

#include "policy/yaml/load_policy.hpp"
#include "server/relay/http_file.hpp"

#include <cstddef>
#include <string>

namespace autoscaler::server::cli {

struct file_content {
    std::string text;
    std::string error; // "" = it was read
};

// The whole content of a file, or why it cannot be had, in the system's words. At most `limit` bytes; a
// larger file gives `limit` + 1 bytes, so that its reader sees that it is too large. A pipe must end within
// 5 s.
file_content read_file(std::string const& path, std::size_t limit);

// The same of --cluster.http-config-file.
relay::loaded_http_config load_peer_http(std::string const& path);

// load_policy() of a file. One that cannot be read has one fault, at line 1.
policy::loaded_policy load_policy_file(std::string const& path, policy::load_options const& options);

} // namespace autoscaler::server::cli
