// All that this client ever asks of an engine: each request is made from a row of this table, so a socket
// proxy that lets these through, and nothing else, is enough for an autoscaler.
#pragma once

#include <array>
#include <string_view>

namespace autoscaler::swarm {

struct engine_call {
    std::string_view method;  // of HTTP
    std::string_view pattern; // the path behind "/v{version}"; {id} stands for one segment of it
    std::string_view why;
};

namespace calls {

// The one path that is asked for without a version in front of it.
inline constexpr engine_call ping{"GET", "/_ping", "which API version the engine speaks"};

inline constexpr engine_call list_services{
    "GET", "/services", "whether a manager answers, and which services there are"
};
inline constexpr engine_call inspect_service{"GET", "/services/{id}", "replicas, labels, state of an update"};
inline constexpr engine_call update_service{
    "POST", "/services/{id}/update", "scaling, the label that keeps the state, a wanted restart"
};
inline constexpr engine_call list_tasks{
    "GET", "/tasks", "how many tasks of a service run, and what is wrong"
};
inline constexpr engine_call follow_events{"GET", "/events", "what changes in services, nodes and configs"};
inline constexpr engine_call list_configs{"GET", "/configs", "silences and pauses of all autoscalers"};
inline constexpr engine_call create_config{"POST", "/configs/create", "a new silence or pause"};
inline constexpr engine_call update_config{"POST", "/configs/{id}/update", "a changed silence or pause"};
inline constexpr engine_call remove_config{"DELETE", "/configs/{id}", "a silence or pause that is long over"};

inline constexpr std::array all{
    ping,
    list_services,
    inspect_service,
    update_service,
    list_tasks,
    follow_events,
    list_configs,
    create_config,
    update_config,
    remove_config,
};

} // namespace calls

} // namespace autoscaler::swarm
