#include "swarm_client/error.hpp"

#include <utility>

namespace autoscaler::swarm {

std::string_view to_string(error_kind kind) {
    switch (kind) {
    case error_kind::unreachable:
        return "unreachable";
    case error_kind::permission:
        return "permission";
    case error_kind::authentication:
        return "authentication";
    case error_kind::tls_mismatch:
        return "tls_mismatch";
    case error_kind::timeout:
        return "timeout";
    case error_kind::connection_lost:
        return "connection_lost";
    case error_kind::not_in_swarm:
        return "not_in_swarm";
    case error_kind::not_a_manager:
        return "not_a_manager";
    case error_kind::locked:
        return "locked";
    case error_kind::no_leader:
        return "no_leader";
    case error_kind::conflict:
        return "conflict";
    case error_kind::not_found:
        return "not_found";
    case error_kind::name_taken:
        return "name_taken";
    case error_kind::bad_version:
        return "bad_version";
    case error_kind::rejected:
        return "rejected";
    case error_kind::engine_failure:
        return "engine_failure";
    case error_kind::protocol:
        return "protocol";
    case error_kind::refused:
        return "refused";
    case error_kind::cancelled:
        return "cancelled";
    }
    return "unknown";
}

namespace {

std::string_view advice(error_kind kind) {
    switch (kind) {
    case error_kind::unreachable:
        return "the engine cannot be reached; check that dockerd runs, and that it listens there or its "
               "socket is mounted here";
    case error_kind::permission:
        return "no permission to use the engine's socket; run as root or join the socket's group";
    case error_kind::authentication:
        return "the engine and we do not know each other; check the files of --docker.tlscacert, "
               "--docker.tlscert "
               "and --docker.tlskey, or those in $DOCKER_CERT_PATH";
    case error_kind::tls_mismatch:
        return "one side speaks TLS and the other does not; for an engine behind TLS set $DOCKER_TLS_VERIFY "
               "or "
               "--docker.tlsverify, for one without TLS neither";
    case error_kind::timeout:
        return "no answer in time; the managers may be electing a leader";
    case error_kind::connection_lost:
        return "the connection broke before the answer was complete";
    case error_kind::not_in_swarm:
        return "the engine is not in swarm mode; run \"docker swarm init\" or \"docker swarm join\" there";
    case error_kind::not_a_manager:
        return "the engine is a swarm worker; name a manager with --docker.host, or promote the node";
    case error_kind::locked:
        return "the swarm is locked; run \"docker swarm unlock\" on that manager";
    case error_kind::no_leader:
        return "the swarm has no leader; bring more than half of the managers back online";
    case error_kind::conflict:
        return "somebody else changed it meanwhile; it has to be read again";
    case error_kind::not_found:
        return "the swarm has none of that name or ID";
    case error_kind::name_taken:
        return "the swarm has one of that name already";
    case error_kind::bad_version:
        return "the API version does not fit the engine; it has to be read again";
    case error_kind::rejected:
        return "the engine refused the request";
    case error_kind::engine_failure:
        return "the engine failed";
    case error_kind::protocol:
        return "this is not how a docker engine answers; check the address in --docker.host";
    case error_kind::refused:
        return "not sent";
    case error_kind::cancelled:
        return "cancelled";
    }
    return "unknown failure";
}

} // namespace

error failed(error_kind kind, std::string operation, std::string message) {
    error failure;
    failure.kind = kind;
    failure.operation = std::move(operation);
    failure.message = std::move(message);
    return failure;
}

std::string describe(error const& failure) {
    std::string text = failure.operation;
    if (!failure.endpoint.empty())
        text += (text.empty() ? "" : " at ") + failure.endpoint;
    if (!text.empty())
        text += ": ";
    text += advice(failure.kind);
    if (failure.maybe_applied && failure.kind != error_kind::conflict) // its advice says so already
        text += "; the write may have been applied all the same";
    if (!failure.message.empty())
        text += ": " + failure.message;
    if (failure.http_status != 0)
        text += " (HTTP " + std::to_string(failure.http_status) + ")";
    return text;
}

} // namespace autoscaler::swarm
