// A request to a server that is not ours, its answer, and what can go wrong between the two. Values only: no
// socket, no Asio. Nothing in here ever holds a secret that describe() could show.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::http_client {

using field_list = std::vector<std::pair<std::string, std::string>>;

struct request {
    std::string method = "GET";
    std::string url; // http or https; `user:password@` in it counts as basic auth
    field_list
        headers; // besides Host, Content-Length and what http_config asks for; these win over the latter
    std::string body;
    // In the place of `body`: one text for several requests.
    std::shared_ptr<std::string const> shared_body{};
    std::chrono::milliseconds timeout = std::chrono::seconds(10); // for all of it, redirects included
    // Twice does the same as once, so it may be sent again where a kept connection turns out to be dead. GET
    // and HEAD always may.
    bool repeatable = false;
    // The path is a secret, as in the URLs of chat services: errors name scheme, host and port alone.
    bool secret_path = false;
};

struct response {
    unsigned status = 0;
    field_list headers;
    std::string body;

    // The first field with this name in any case; "" where there is none.
    std::string_view header(std::string_view name) const;
};

enum class error_kind {
    invalid, // it cannot be sent: a malformed URL, a header with a line break, TLS settings that do not fit
    secret,  // a file of a secret, certificate or key cannot be read or used
    unknown_host,    // the name has no address
    unreachable,     // nobody listens there, or there is no way to it
    tls,             // the two sides do not trust each other
    timeout,         // the deadline of the request is over
    connection_lost, // the connection broke before the answer was complete
    too_large,       // the answer exceeds the limits
    malformed,       // the answer is no HTTP
    redirect,        // too many redirects, or one to nowhere
    cancelled        // our own side gave up: shutdown
};

std::string_view to_string(error_kind kind);

struct error {
    error_kind kind = error_kind::invalid;
    std::string url;     // without user, password and query
    std::string message; // the cause, in words
};

template<class T>
using result = boost::system::result<T, error>;

// One line for people: where, and why. Without secrets, whatever the request held.
std::string describe(error const& failure);

} // namespace autoscaler::server::http_client
