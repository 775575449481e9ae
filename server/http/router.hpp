// Which handler answers a request: exact paths with methods, below the route prefix and, besides, below
// `/alert` at the root whatever the prefix. Never redirects: a client that follows one drops its alerts.
#pragma once

#include "server/http/message.hpp"
#include "server/http/right.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>

namespace autoscaler::server::http {

// Answers at once. The request's views die with the call.
using handler = std::function<response(request const&)>;

// Answers later; must end by itself within bounded time. The request stays alive until the coroutine ends,
// and no other request of its connection is looked at before that.
using async_handler = std::function<boost::asio::awaitable<response>(request const&)>;

struct route {
    std::string method;
    std::string pattern; // "/api/v2/silence/{id}": at most two places, each one whole segment
    handler now;
    async_handler later; // where `now` is empty
    right needed = right::change;
};

// An API with error answers of its own shape.
struct area {
    std::string root; // "/api/v2"
    handler not_found;
    std::function<response(request const&, std::string_view allowed)>
        wrong_method; // allowed: "GET,POST"; sets Allow
};

class router {
public:
    // `prefix` as --web.route-prefix has it; "" and "/" are the root.
    explicit router(std::string_view prefix = "/");

    // GET routes answer HEAD too. A path with one trailing slash more is the same path. Where nothing else is
    // said, GET needs right::read and every other method right::change.
    void add(std::string method, std::string pattern, handler now, std::optional<right> needed = {});
    void
    add_async(std::string method, std::string pattern, async_handler later, std::optional<right> needed = {});
    void add_area(area what);

    // Pages of this origin ("https://grafana.example:3000"; "*" = any) may send state-changing requests and
    // read our answers. No answer of ours ever allows "*": it names the origin that asked.
    void allow_origin(std::string origin);

    // Either the route of a request, whose route_path and parameters are set then, or the answer that refuses
    // it.
    struct choice {
        route const* found = nullptr;
        response refusal;
        right needed = right::any;
    };

    choice choose(request& asked) const;

    // What the answer to `asked` has to tell a browser of another site, "NAME: VALUE\r\n" each.
    std::string cors_fields(request const& asked) const;

private:
    choice choose_below(request& asked) const;
    bool is_listed(std::string_view origin) const;
    bool origin_may(request const& asked) const;

    std::string prefix_; // without the trailing slash: "" is the root
    std::vector<route> routes_;
    std::vector<area> areas_;
    std::vector<std::string> origins_;
};

// Undoes percent-encoding; what is no valid escape stays as it is.
std::string percent_decode(std::string_view text);

} // namespace autoscaler::server::http
