#include "server/cli/ask_prometheus.hpp"
#include "server/cli/check.hpp"
#include "server/cli/command_line.hpp"
#include "server/cli/health.hpp"
#include "server/cli/test.hpp"
#include "server/daemon.hpp"

#include <iostream>

namespace {

using namespace autoscaler::server;

int run(cli::serve_options const& options) {
    return serve(options);
}

int run(cli::check_options const& options) {
    return cli::run_check(options, cli::ask_prometheus, std::cout, std::cerr);
}

int run(cli::test_options const& options) {
    return cli::run_test(options, std::cout, std::cerr);
}

int run(cli::health_options const& options) {
    return cli::run_health(options, std::cerr);
}

int run(cli::show_text const& shown) {
    std::cout << shown.text;
    return 0;
}

int run(cli::usage_error const& error) {
    std::cerr << error.text;
    return cli::exit_usage;
}

} // namespace

int main(int argc, char** argv) {
    auto const command = cli::parse_command_line(argc, argv, cli::read_environment());
    return std::visit([](auto const& what) { return run(what); }, command);
}
