#include "swarm_client/model/scenario.hpp"

namespace autoscaler::swarm::model {

namespace {

scenario_service replicated(std::string name, std::string image) {
    scenario_service made;
    made.spec.name = std::move(name);
    made.spec.replicas = 2;
    made.spec.task.image = std::move(image);
    made.start_delay = std::chrono::seconds{1};
    return made;
}

} // namespace

scenario default_scenario() {
    scenario made;
    made.services.push_back(replicated("hosp_patient", "patient:latest"));
    made.services.back().spec.labels.emplace("com.docker.stack.namespace", "hosp");
    made.services.push_back(replicated("web", "web:latest"));
    made.commands["/bin/false"].runs_for = duration{};
    return made;
}

} // namespace autoscaler::swarm::model
