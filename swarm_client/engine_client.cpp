#include "swarm_client/engine_client.hpp"

#include "swarm_client/answer.hpp"
#include "swarm_client/connection_pool.hpp"
#include "swarm_client/spec_codec.hpp"
#include "swarm_client/task_codec.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;
using shared_pool = std::shared_ptr<connection_pool>;

namespace {

error failed(error_kind kind, std::string operation, std::string message) {
    error failure;
    failure.kind = kind;
    failure.operation = std::move(operation);
    failure.message = std::move(message);
    return failure;
}

// A fault that a codec found in an answer, with where it came from.
error located(error failure, request const& what, answer const& said) {
    failure.operation = what.operation;
    failure.endpoint = said.endpoint;
    failure.http_status = said.status;
    return failure;
}

error other_version(request const& what, std::string const& endpoint, std::string message) {
    error failure = failed(error_kind::bad_version, what.operation, std::move(message));
    failure.endpoint = endpoint;
    return failure;
}

std::string quoted(std::string_view verb, std::string_view name) {
    return std::string(verb) + " \"" + std::string(name) + '"';
}

// What the path of a request can carry. Other names (they may come out of an alert) belong to no service, and
// some would lead the engine's router elsewhere.
bool possible_name(std::string_view name) {
    constexpr std::size_t longest = 255;
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::ranges::none_of(name, [](char c) {
               return c == '/' || c == '\\' || static_cast<unsigned char>(c) < ' ';
           });
}

// One question on one connection: an answer under the version that the question was asked in.
asio::awaitable<result<answer>> ask_once(connection& link, request const& what, deadline until) {
    if (what.write && link.api_version() != what.version)
        co_return other_version(
            what,
            link.endpoint_text(),
            "read under API version " + what.version + ", but this engine speaks " + link.api_version()
        );
    auto said = co_await link.ask(what, until);
    if (!said)
        co_return said.error();
    if (!succeeded(*said))
        co_return to_error(what, *said);
    if (!what.write && said->api_version != link.api_version())
        co_return other_version(
            what,
            link.endpoint_text(),
            "asked under API version " + link.api_version() + ", answered by an engine of " +
                said->api_version
        );
    co_return said;
}

asio::awaitable<result<answer>> call(shared_pool pool, request what) {
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
        if (what.write || repeated || !stale) {
            pool->note(lent->endpoint(), failure);
            co_return failure;
        }
    }
}

asio::awaitable<result<service>>
inspect_as(shared_pool pool, std::string operation, std::string key, bool by_name) {
    if (!possible_name(key))
        co_return failed(error_kind::not_found, std::move(operation), "no service can have that name");
    auto const what = get_request(std::move(operation), "/services/" + percent_encoded(key));
    auto const said = co_await call(std::move(pool), what);
    if (!said)
        co_return said.error();
    auto found = decode_service(said->body);
    if (!found)
        co_return located(found.error(), what, *said);
    if ((by_name ? found->name : found->id) != key) {
        // The engine takes an ID, a name, or the beginning of an ID.
        auto failure = failed(
            error_kind::not_found,
            what.operation,
            "the engine found \"" + found->name + "\" by its ID instead"
        );
        failure.endpoint = said->endpoint;
        co_return failure;
    }
    found->api_version = said->api_version;
    co_return found;
}

asio::awaitable<result<engine_info>> probe_by(shared_pool pool) {
    auto const what = probe_request("probe");
    auto const said = co_await call(std::move(pool), what);
    if (!said)
        co_return said.error();
    auto const services = decode_services(said->body);
    if (!services)
        co_return located(services.error(), what, *said);
    co_return engine_info{said->endpoint, said->api_version};
}

asio::awaitable<result<std::vector<service_summary>>> list_by(shared_pool pool) {
    auto const what = get_request("list services", "/services");
    auto const said = co_await call(std::move(pool), what);
    if (!said)
        co_return said.error();
    auto services = decode_services(said->body);
    if (!services)
        co_return located(services.error(), what, *said);
    co_return services;
}

// The tasks of a service; `more` is the rest of the filter.
request tasks_request(std::string const& id, std::string_view more) {
    std::string const filter = R"({"service":[")" + id + R"("])" + std::string(more) + "}";
    return get_request(quoted("tasks of", id), "/tasks?filters=" + percent_encoded(filter));
}

