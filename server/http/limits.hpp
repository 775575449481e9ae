// What one client may take from the server: bytes, time, connections. Plain values; the defaults are
// documented here.
#pragma once

#include <chrono>
#include <cstddef>

namespace autoscaler::server::http {

// Bytes that one connection may hold whatever the others hold: a head and a common batch of alerts.
inline constexpr std::size_t buffered_free = std::size_t{16} << 10U;

struct limits {
    // A longer request head is answered 431. Go's default (net/http DefaultMaxHeaderBytes), so
    // Alertmanager's.
    std::size_t head = std::size_t{1} << 20U;
    // A head with more fields than this is answered 431: each costs us a table entry, however short it is.
    std::size_t fields = 1000;
    // A longer body is answered 413. 10,000 alerts of common size take 7 MiB.
    std::size_t body = std::size_t{64} << 20U;
    // From accept, or from the first byte of a later request, to the end of the head; then 408 and close.
    std::chrono::milliseconds time_to_head = std::chrono::seconds(10);
    // From the end of the head to the end of the body; then 408 and close.
    std::chrono::milliseconds time_to_body = std::chrono::seconds(30);
    // How long a client may take to read an answer; then close.
    std::chrono::milliseconds time_to_answer = std::chrono::seconds(30);
    // Between two requests. Prometheus keeps its connection for 5 minutes and loses a batch that meets a
    // closing one, so this must be longer.
    std::chrono::milliseconds idle = std::chrono::minutes(6);
    // After a refusal, how long the rest of the request is still read and thrown away, so that the client
    // gets to read the answer instead of a reset.
    std::chrono::milliseconds linger = std::chrono::seconds(2);
    // What all connections together may hold of requests that are not whole and answers that are not read
    // yet. Above it a request that needs more is answered 503, and a client that does not read is cut off;
    // each connection has buffered_free besides.
    std::size_t buffered = std::size_t{256} << 20U;
    // A connection above this number is answered 503 and closed.
    std::size_t connections = 4096;
};

} // namespace autoscaler::server::http
