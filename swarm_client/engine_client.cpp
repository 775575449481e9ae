#include "swarm_client/engine_client.hpp"

#include "swarm_client/exchange.hpp"
#include "swarm_client/spec_codec.hpp"
#include "swarm_client/task_codec.hpp"

#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;

namespace {

asio::awaitable<result<service>>
inspect_as(shared_pool pool, std::string operation, std::string key, bool by_name) {
    if (!possible_name(key))
        co_return failed(error_kind::not_found, std::move(operation), "no service can have that name");
    auto const what = make_request(calls::inspect_service, std::move(operation), key);
    auto const said = co_await exchange(std::move(pool), what);
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

asio::awaitable<result<std::vector<service_summary>>> list_by(shared_pool pool) {
    auto const what = make_request(calls::list_services, "list services");
    auto const said = co_await exchange(std::move(pool), what);
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
    return make_request(calls::list_tasks, quoted("tasks of", id), {}, "filters=" + percent_encoded(filter));
}

asio::awaitable<result<task_counts>> count_tasks_by(shared_pool pool, std::string id, std::uint64_t wanted) {
    // The engine takes any text for the filter; only JSON's own signs would break it.
    if (!possible_name(id) || id.find('"') != std::string::npos)
        co_return failed(error_kind::not_found, quoted("tasks of", id), "no service can have that ID");
    auto const what = tasks_request(id, R"(,"desired-state":["running"])");
    auto const said = co_await exchange(pool, what);
    if (!said)
        co_return said.error();
    auto counts = decode_tasks(said->body, id);
    if (!counts)
        co_return located(counts.error(), what, *said);
    if (counts->running >= wanted || counts->stuck != stuck_tasks::none)
        co_return counts;
    // What has failed is no longer wanted to run. Without an answer to this there is nothing certain to say.
    auto const all = co_await exchange(pool, tasks_request(id, ""));
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
    auto what = make_request(
        calls::update_service,
        std::move(operation),
        inspected.id,
        "version=" + std::to_string(inspected.version)
    );
    what.body = std::move(*body);
    what.version = inspected.api_version;
    auto const said = co_await exchange(std::move(pool), std::move(what));
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
    auto const what = make_request(
        calls::follow_events,
        "events",
        {},
        "filters=" + percent_encoded(R"({"type":["service","node","config"]})")
    );
    auto const found = co_await pool->open(what.operation, until);
    if (!found)
        co_return found.error();
    line_splitter lines;
    auto ended = co_await found->link->stream(what, until, handlers.opened, [&](std::string_view piece) {
        return take_events(lines, piece, handlers);
    });
    // Streams end for many reasons; whoever follows looks anyway what has become of the endpoint.
    if (tells_of_endpoint(ended.kind))
        pool->note(found->endpoint, ended);
    co_return ended;
}

} // namespace

engine_client::engine_client(
    asio::any_io_executor executor,
    std::vector<endpoint> endpoints,
    limits const& bounds,
    endpoint_observer told
)
    : pool_(std::make_shared<connection_pool>(
          std::move(executor), std::move(endpoints), bounds, std::move(told)
      )) {}

engine_client::~engine_client() {
    pool_->stop();
}

std::vector<endpoint_state> engine_client::endpoints() const {
    return pool_->endpoints();
}

void engine_client::stop() {
    pool_->stop();
}

asio::awaitable<result<engine_info>> engine_client::probe() {
    return pool_->look("probe");
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
