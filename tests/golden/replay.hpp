// What the replays share: the recorded files, and the server that they are played against.
#pragma once

#include "server/alertmanager/read_api.hpp"
#include "server/alertmanager/silence_api.hpp"
#include "server/webhook/receiver.hpp"
#include "support/memory_backend.hpp"
#include "unit/server/http_support.hpp"

#include <map>
#include <set>

namespace autoscaler::test {

// The text of a file in tests/golden.
std::string golden_file(std::string const& name);

// The names that differences.md defines.
std::set<std::string> difference_names();

// Recorded text whose times and ids are those of another day: times within the recording become one word, as
// they depend on the millisecond.
std::string without_times(std::string_view body);

// The keys of a JSON text in their order, with the types of their values.
std::string shape_of(std::string const& json);

// 2026-11-20T07:13:06Z: the recorded bodies hold times around this one.
policy::time_point recording_time();

// Which of our silences is which of the recorded ones.
class id_book {
public:
    // Of two answers to POST /silences.
    void learn(std::string_view recorded, std::string_view ours);
    // A recorded text with our ids.
    std::string translated(std::string text) const;

private:
    std::map<std::string, std::string> ours_;
};

// The one receiver of Alertmanager's shortest configuration.
server::alertmanager::routing one_receiver(std::string name);

// The HTTP rooms as the daemon puts them together, at the time of the recording. Alerts that come are held,
// and told to `sink` besides.
class replay_server {
public:
    explicit replay_server(
        server::alertmanager::routing routes = one_receiver("default"),
        policy::time_point now = recording_time()
    );

    std::uint16_t port() const { return server_.port(); }

    test_clock clock;
    recording_sink sink;

private:
    // Delivers to both.
    class fork final : public server::alert_sink {
    public:
        fork(recording_sink& first, memory_backend& second) : first_(first), second_(second) {}

        server::alert_receipt on_alerts(server::alert_delivery const& delivery) override;

    private:
        recording_sink& first_;
        memory_backend& second_;
    };

    server::http::router routes();

    memory_backend holds_;
    fork both_;
    server::alertmanager::api alerts_;
    server::alertmanager::read_api reads_;
    server::alertmanager::silence_api silences_;
    server::webhook::receiver webhook_;
    running_server server_;
};

} // namespace autoscaler::test
