#include "golden/replay.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace autoscaler::test {

namespace {

server::alertmanager::identity replayed() {
    server::alertmanager::identity self;
    self.version = "0.25.0";
    self.name = "replay";
    self.address = "127.0.0.1:9093";
    self.started = recording_time();
    return self;
}

void append_shape(std::string& out, nlohmann::ordered_json const& value) {
    out += value.type_name();
    if (!value.is_structured())
        return;
    out += '{';
    for (auto const& [key, each] : value.items()) {
        out += key + ":";
        append_shape(out, each);
        out += ' ';
    }
    out += '}';
}

} // namespace

std::string shape_of(std::string const& json) {
    std::string out;
    append_shape(out, nlohmann::ordered_json::parse(json));
    return out;
}

policy::time_point recording_time() {
    return policy::time_point(std::chrono::seconds(1795158786));
}

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

std::string without_times(std::string_view body) {
    static std::regex const recorded(R"re("2026-11-20T07:\d\d:\d\d\.\d\d\dZ")re");
    return std::regex_replace(std::string(body), recorded, "\"TIME\"");
}

void id_book::learn(std::string_view recorded, std::string_view ours) {
    constexpr std::string_view before = R"({"silenceID":")";
    constexpr std::size_t length = 36; // of a UUID
    if (recorded.starts_with(before) && ours.starts_with(before))
        ours_[std::string(recorded.substr(before.size(), length))] = ours.substr(before.size(), length);
}

std::string id_book::translated(std::string text) const {
    for (auto const& [recorded, ours] : ours_)
        for (std::size_t at = text.find(recorded); at != std::string::npos; at = text.find(recorded, at))
            text.replace(at, recorded.size(), ours);
    return text;
}

server::alertmanager::routing one_receiver(std::string name) {
    return {{{}, std::move(name), {}}, {}};
}

replay_server::replay_server(server::alertmanager::routing routes, policy::time_point now)
    : clock(now)
    , holds_(std::move(routes), clock)
    , both_(sink, holds_)
    , alerts_(both_, [this] { return clock.now(); })
    , reads_(holds_, replayed(), [this] { return clock.now(); })
    , silences_(holds_, {}, [this] { return clock.now(); })
    , webhook_(both_, alerts_, [this] { return clock.now(); })
    , server_(this->routes(), {}) {}

server::alert_receipt replay_server::fork::on_alerts(server::alert_delivery const& delivery) {
    first_.on_alerts(delivery);
    return second_.on_alerts(delivery);
}

server::http::router replay_server::routes() {
    server::http::router made("/");
    alerts_.add_to(made);
    reads_.add_to(made);
    silences_.add_to(made);
    webhook_.add_to(made);
    return made;
}

} // namespace autoscaler::test
