// Secrets where they are: written in the policy, or in a file that is read anew each time, so that a rotated
// one is taken up at once. Errors name the file, never its content.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/http_client/message.hpp"

#include <cstddef>
#include <string>

namespace autoscaler::server::http_client {

// Tokens and passwords are short.
inline constexpr std::size_t longest_secret = std::size_t{64} * 1024;

// The text, or the whole content of the file as it is. Reads regular files of at most `longest` bytes: a pipe
// or device would make the daemon wait. Errors are of kind `secret`.
result<std::string> read_source(policy::secret_source const& from, std::size_t longest);

// The same without white space around the content of a file: editors end it with a line break.
result<std::string> read_secret(policy::secret_source const& from);

} // namespace autoscaler::server::http_client
