// The Spec of a service between JSON and the model's value: reads what a client posts as the engine would,
// and writes it back with the defaults that the engine adds. What the model has no field for travels as text.
#pragma once

#include "swarm_client/model/spec.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>

namespace autoscaler::swarm::simulated {

// An answer that is not 200: HTTP status and the text of `message`.
struct api_error {
    unsigned status{};
    std::string message;
};

// Refuses what an engine refuses before it looks at the service, with its words.
std::variant<model::service_spec, api_error> read_spec(nlohmann::json const& posted);

// read_spec(write_spec(s)) is s again once s came from read_spec.
nlohmann::json write_spec(model::service_spec const& spec);

// The Spec of a task: the template without Runtime, as the engine shows it.
nlohmann::json write_task_spec(model::task_spec const& spec);

} // namespace autoscaler::swarm::simulated