asio::awaitable<result<task_counts>> count_tasks_by(shared_pool pool, std::string id, std::uint64_t wanted) {
    // The engine takes any text for the filter; only JSON's own signs would break it.
    if (!possible_name(id) || id.find('"') != std::string::npos)
        co_return failed(error_kind::not_found, quoted("tasks of", id), "no service can have that ID");
    auto const what = tasks_request(id, R"(,"desired-state":["running"])");
    auto const said = co_await call(pool, what);
    if (!said)
        co_return said.error();
    auto counts = decode_tasks(said->body, id);
    if (!counts)
        co_return located(counts.error(), what, *said);
    if (counts->running >= wanted || counts->stuck != stuck_tasks::none)
        co_return counts;
    // What has failed is no longer wanted to run. Without an answer to this there is nothing certain to say.
    auto const all = co_await call(pool, tasks_request(id, ""));
    if (all && shows_crash_loop(all->body, id))
        counts->stuck = stuck_tasks::crash_looping;
    co_return counts;
}

asio::awaitable<result<void>> update_by(shared_pool pool, service inspected, update_request change) {
    auto body = changed_spec(inspected, change);
    std::string operation = quoted("update", inspected.name);
    if (!body) {
        error failure = body.error();
        failure.operation = std::move(operation);
        co_return failure;
    }
    auto what = post_request(
        std::move(operation),
        "/services/" + percent_encoded(inspected.id) + "/update?version=" + std::to_string(inspected.version),
        std::move(*body),
        inspected.api_version
    );
    auto const said = co_await call(std::move(pool), std::move(what));
    if (!said)
        co_return said.error();
    co_return result<void>{};
}

// Lines of the stream to events; false for what no engine sends.
bool take_events(line_splitter& lines, std::string_view piece, event_handlers const& handlers) {
    lines.add(piece);
    while (auto const line = lines.next()) {
        if (line->empty())
            continue;
        auto const event = decode_event(*line);
        if (!event)
            return false;
        handlers.event(*event);
    }
    return !lines.too_long();
}

asio::awaitable<error> follow_events(shared_pool pool, event_handlers handlers) {
    auto const until = std::chrono::steady_clock::now() + pool->bounds().request;
    auto const what =
        get_request("events", "/events?filters=" + percent_encoded(R"({"type":["service","node"]})"));
    auto const found = co_await pool->open(what.operation, until);
    if (!found)
        co_return found.error();
    line_splitter lines;
    auto ended = co_await found->link->stream(what, until, handlers.opened, [&](std::string_view piece) {
        return take_events(lines, piece, handlers);
    });
    pool->note(found->endpoint, ended);
    co_return ended;
}

} // namespace

engine_client::engine_client(
    asio::any_io_executor executor, std::vector<endpoint> endpoints, limits const& bounds
)
    : pool_(std::make_shared<connection_pool>(std::move(executor), std::move(endpoints), bounds)) {}

engine_client::~engine_client() {
    pool_->stop();
}

void engine_client::stop() {
    pool_->stop();
}

asio::awaitable<result<engine_info>> engine_client::probe() {
    return probe_by(pool_);
}

asio::awaitable<result<std::vector<service_summary>>> engine_client::list() {
    return list_by(pool_);
}

asio::awaitable<result<service>> engine_client::inspect(std::string name) {
    std::string operation = quoted("inspect", name);
    return inspect_as(pool_, std::move(operation), std::move(name), true);
}

asio::awaitable<result<service>> engine_client::inspect_id(std::string id) {
    std::string operation = quoted("inspect", id);
    return inspect_as(pool_, std::move(operation), std::move(id), false);
}

asio::awaitable<result<task_counts>>
engine_client::count_tasks(std::string service_id, std::uint64_t wanted) {
    return count_tasks_by(pool_, std::move(service_id), wanted);
}

asio::awaitable<result<void>> engine_client::update(service inspected, update_request change) {
    return update_by(pool_, std::move(inspected), std::move(change));
}

asio::awaitable<error> engine_client::events(event_handlers handlers) {
    return follow_events(pool_, std::move(handlers));
}

} // namespace autoscaler::swarm
