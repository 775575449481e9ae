// The command line: words in, options or a refusal out. Reads no file, opens nothing, ends no process.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/alertmanager/alert_limits.hpp"
#include "server/cli/listen_address.hpp"
#include "server/http/limits.hpp"
#include "server/log/line.hpp"
#include "server/relay/options.hpp"
#include "server/shared/silence_rules.hpp"
#include "swarm_client/endpoint.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace autoscaler::server::cli {

// Environment variables by name. A variable that is set but empty counts as not set, as the docker command
// line has it.
using environment = std::map<std::string, std::string, std::less<>>;

// What this process was given of the variables that we read.
environment read_environment();

// --docker.host=simulated:[FILE].
struct simulated_swarm {
    std::string file; // "" = the built-in services

    friend bool operator==(simulated_swarm const&, simulated_swarm const&) = default;
};

using docker_host = std::variant<swarm::endpoint, simulated_swarm>;

struct serve_options {
    std::string config_file = "policy.yml";
    std::vector<listen_address> listen;    // at least one
    std::string route_prefix = "/";        // begins with '/' and ends without one, but for "/" itself
    std::string external_url;              // "" = not given; http or https, ends without '/'
    std::vector<docker_host> docker_hosts; // at least one: tried in order; a simulated one stands alone
    std::string stack;                     // "" = none
    std::int64_t max_replicas = 1000;
    std::vector<std::string> cors_origins; // pages from there may send state-changing requests
    std::string web_config_file;           // "" = none: plain HTTP, everybody may do everything
    http::limits web;
    alertmanager::alert_limits alerts;
    std::size_t alert_memory = std::size_t{256} << 20U; // bytes of all alerts that are remembered
    shared::silence_limits silences;
    relay::options cluster;             // its peers and limits
    std::string cluster_http_file;      // "" = none
    std::string storage_path = "data/"; // "" = nothing is stored here
    std::chrono::milliseconds storage_retention = std::chrono::hours(120);
    bool dry_run = false;
    log::level log_level = log::level::info;
    log::format log_format = log::format::logfmt;
};

struct check_options {
    std::vector<std::string> files; // at least one
    std::vector<std::string> rules; // Prometheus rule files
    std::string prometheus_url;     // "" = nobody is asked
    bool strict = false;            // warnings fail
    std::string stack;
    std::int64_t max_replicas = 1000;
};

struct test_options {
    std::vector<std::string> files; // at least one
    std::string stack;
    std::int64_t max_replicas = 1000;
};

struct health_options {
    http_address server; // whose /-/healthy is asked
    policy::tls_config tls;
};

// Print it on stdout and end with 0.
struct show_text {
    std::string text;
};

// Print it on stderr and end with exit_usage.
struct usage_error {
    std::string text; // one fault per line, and where help is
};

inline constexpr int exit_failed = 1; // a check or a test failed
inline constexpr int exit_usage = 2;  // wrong usage, or input that cannot be read or is invalid

using command =
    std::variant<serve_options, check_options, test_options, health_options, show_text, usage_error>;

// `argv` as main() gets it. Without a command's name, the command is serve.
command parse_command_line(int argc, char const* const* argv, environment const& variables);

} // namespace autoscaler::server::cli
