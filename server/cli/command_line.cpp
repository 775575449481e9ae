#include "server/cli/command_line.hpp"

#include "policy/yaml/spelling.hpp"
#include "server/cli/docker_flags.hpp"
#include "server/cli/flag_set.hpp"
#include "server/cli/limit_flags.hpp"
#include "server/cli/option_values.hpp"
#include "server/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace autoscaler::server::cli {

namespace {

constexpr std::string_view program = "swarm-autoscaler";

constexpr char const* commands_help =
    R"(Commands, each with its own --help:
  serve                         Run the autoscaler; this is also meant where no command is given
  check POLICY.yml...           Check policy files, also against the Prometheus rules that they wait for
  test TEST.yml...              Run policy tests in virtual time: what a policy would do, without a Swarm
  health                        Ask a running autoscaler whether it is healthy

Flags are written --flag=value or --flag value. Exit status: 0 fine; 1 a check or a test failed; 2 wrong usage, or input
that cannot be read or is invalid. SIGTERM and SIGINT end the autoscaler in order, SIGHUP reloads the policy file.)";

constexpr char const* stack_help =
    "Stack of the services: one that is not found as written is tried as NAME_service "
    "(default: $SWARM_AUTOSCALER_STACK)";
constexpr char const* max_replicas_help = "No policy may ask for more replicas of a service (default: 1000)";

// "/scaler" of "https://example.org/scaler"; "/" where there is none.
std::string path_of(std::string const& url) {
    auto const host = url.find("://") + 3;
    auto const path = url.find('/', host);
    return path == std::string::npos ? "/" : url.substr(path);
}

void add_limits(flag_set& flags) {
    flags.add_value("--docker.stack", "NAME", stack_help);
    flags.add_value("--max-replicas", "N", max_replicas_help);
}

void add_serve_flags(flag_set& flags) {
    flags.add_value("--config.file", "FILE", "Policy file (default: policy.yml)");
    flags.add_value(
        "--web.listen-address", "ADDRESS", "Where to listen, as [HOST]:PORT; may be repeated (default: :9093)"
    );
    flags.add_value(
        "--web.route-prefix", "PATH", "Serve every path below this one, and besides below /alert (default: /)"
    );
    flags.add_value(
        "--web.external-url",
        "URL",
        "Where others reach this autoscaler; its path is the default of --web.route-prefix"
    );
    flags.add_value(
        "--web.cors.origin",
        "ORIGIN",
        "Pages of this origin may read answers and send state-changing requests; may be repeated"
    );
    flags.add_value(
        "--web.config.file",
        "FILE",
        "TLS, users and their rights, in the format of Prometheus' exporters; read again when it or a file "
        "that it names changes (default: none, everybody may do everything)"
    );
    add_docker_flags(flags);
    add_limits(flags);
    flags.add_value(
        "--cluster.peers",
        "ADDRESS",
        "Other autoscalers, as [http[s]://]HOST:PORT: each address of HOST is one, looked up every 30 s. "
        "Alerts "
        "that reach this one are passed on to them; may be repeated (default: none)"
    );
    flags.add_value(
        "--cluster.http-config-file",
        "FILE",
        "TLS and credentials towards the peers, in the format of Prometheus' http_config (default: none)"
    );
    flags.add_switch("--dry-run", "Decide and explain, but never change a service");
    flags.add_value("--log.level", "LEVEL", "debug, info, warn or error (default: info)");
    flags.add_value("--log.format", "FORMAT", "logfmt or json (default: logfmt)");
    flags.add_value(
        "--storage.path",
        "DIR",
        "Where alerts, silences and the memory of services are kept; empty for nowhere (default: data/)"
    );
    add_limit_flags(flags); // --storage.retention first
}

command parse_serve(std::vector<std::string> const& words, environment const& variables) {
    flag_set flags(
        std::string(program),
        "Autoscaling for Docker Swarm: takes alerts where Prometheus expects an Alertmanager, and\nscales "
        "services as a policy file says."
    );
    add_serve_flags(flags);
    flags.set_footer(commands_help);
    if (auto instead = flags.read(words))
        return *std::move(instead);

    serve_options options;
    options.stack = variable(variables, "SWARM_AUTOSCALER_STACK");
    flags.once("--config.file", options.config_file);
    for (auto const& text : flags.all("--web.listen-address"))
        flags.take("--web.listen-address", parse_listen_address(text), options.listen.emplace_back());
    if (options.listen.empty())
        options.listen.push_back({.host = {}, .port = 9093});
    flags.once("--web.route-prefix", parse_route_prefix, options.route_prefix);
    flags.once("--web.external-url", parse_external_url, options.external_url);
    if (!options.external_url.empty() && flags.all("--web.route-prefix").empty())
        options.route_prefix = path_of(options.external_url);
    read_docker_flags(flags, variables, options);
    flags.once("--docker.stack", options.stack);
    flags.once("--max-replicas", parse_max_replicas, options.max_replicas);
    for (auto const& text : flags.all("--web.cors.origin"))
        flags.take("--web.cors.origin", parse_origin(text), options.cors_origins.emplace_back());
    flags.once("--web.config.file", options.web_config_file);
    for (auto const& text : flags.all("--cluster.peers"))
        flags.take("--cluster.peers", parse_peer(text), options.cluster.peers.emplace_back());
    flags.once("--cluster.http-config-file", options.cluster_http_file);
    if (!options.cluster_http_file.empty() && options.cluster.peers.empty())
        flags.refuse("--cluster.http-config-file needs --cluster.peers");
    read_limit_flags(flags, options);
    flags.once("--storage.path", options.storage_path);
    options.dry_run = flags.is_on("--dry-run");
    flags.once("--log.level", parse_log_level, options.log_level);
    flags.once("--log.format", parse_log_format, options.log_format);
    if (auto refused = flags.refusal())
        return *std::move(refused);
    return options;
}

