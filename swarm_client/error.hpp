// What can go wrong on the way to Swarm, as values: nothing in this room reports a regular failure by
// exception. An error keeps the engine's own words; describe() adds what a person can do about it.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace autoscaler::swarm {

enum class error_kind {
    unreachable,     // nobody listens: no socket, connection refused, no route, unknown host
    permission,      // the socket is there, but not for us
    authentication,  // over TLS: a certificate that one side does not take, or a file of one that is no good
    tls_mismatch,    // one side speaks TLS, the other does not
    timeout,         // no answer in time, ours or the engine's own 20 s
    connection_lost, // the connection broke before the answer was complete
    not_in_swarm,    // the engine is in no swarm
    not_a_manager,   // the engine is a worker
    locked,          // the manager waits for its unlock key
    no_leader,       // the managers have no quorum
    conflict,        // the version is not the object's latest: read again, decide again
    not_found,       // no service or config of that name or ID
    name_taken,      // there is a config of that name
    bad_version,     // the API version does not fit the engine: read again
    rejected,        // any other refusal by the engine (4xx, 501)
    engine_failure,  // any other failure inside the engine (5xx)
    protocol,        // the answer is not one that a Docker engine gives
    refused,         // this client declines to send that request
    cancelled        // our own side gave up: shutdown
};

std::string_view to_string(error_kind kind);

struct error {
    error_kind kind = error_kind::protocol;
    unsigned http_status = 0;   // 0: there was no answer
    std::string message;        // the engine's own text; without an answer, the system's or ours
    std::string operation;      // such as: inspect "web"
    std::string endpoint;       // where; empty if the request never left
    bool maybe_applied = false; // a write that failed after it was sent: inspect before anything else
};

template<class T>
using result = boost::system::result<T, error>;

// Where nobody was asked, or nobody has answered. `operation` may be "": whoever knows it, adds it.
error failed(error_kind kind, std::string operation, std::string message);

// One line for people: what was tried, where, what it means and what helps, and the engine's own text.
std::string describe(error const& failure);

} // namespace autoscaler::swarm
