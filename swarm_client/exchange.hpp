// One question to Swarm through the pool, and what its callers have in common. For engine_client's own files.
#pragma once

#include "swarm_client/answer.hpp"
#include "swarm_client/connection_pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

using shared_pool = std::shared_ptr<connection_pool>;

// Answers other than 2xx are errors here. A GET on a kept connection that turns out to be dead is repeated
// once.
boost::asio::awaitable<result<answer>> exchange(shared_pool pool, request what);

// A fault that a codec found in an answer, with where it came from.
error located(error failure, request const& what, answer const& said);

// verb "name"
std::string quoted(std::string_view verb, std::string_view name);

// Whether the path of a request can carry it. Other names (they may come out of an alert) belong to no
// object, and some would lead the engine's router elsewhere.
bool possible_name(std::string_view name);

} // namespace autoscaler::swarm