command parse_check(std::vector<std::string> const& words, environment const& variables) {
    flag_set flags(std::string(program) + " check", "Check policy files, and name every fault in them.");
    flags.add_files("POLICY.yml", "Policy files; Prometheus rule files among them count as after --rules");
    flags.add_value(
        "--rules", "RULES.yml", "Prometheus rule file: check the policies against its alerts; may be repeated"
    );
    flags.add_value(
        "--prometheus.url", "URL", "Ask this Prometheus each query of the policies once, and show the answer"
    );
    flags.add_switch("--strict", "Warnings fail, too");
    add_limits(flags);
    if (auto instead = flags.read(words))
        return *std::move(instead);
    check_options options;
    options.files = flags.arguments();
    options.rules = flags.all("--rules");
    flags.once("--prometheus.url", parse_external_url, options.prometheus_url);
    options.strict = flags.is_on("--strict");
    options.stack = variable(variables, "SWARM_AUTOSCALER_STACK");
    flags.once("--docker.stack", options.stack);
    flags.once("--max-replicas", parse_max_replicas, options.max_replicas);
    if (auto refused = flags.refusal())
        return *std::move(refused);
    return options;
}

constexpr char const* test_footer =
    R"(Each test lists alerts, samples and the state of a service over time, and what is expected then. The decisions
are those of the daemon; nothing is contacted. A policy_file is relative to its test file. Each expectation that is
not met is told with test, time, expected and got, and with the stages of its decision; then, of each file and of all,
"N passed, N failed". Exit status: 0 all passed; 1 a test failed; 2 a file cannot be read or is invalid.)";

command parse_test(std::vector<std::string> const& words, environment const& variables) {
    flag_set flags(
        std::string(program) + " test",
        "Run policy tests in virtual time, as `promtool test rules` does for alert rules."
    );
    flags.add_files("TEST.yml", "Policy-test files");
    add_limits(flags);
    flags.set_footer(test_footer);
    if (auto instead = flags.read(words))
        return *std::move(instead);
    test_options options;
    options.files = flags.arguments();
    options.stack = variable(variables, "SWARM_AUTOSCALER_STACK");
    flags.once("--docker.stack", options.stack);
    flags.once("--max-replicas", parse_max_replicas, options.max_replicas);
    if (auto refused = flags.refusal())
        return *std::move(refused);
    return options;
}

command parse_health(std::vector<std::string> const& words, environment const&) {
    flag_set flags(
        std::string(program) + " health",
        "Ask a running autoscaler whether it is healthy: exit status 0, or 1."
    );
    flags.add_value("--url", "URL", "The autoscaler, http or https (default: http://127.0.0.1:9093)");
    flags.add_value(
        "--tls.ca-file", "FILE", "Who has signed its certificate (default: the system's authorities)"
    );
    flags.add_value("--tls.cert-file", "FILE", "Our certificate, where it wants to see one");
    flags.add_value("--tls.key-file", "FILE", "The key of that certificate");
    flags.add_value(
        "--tls.server-name", "NAME", "Whose certificate is expected (default: the host of the URL)"
    );
    flags.add_switch(
        "--tls.insecure-skip-verify", "Take any certificate: enough for a health check of this very machine"
    );
    if (auto instead = flags.read(words))
        return *std::move(instead);
    health_options options{.server = {.host = "127.0.0.1", .port = 9093}, .tls = {}};
    flags.once("--url", parse_http_address, options.server);
    flags.once("--tls.ca-file", options.tls.ca.file);
    flags.once("--tls.cert-file", options.tls.certificate.file);
    flags.once("--tls.key-file", options.tls.key.file);
    flags.once("--tls.server-name", options.tls.server_name);
    options.tls.insecure_skip_verify = flags.is_on("--tls.insecure-skip-verify");
    if (options.tls.certificate.empty() != options.tls.key.empty())
        flags.refuse("--tls.cert-file and --tls.key-file: expected both of them, or none");
    if (!options.server.tls && !(options.tls == policy::tls_config{}))
        flags.refuse("--tls flags need an https:// --url");
    if (auto refused = flags.refusal())
        return *std::move(refused);
    return options;
}

struct known_command {
    std::string_view name;
    command (*parse)(std::vector<std::string> const&, environment const&);
};

constexpr std::array<known_command, 4> commands{{
    {"serve", parse_serve},
    {"check", parse_check},
    {"test", parse_test},
    {"health", parse_health},
}};

usage_error unknown_command(std::string_view word) {
    std::array<std::string_view, commands.size()> names;
    std::ranges::transform(commands, names.begin(), &known_command::name);
    std::string text = "error: unknown command " + text::in_quotes(word);
    if (auto const near = policy::yaml::nearest(word, names))
        text += "; did you mean \"" + std::string(*near) + "\"?";
    else
        text += ": expected serve, check, test or health";
    return {text + "\nSee \"" + std::string(program) + " --help\".\n"};
}

} // namespace

command parse_command_line(int argc, char const* const* argv, environment const& variables) {
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (words.empty() || words.front().starts_with('-'))
        return parse_serve(words, variables);
    for (auto const& each : commands)
        if (each.name == words.front()) {
            words.erase(words.begin());
            return each.parse(words, variables);
        }
    return unknown_command(words.front());
}

} // namespace autoscaler::server::cli
