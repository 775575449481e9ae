// The flags and variables that say which engines are asked, and how: --docker.host, --docker.tls*. As the
// docker command line has them. Internal to this room.
#pragma once

#include "server/cli/command_line.hpp"
#include "server/cli/reading.hpp"

#include <string>
#include <vector>

namespace autoscaler::server::cli {

class flag_set;

struct docker_flags {
    std::vector<std::string> hosts;
    bool tls_verify = false;
    std::string tls_ca;
    std::string tls_certificate;
    std::string tls_key;
};

// Without a host among the flags it is $DOCKER_HOST, else the socket of this machine. TLS, for every tcp://
// host, is switched on by --docker.tlsverify, by any $DOCKER_TLS_VERIFY and, without verification, by any
// $DOCKER_TLS. The files are those of the flags, else ca.pem, cert.pem and key.pem in $DOCKER_CERT_PATH, else
// in $HOME/.docker; without cert.pem and key.pem there we come without a certificate.
reading<std::vector<docker_host>> parse_docker_hosts(docker_flags const& flags, environment const& variables);

void add_docker_flags(flag_set& flags);
void read_docker_flags(flag_set& flags, environment const& variables, serve_options& options);

} // namespace autoscaler::server::cli
