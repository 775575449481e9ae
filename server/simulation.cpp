#include "server/simulation.hpp"

#include "server/cli/policy_file.hpp"
#include "server/yaml_to_json.hpp"
#include "swarm_client/simulated/scenario_json.hpp"
#include "swarm_client/simulated/simulated_engine.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace autoscaler::server {

namespace {

// Far above any scenario that a person writes.
constexpr std::size_t most_scenario_bytes = std::size_t{1} << 20U;

// The scenario of a file, or of none; `problem` is set where it is no scenario.
swarm::simulated::setup read_setup(std::string const& file, std::string& problem) {
    if (file.empty())
        return {};
    auto const content = cli::read_file(file, most_scenario_bytes);
    if (!content.error.empty()) {
        problem = file + ": " + content.error;
        return {};
    }
    auto document = yaml_to_json(content.text, file);
    if (auto* fault = std::get_if<std::string>(&document)) {
        problem = std::move(*fault);
        return {};
    }
    auto read = swarm::simulated::read_setup(std::get<nlohmann::json>(document));
    if (auto const* errors = std::get_if<swarm::simulated::setup_errors>(&read)) {
        for (auto const& error : *errors)
            problem += (problem.empty() ? "" : "\n") + file + ": error: " + error;
        return {};
    }
    return std::get<swarm::simulated::setup>(std::move(read));
}

} // namespace

simulation::simulation(boost::asio::io_context& io) : io_(io) {}

simulation::~simulation() {
    close();
    std::error_code ignored; // a directory left behind in /tmp harms nobody
    if (!directory_.empty())
        std::filesystem::remove_all(directory_, ignored);
}

std::string simulation::open(std::string const& file) {
    std::string problem;
    auto setup = read_setup(file, problem);
    if (!problem.empty())
        return problem;
    auto pattern = (std::filesystem::temp_directory_path() / "swarm-autoscaler-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        return "cannot make a directory for the simulated Swarm: " + std::generic_category().message(errno);
    directory_ = pattern;
    engine_ = std::make_unique<swarm::simulated::simulated_engine>(
        io_, std::move(setup.scenario), directory_ + "/docker.sock"
    );
    for (auto& fault : setup.faults)
        engine_->injected().add(std::move(fault));
    engine_->injected().set_place(setup.place);
    return engine_->start().value_or("");
}

swarm::endpoint simulation::endpoint() const {
    swarm::endpoint where;
    where.path = directory_ + "/docker.sock";
    return where;
}

void simulation::close() {
    if (engine_)
        engine_->stop();
}

} // namespace autoscaler::server
