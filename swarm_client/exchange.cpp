#include "swarm_client/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;

namespace {

error other_version(request const& what, std::string const& endpoint, std::string message) {
    error failure = failed(error_kind::bad_version, what.operation, std::move(message));
    failure.endpoint = endpoint;
    return failure;
}

// One question on one connection: an answer under the version that the question was asked in.
asio::awaitable<result<answer>> ask_once(connection& link, request const& what, deadline until) {
    if (what.version && link.api_version() != *what.version)
        co_return other_version(
            what,
            link.endpoint_text(),
            "read under API version " + *what.version + ", but this engine speaks " + link.api_version()
        );
    auto said = co_await link.ask(what, until);
    if (!said)
        co_return said.error();
    if (!succeeded(*said))
        co_return to_error(what, *said);
    if (!writes(what) && said->api_version != link.api_version())
        co_return other_version(
            what,
            link.endpoint_text(),
            "asked under API version " + link.api_version() + ", answered by an engine of " +
                said->api_version
        );
    co_return said;
}

} // namespace

// A fault that a codec found in an answer, with where it came from.
error located(error failure, request const& what, answer const& said) {
    failure.operation = what.operation;
    failure.endpoint = said.endpoint;
    failure.http_status = said.status;
    return failure;
}

std::string quoted(std::string_view verb, std::string_view name) {
    return std::string(verb) + " \"" + std::string(name) + '"';
}

bool possible_name(std::string_view name) {
    constexpr std::size_t longest = 255;
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::ranges::none_of(name, [](char c) {
               return c == '/' || c == '\\' || static_cast<unsigned char>(c) < ' ';
           });
}

asio::awaitable<result<answer>> exchange(shared_pool pool, request what) {
    auto const until = std::chrono::steady_clock::now() + pool->bounds().request;
    for (bool repeated = false;; repeated = true) {
        auto lent = co_await pool->borrow(what.operation, until, repeated);
        if (!lent)
            co_return lent.error();
        connection& link = lent->get();
        auto said = co_await ask_once(link, what, until);
        if (said)
            co_return said;
        error const& failure = said.error();
        bool const stale = failure.kind == error_kind::bad_version ||
                           (failure.kind == error_kind::connection_lost && lent->kept() && !link.heard());
        if (writes(what) || repeated || !stale) {
            pool->note(lent->endpoint(), failure);
            co_return failure;
        }
    }
}

} // namespace autoscaler::swarm
