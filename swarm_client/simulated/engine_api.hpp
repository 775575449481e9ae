// The Engine API subset that a scaling client and the docker CLI use, over the model: request in, answer out,
// time as argument. Speaks like engine 20.10 (API 1.41, minimum 1.12). No sockets; borrows the model and the
// faults.
//
// Beyond the Engine's own paths there is a control endpoint for other processes:
//   POST   /_simulated/faults      {"kind":"conflict","operation":"update_service","times":3,...} adds a
//   fault DELETE /_simulated/faults      forgets those still to come PUT    /_simulated/membership
//   {"membership":"worker"} POST   /_simulated/nodes           {"hostname":"node2","role":"worker"} joins
//   POST   /_simulated/nodes/{id or hostname}/lose, .../recover
// Its members and words are those of a scenario's `faults`, `nodes` and `membership`: see scenario_json.hpp.
#pragma once

#include "swarm_client/model/cluster.hpp"
#include "swarm_client/simulated/faults.hpp"
#include "swarm_client/simulated/target.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm::simulated {

struct request {
    std::string method;
    std::string target;
    std::string body;
};

// What a stream of events is to show.
struct event_stream {
    filters by;
    std::uint64_t after{};                  // Sequence of the last event not to show.
    std::optional<model::time_point> until; // The stream ends then.

    bool shows(model::event const& one) const;
};

struct answer {
    unsigned status{200};
    std::string content_type{"application/json"};
    std::string body;
    std::optional<event_stream> stream; // The body is open-ended.
};

answer error_answer(unsigned status, std::string_view message);

class engine_api {
public:
    engine_api(model::cluster& swarm, faults& injected) : swarm_{swarm}, faults_{injected} {}

    // Which operation a request asks for; `other` for what is not among them.
    static operation classify(request const& asked);

    // Does what the request asks for, at `now`.
    answer handle(request const& asked, model::time_point now);

private:
    answer route(request const& asked, target const& where, model::time_point now);
    answer info() const;
    answer list_services(target const& where) const;
    answer inspect_service(std::string_view name) const;
    answer create_service(request const& asked, model::time_point now);
    answer update_service(request const& asked, target const& where, model::time_point now);
    answer remove_service(std::string_view name, model::time_point now);
    answer list_tasks(target const& where) const;
    answer inspect_task(std::string_view name) const;
    answer list_nodes(target const& where) const;
    answer inspect_node(std::string_view name) const;
    answer list_configs(target const& where) const;
    answer inspect_config(std::string_view name) const;
    answer create_config(request const& asked, model::time_point now);
    answer update_config(request const& asked, target const& where, model::time_point now);
    answer remove_config(std::string_view name, model::time_point now);
    answer open_events(target const& where) const;
    answer control(request const& asked, target const& where, model::time_point now);

    model::cluster& swarm_;
    faults& faults_;
};

} // namespace autoscaler::swarm::simulated
