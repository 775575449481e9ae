// A client of a TLS server on loopback that says exactly what a test wants. Blocking; each wait ends after 20
// s.
#pragma once

#include "support/scripted_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace autoscaler::test {

struct tls_manner {
    std::string ca{};        // PEM; "" = any certificate will do
    identity own{};          // what it shows where it is asked
    std::string protocols{}; // ALPN in wire format
    int lowest = 0;          // as OpenSSL numbers versions; 0 = any
    int highest = 0;
    std::string ciphers{}; // of TLS 1.2
};

class tls_client {
public:
    tls_client(std::uint16_t port, tls_manner const& how);
    ~tls_client();
    tls_client(tls_client const&) = delete;
    tls_client& operator=(tls_client const&) = delete;

    bool shook_hands() const;
    std::string version() const;
    std::string cipher() const;
    std::string protocol() const;    // that was agreed on
    std::string certificate() const; // PEM of the server's

    // Asks to begin anew in the middle; false where the server does not.
    bool renegotiate();
    bool update_keys();

    bool send(std::string_view bytes);
    // Until the server ends, or `enough` is in it.
    std::string read(std::string_view enough = {});

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Sends and reads until the server closes: `bytes` should ask for that.
std::string ask_tls(std::uint16_t port, std::string_view bytes, tls_manner const& how);

} // namespace autoscaler::test
