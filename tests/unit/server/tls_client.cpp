#include "unit/server/tls_client.hpp"

#include "swarm_client/transport/pem.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>

namespace autoscaler::test {

using swarm::transport::bio;
using swarm::transport::freed_by;
using swarm::transport::next_certificate;
using swarm::transport::read_key;
using swarm::transport::reader;
using swarm::transport::x509;

namespace {

int connect_to(std::uint16_t port) {
    int const made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval const limit{20, 0};
    ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(made, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    return made;
}

} // namespace

struct tls_client::state {
    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context{::SSL_CTX_new(::TLS_client_method())};
    std::unique_ptr<SSL, freed_by<SSL_free>> tls;
    int socket = -1;
    bool open = false;
};

tls_client::tls_client(std::uint16_t port, tls_manner const& how) : state_(std::make_unique<state>()) {
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(), and servers under test hang up
    SSL_CTX* const context = state_->context.get();
    ::SSL_CTX_set_security_level(context, 0);
    ::SSL_CTX_set_min_proto_version(context, how.lowest);
    ::SSL_CTX_set_max_proto_version(context, how.highest);
    if (!how.ciphers.empty())
        REQUIRE(::SSL_CTX_set_cipher_list(context, how.ciphers.c_str()) == 1);
    if (!how.ca.empty()) {
        x509 const ca = next_certificate(reader(how.ca));
        ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), ca.get());
        ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (!how.own.certificate.empty()) {
        x509 const own = next_certificate(reader(how.own.certificate));
        auto const [key, encrypted] = read_key(how.own.key);
        REQUIRE_FALSE(encrypted);
        REQUIRE(::SSL_CTX_use_certificate(context, own.get()) == 1);
        REQUIRE(::SSL_CTX_use_PrivateKey(context, key.get()) == 1);
    }
    state_->socket = connect_to(port);
    state_->tls.reset(::SSL_new(context));
    if (!how.protocols.empty())
        ::SSL_set_alpn_protos(
            state_->tls.get(),
            reinterpret_cast<unsigned char const*>(how.protocols.data()),
            static_cast<unsigned>(how.protocols.size())
        );
    ::SSL_set_fd(state_->tls.get(), state_->socket);
    state_->open = ::SSL_connect(state_->tls.get()) == 1;
    ::ERR_clear_error();
}

tls_client::~tls_client() {
    if (state_->open)
        ::SSL_shutdown(state_->tls.get());
    ::ERR_clear_error();
    ::close(state_->socket);
}

bool tls_client::shook_hands() const {
    return state_->open;
}

std::string tls_client::version() const {
    return ::SSL_get_version(state_->tls.get());
}

std::string tls_client::cipher() const {
    return ::SSL_get_cipher_name(state_->tls.get());
}

std::string tls_client::protocol() const {
    unsigned char const* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(state_->tls.get(), &name, &size);
    return {name, name + size};
}

std::string tls_client::certificate() const {
    bio const out(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_X509(out.get(), ::SSL_get0_peer_certificate(state_->tls.get()));
    char* data = nullptr;
    long const size = ::BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool tls_client::renegotiate() {
    ::SSL_renegotiate(state_->tls.get());
    bool const done = ::SSL_do_handshake(state_->tls.get()) == 1;
    ::ERR_clear_error();
    return done;
}

bool tls_client::update_keys() {
    ::SSL_key_update(state_->tls.get(), SSL_KEY_UPDATE_REQUESTED);
    return ::SSL_do_handshake(state_->tls.get()) == 1;
}

bool tls_client::send(std::string_view bytes) {
    if (!state_->open)
        return false;
    bool const sent = ::SSL_write(state_->tls.get(), bytes.data(), static_cast<int>(bytes.size())) ==
                      static_cast<int>(bytes.size());
    ::ERR_clear_error();
    return sent;
}

std::string tls_client::read(std::string_view enough) {
    std::string all;
    char part[16384];
    while (enough.empty() || all.find(enough) == std::string::npos) {
        int const got = ::SSL_read(state_->tls.get(), part, sizeof part);
        if (got <= 0)
            break;
        all.append(part, static_cast<std::size_t>(got));
    }
    ::ERR_clear_error();
    return all;
}

std::string ask_tls(std::uint16_t port, std::string_view bytes, tls_manner const& how) {
    tls_client client(port, how);
    client.send(bytes);
    return client.read();
}

} // namespace autoscaler::test
