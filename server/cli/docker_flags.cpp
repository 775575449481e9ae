#include "server/cli/docker_flags.hpp"

#include "server/cli/flag_set.hpp"
#include "server/text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace autoscaler::server::cli {

namespace {

constexpr std::string_view default_host = "unix:///var/run/docker.sock";

reading<docker_host> parse_docker_host(std::string_view text) {
    constexpr std::string_view simulated = "simulated:";
    if (text.starts_with(simulated))
        return docker_host(simulated_swarm{.file = std::string(text.substr(simulated.size()))});
    if (text == "simulated")
        return value_fault{
            "bad value " + text::in_quotes(text) +
            ": expected a colon, as in simulated: or simulated:FILE.yml"
        };
    auto const parsed = swarm::parse_endpoint(text);
    if (!parsed)
        return value_fault{parsed.error() + ", or simulated:"};
    return docker_host(*parsed);
}

// What TLS to all tcp:// hosts is made of; nothing where it is not asked for.
reading<std::optional<swarm::tls_files>>
tls_files_of(docker_flags const& flags, environment const& variables) {
    using outcome = std::optional<swarm::tls_files>;
    bool const verify = flags.tls_verify || !variable(variables, "DOCKER_TLS_VERIFY").empty();
    if (!verify && !flags.tls_ca.empty())
        return value_fault{"--docker.tlscacert is for --docker.tlsverify: expected that, too"};
    if (!verify && variable(variables, "DOCKER_TLS").empty()) {
        if (!flags.tls_certificate.empty() || !flags.tls_key.empty())
            return value_fault{
                "--docker.tlscert and --docker.tlskey are for TLS: expected --docker.tlsverify, too"
            };
        return outcome{};
    }
    if (flags.tls_certificate.empty() != flags.tls_key.empty())
        return value_fault{"--docker.tlscert and --docker.tlskey belong together: expected both or none"};

    auto folder = variable(variables, "DOCKER_CERT_PATH");
    if (folder.empty())
        folder = variable(variables, "HOME") + "/.docker";
    swarm::tls_files files;
    if (verify)
        files.ca = flags.tls_ca.empty() ? folder + "/ca.pem" : flags.tls_ca;
    files.own_is_optional = flags.tls_certificate.empty();
    files.certificate = files.own_is_optional ? folder + "/cert.pem" : flags.tls_certificate;
    files.key = files.own_is_optional ? folder + "/key.pem" : flags.tls_key;
    return outcome{std::move(files)};
}

std::vector<std::string> host_texts(docker_flags const& flags, environment const& variables) {
    if (!flags.hosts.empty())
        return flags.hosts;
    auto text = variable(variables, "DOCKER_HOST");
    return {text.empty() ? std::string(default_host) : std::move(text)};
}

} // namespace

reading<std::vector<docker_host>>
parse_docker_hosts(docker_flags const& flags, environment const& variables) {
    auto tls = tls_files_of(flags, variables);
    if (auto const* fault = std::get_if<value_fault>(&tls))
        return *fault;
    std::vector<docker_host> hosts;
    for (auto const& text : host_texts(flags, variables)) {
        auto one = parse_docker_host(text);
        if (auto const* fault = std::get_if<value_fault>(&one))
            return value_fault{(flags.hosts.empty() ? "$DOCKER_HOST: " : "") + fault->text};
        auto& host = hosts.emplace_back(std::get<docker_host>(std::move(one)));
        if (auto* const real = std::get_if<swarm::endpoint>(&host);
            real != nullptr && real->via == swarm::endpoint::kind::tcp)
            real->tls = std::get<std::optional<swarm::tls_files>>(tls);
    }
    auto const simulated = [](docker_host const& host) {
        return std::holds_alternative<simulated_swarm>(host);
    };
    if (hosts.size() > 1 && std::ranges::any_of(hosts, simulated))
        return value_fault{
            "a simulated swarm cannot stand beside another docker host: expected one --docker.host"
        };
    return hosts;
}

void add_docker_flags(flag_set& flags) {
    flags.add_value(
        "--docker.host",
        "HOST",
        "Docker Engine of a Swarm manager: unix:///path, tcp://host:port, or simulated:[FILE.yml] for the "
        "embedded Swarm; may be repeated, tried in order (default: $DOCKER_HOST, else "
        "unix:///var/run/docker.sock)"
    );
    flags.add_switch(
        "--docker.tlsverify",
        "TLS to every tcp:// host, and its certificate is checked (default: where $DOCKER_TLS_VERIFY is set; "
        "$DOCKER_TLS is TLS unchecked)"
    );
    flags.add_value(
        "--docker.tlscacert",
        "FILE",
        "Who may have signed the engine's certificate (default: ca.pem in $DOCKER_CERT_PATH, else in "
        "~/.docker)"
    );
    flags.add_value(
        "--docker.tlscert", "FILE", "Our certificate for the engine (default: cert.pem there, if it exists)"
    );
    flags.add_value(
        "--docker.tlskey",
        "FILE",
        "The key of --docker.tlscert (default: key.pem there). All three are read anew for each connection"
    );
}

void read_docker_flags(flag_set& flags, environment const& variables, serve_options& options) {
    docker_flags given;
    given.hosts = flags.all("--docker.host");
    given.tls_verify = flags.is_on("--docker.tlsverify");
    flags.once("--docker.tlscacert", given.tls_ca);
    flags.once("--docker.tlscert", given.tls_certificate);
    flags.once("--docker.tlskey", given.tls_key);
    flags.take("--docker.host", parse_docker_hosts(given, variables), options.docker_hosts);
}

} // namespace autoscaler::server::cli
