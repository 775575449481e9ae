// What stands between the network and the routes: how a connection speaks TLS, who may ask for what, and the
// fields that every answer carries. An interface: the server asks, server/web answers. One thread, the
// io_context's.
#pragma once

#include "server/http/message.hpp"
#include "server/http/right.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace autoscaler::server::http {

// The other side of a connection, as TLS knows it.
struct peer {
    bool certified = false;         // its certificate was verified
    std::vector<std::string> names; // of that certificate: common name and alternative names
};

class guard {
public:
    virtual ~guard() = default;

    // For a new connection: how it speaks TLS; null = it does not. Cheap: asked at each accept.
    virtual std::shared_ptr<ssl_ctx_st> tls() = 0;

    // "NAME: VALUE\r\n" for each field that every answer carries. Alive until the next call.
    virtual std::string_view fields() = 0;

    // The answer that turns a request away; none = it may pass.
    using ruling = std::optional<response>;

    // Asked once per request, when its head is there and none of its body was waited for. Nothing where it
    // takes time to say: then judge_later() says it.
    virtual std::optional<ruling> judge(request const& head, right needed, peer const& who) = 0;

    // `authorization` is the field of that name. Ends within bounded time. `who` stays alive until then.
    virtual boost::asio::awaitable<ruling>
    judge_later(std::string authorization, right needed, peer const& who) = 0;

    // For good: ends what judge_later() waits for.
    virtual void stop() = 0;

protected:
    guard() = default;
    guard(guard const&) = default;
    guard& operator=(guard const&) = default;
    guard(guard&&) = default;
    guard& operator=(guard&&) = default;
};

} // namespace autoscaler::server::http
