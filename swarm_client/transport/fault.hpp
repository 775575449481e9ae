// What can go wrong before the first byte of HTTP, as values: names, addresses, files, trust. No text in here
// ever holds the content of a file.
#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace autoscaler::swarm::transport {

enum class fault_kind {
    unknown_host, // the name has no address
    unreachable,  // nobody listens there, or there is no way to it
    permission,   // the socket is there, but not for us
    timeout,      // the deadline is over
    file,         // a file of a certificate or key cannot be read or used
    invalid,      // settings that cannot be met by any file
    untrusted,    // we do not trust the other side
    refused,      // the other side does not take our certificate, or wants one
    no_tls,       // the other side does not speak TLS
    cancelled     // our own side gave up: shutdown
};

struct fault {
    fault_kind kind = fault_kind::unreachable;
    std::string message; // the cause, in words
};

template<class T>
using result = boost::system::result<T, fault>;

} // namespace autoscaler::swarm::transport
