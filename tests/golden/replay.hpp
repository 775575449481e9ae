// What the replays share: the recorded files, and the server that they are played against.
#pragma once

#include "server/alertmanager/api.hpp"
#include "server/webhook/receiver.hpp"
#include "unit/server/http_support.hpp"

#include <set>

namespace autoscaler::test {

// The text of a file in tests/golden.
std::string golden_file(std::string const& name);

// The names that differences.md defines.
std::set<std::string> difference_names();

// The HTTP rooms as the daemon puts them together, at the time of the recording.
class replay_server {
public:
    replay_server();

    std::uint16_t port() const { return server_.port(); }

    recording_sink sink;

private:
    server::http::router routes();

    server::alertmanager::api alerts_;
    server::webhook::receiver webhook_;
    running_server server_;
};

} // namespace autoscaler::test
