#include "golden/replay.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace autoscaler::test {

namespace {

// 2026-11-20T07:13:06Z: the recorded bodies hold times around this one.
policy::time_point recording_time() {
    return policy::time_point(std::chrono::seconds(1795158786));
}

} // namespace

std::string golden_file(std::string const& name) {
    std::ifstream file(AUTOSCALER_SOURCE_DIR "/tests/golden/" + name, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read tests/golden/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::set<std::string> difference_names() {
    std::set<std::string> names;
    std::istringstream lines(golden_file("differences.md"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("## ") && line.size() > 3 && line[3] >= 'a' && line[3] <= 'z')
            names.insert(line.substr(3));
    return names;
}

replay_server::replay_server()
    : alerts_(sink, recording_time), webhook_(sink, alerts_, recording_time), server_(routes(), {}) {}

server::http::router replay_server::routes() {
    server::http::router made("/");
    alerts_.add_to(made);
    webhook_.add_to(made);
    return made;
}

} // namespace autoscaler::test
