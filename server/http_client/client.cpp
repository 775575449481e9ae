#include "server/http_client/client.hpp"

#include "server/http_client/connection_pool.hpp"
#include "server/http_client/fields.hpp"
#include "server/http_client/tls_context.hpp"
#include "server/http_client/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace autoscaler::server::http_client {

namespace asio = boost::asio;

namespace {

constexpr int most_redirects = 10; // as Go has it

using deadline = connection::deadline;

bool is_read(request const& what) {
    return what.method == "GET" || what.method == "HEAD";
}

bool is_redirect(response const& said) {
    constexpr std::array<unsigned, 5> statuses{301, 302, 303, 307, 308};
    return std::ranges::find(statuses, said.status) != statuses.end() && !said.header("Location").empty();
}

// We did not say that we can decode anything, but some servers do not ask.
bool is_encoded(response const& said) {
    auto const encoding = said.header("Content-Encoding");
    return !encoding.empty() && encoding != "identity";
}

bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

error cancelled() {
    return {error_kind::cancelled, "", "cancelled"};
}

} // namespace

struct client::core {
    core(asio::any_io_executor executor, limits const& bounds) : pool(std::move(executor), bounds) {}

    connection_pool pool;
    tls_contexts contexts;

    static asio::awaitable<result<response>>
    ask(std::shared_ptr<core> self, request what, policy::http_config how, url where, deadline until);
    static asio::awaitable<result<response>>
    follow_all(std::shared_ptr<core> self, request what, policy::http_config how);
    static asio::awaitable<result<response>> over_wire(
        std::shared_ptr<core> self,
        wire_request what,
        url where,
        std::shared_ptr<tls_context> tls,
        bool repeatable,
        deadline until
    );
};

// One exchange, on a kept connection where there is one.
asio::awaitable<result<response>> client::core::over_wire(
    std::shared_ptr<core> self,
    wire_request what,
    url where,
    std::shared_ptr<tls_context> tls,
    bool repeatable,
    deadline until
) {
    if (auto const link = self->pool.take(where.where, tls.get())) {
        auto said = co_await link->ask(what, until);
        if (said)
            self->pool.give_back(link);
        bool const stale = !said && said.error().kind == error_kind::connection_lost && !link->heard();
        if (!stale || (link->sent() && !repeatable))
            co_return said;
    }
    if (self->pool.stopped())
        co_return cancelled();
    auto const link = self->pool.make(where.where, std::move(tls));
    auto const opened = co_await link->open(until);
    if (!opened)
        co_return opened.error();
    auto said = co_await link->ask(std::move(what), until);
    if (said)
        self->pool.give_back(link);
    co_return said;
}

asio::awaitable<result<response>> client::core::ask(
    std::shared_ptr<core> self, request what, policy::http_config how, url where, deadline until
) {
    auto fields = fields_of(what, how, where);
    if (!fields)
        co_return fields.error();
    std::shared_ptr<tls_context> tls;
    if (where.where.tls) {
        auto const made = self->contexts.get(how.tls);
        if (!made)
            co_return made.error();
        tls = *made;
    }
    bool const repeatable = what.repeatable || is_read(what);
    auto body = what.shared_body ? std::move(what.shared_body)
                                 : std::make_shared<std::string const>(std::move(what.body));
    wire_request wire{what.method, where.target, std::move(*fields), std::move(body)};
    auto said = co_await over_wire(self, std::move(wire), where, std::move(tls), repeatable, until);
    if (said && is_encoded(*said))
        co_return error{
            error_kind::malformed, "", "the answer's body is compressed, which was not asked for"
        };
    co_return said;
}

asio::awaitable<result<response>>
client::core::follow_all(std::shared_ptr<core> self, request what, policy::http_config how) {
    auto const until = std::chrono::steady_clock::now() + what.timeout;
    auto where = parse_url(what.url);
    if (!where)
        co_return where.error();
    if (!is_method(what.method))
        co_return error{error_kind::invalid, where->shown_origin(), "the method is none of HTTP"};
    for (int hop = 0;; ++hop) {
        if (self->pool.stopped())
            co_return cancelled();
        auto said = co_await ask(self, what, how, *where, until);
        if (!said) {
            error failure = said.error();
            failure.url = what.secret_path ? where->shown_origin() : where->shown();
            if (failure.kind == error_kind::timeout)
                failure.message += " (" + std::to_string(what.timeout.count()) + " ms)";
            co_return failure;
        }
        if (!how.follow_redirects || !is_read(what) || !is_redirect(*said))
            co_return said;
        std::string const shown = what.secret_path ? where->shown_origin() : where->shown();
        if (hop == most_redirects)
            co_return error{error_kind::redirect, shown, "it redirects more than 10 times"};
        auto next = follow(*where, said->header("Location"));
        if (!next)
            co_return error{error_kind::redirect, shown, next.error().message};
        if (next->where == where->where) {
            next->user = where->user;
            next->password = where->password;
        } else {
            what = for_strangers(std::move(what));
            how = for_strangers(std::move(how));
        }
        where = std::move(next);
    }
}

client::client(asio::any_io_executor executor, limits const& bounds)
    : core_(std::make_shared<core>(std::move(executor), bounds)) {}

client::~client() {
    stop();
}

asio::awaitable<result<response>> client::send(request what, policy::http_config how) {
    return core::follow_all(core_, std::move(what), std::move(how));
}

void client::stop() {
    core_->pool.stop();
}

} // namespace autoscaler::server::http_client
