// The part of engine_client that is about config objects.
#include "swarm_client/config_codec.hpp"
#include "swarm_client/engine_client.hpp"
#include "swarm_client/exchange.hpp"

#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;

namespace {

error of_operation(error failure, std::string operation) {
    failure.operation = std::move(operation);
    return failure;
}

asio::awaitable<result<std::vector<config_object>>> list_by(shared_pool pool, std::string name_prefix) {
    auto const what = make_request(
        calls::list_configs, "list configs", {}, "filters=" + percent_encoded(config_filter(name_prefix))
    );
    auto const said = co_await exchange(std::move(pool), what);
    if (!said)
        co_return said.error();
    auto configs = decode_configs(said->body, name_prefix);
    if (!configs)
        co_return located(configs.error(), what, *said);
    for (auto& one : *configs)
        one.api_version = said->api_version;
    co_return configs;
}

asio::awaitable<result<std::string>> create_by(shared_pool pool, std::string name, label_map labels) {
    auto what = make_request(calls::create_config, quoted("create config", name));
    auto body = new_config(name, labels);
    if (!body)
        co_return of_operation(body.error(), std::move(what.operation));
    what.body = std::move(*body);
    auto const said = co_await exchange(std::move(pool), what);
    if (!said)
        co_return said.error();
    auto id = decode_created(said->body);
    if (!id) {
        auto failure = located(id.error(), what, *said);
        failure.maybe_applied = true;
        co_return failure;
    }
    co_return id;
}

asio::awaitable<result<void>> update_by(shared_pool pool, config_object inspected, label_map labels) {
    auto what = make_request(
        calls::update_config,
        quoted("update config", inspected.name),
        inspected.id,
        "version=" + std::to_string(inspected.version)
    );
    auto body = changed_config(inspected, labels);
    if (!body)
        co_return of_operation(body.error(), std::move(what.operation));
    what.body = std::move(*body);
    what.version = inspected.api_version;
    auto const said = co_await exchange(std::move(pool), std::move(what));
    if (!said)
        co_return said.error();
    co_return result<void>{};
}

asio::awaitable<result<void>> remove_by(shared_pool pool, std::string id) {
    auto what = make_request(calls::remove_config, quoted("remove config", id), id);
    if (!possible_name(id))
        co_return failed(error_kind::not_found, std::move(what.operation), "no config can have that ID");
    auto const said = co_await exchange(std::move(pool), std::move(what));
    if (!said)
        co_return said.error();
    co_return result<void>{};
}

} // namespace

asio::awaitable<result<std::vector<config_object>>> engine_client::list_configs(std::string name_prefix) {
    return list_by(pool_, std::move(name_prefix));
}

asio::awaitable<result<std::string>> engine_client::create_config(std::string name, label_map labels) {
    return create_by(pool_, std::move(name), std::move(labels));
}

asio::awaitable<result<void>> engine_client::update_config(config_object inspected, label_map labels) {
    return update_by(pool_, std::move(inspected), std::move(labels));
}

asio::awaitable<result<void>> engine_client::remove_config(std::string id) {
    return remove_by(pool_, std::move(id));
}

} // namespace autoscaler::swarm
