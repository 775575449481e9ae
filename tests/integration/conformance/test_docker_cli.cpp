// The real docker CLI at the simulated engine, where it is installed.
#include "running_engine.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace autoscaler::tests {

namespace {

// What the CLI printed, both streams together, with its exit status.
struct outcome {
    int status{};
    std::string text;
};

outcome docker(running_engine const& engine, std::string const& arguments) {
    auto const line = "timeout 60 docker -H unix://" + engine.socket_path() + " " + arguments + " 2>&1";
    outcome got;
    // NOLINTNEXTLINE(cert-env33-c): the CLI is what is tested, and the words are ours.
    auto* const output = ::popen(line.c_str(), "r");
    REQUIRE(output != nullptr);
    std::array<char, 4096> part{};
    for (auto count = std::fread(part.data(), 1, part.size(), output); count > 0;
         count = std::fread(part.data(), 1, part.size(), output))
        got.text.append(part.data(), count);
    got.status = ::pclose(output);
    return got;
}

// The default scenario, with tasks that start at once and a short time of proof for each update.
swarm::model::scenario quick() {
    auto made = swarm::model::default_scenario();
    for (auto& one : made.services) {
        one.start_delay = std::chrono::milliseconds{50};
        one.spec.update.emplace();
        one.spec.update->parallelism = 0;
        one.spec.update->monitor = std::chrono::milliseconds{300};
        one.spec.rollback = one.spec.update;
    }
    return made;
}

} // namespace

TEST_CASE("the docker CLI lists, scales, updates and rolls back, waiting until it is done", "[docker]") {
    // NOLINTNEXTLINE(cert-env33-c): a fixed command.
    REQUIRE(std::system("command -v docker >/dev/null 2>&1") == 0);
    running_engine const engine{quick()};
    auto const says = [&](std::string const& arguments, std::string const& text) {
        auto const got = docker(engine, arguments);
        INFO(arguments);
        CHECK(got.status == 0);
        CHECK_THAT(got.text, Catch::Contains(text));
    };
    says("version --format '{{.Server.APIVersion}}'", "1.41");
    says("node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'", "node1 Ready Leader");
    says("service ls --format '{{.Name}} {{.Replicas}}'", "hosp_patient 2/2");
    says("service scale web=3", "Service web converged");
    says("service ls --filter name=web --format '{{.Name}} {{.Replicas}}'", "web 3/3");
    says("service update --image web:2 --detach=false web", "Service web converged");
    says(
        "service ps web --filter desired-state=running --format '{{.Name}} {{.Image}} {{.CurrentState}}'",
        "web.3 web:2 Running"
    );
    says("service inspect web --format '{{.UpdateStatus.State}}'", "completed");
    says("service rollback --detach=false web", "Service web converged");
    says("service inspect web --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}'", "web:latest");
    says("service create --detach --no-resolve-image --name more busybox", "");
    says("service rm more", "more");
    auto const unknown = docker(engine, "service scale --detach more=2");
    CHECK_THAT(unknown.text, Catch::Contains("service more not found"));
}

} // namespace autoscaler::tests
