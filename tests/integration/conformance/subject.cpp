#include "subject.hpp"

#include "running_engine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

namespace autoscaler::tests {

using nlohmann::json;

namespace {

std::string setting(char const* name, std::string otherwise) {
    auto const* const value = std::getenv(name);
    return value == nullptr ? std::move(otherwise) : std::string{value};
}

swarm::model::scenario simulated_scenario() {
    swarm::model::scenario made;
    made.images[subject::missing_image()].missing = true;
    made.commands["/bin/false"].runs_for = std::chrono::milliseconds{20};
    return made;
}

// The socket of the engine under test; starts the simulated one at first use, which lives as long as the
// program.
std::string socket_path() {
    constexpr std::string_view scheme = "unix://";
    auto const host = setting("CONFORMANCE_DOCKER_HOST", "");
    if (host.starts_with(scheme))
        return host.substr(scheme.size());
    static running_engine const simulated{simulated_scenario()};
    return simulated.socket_path();
}

} // namespace

raw_engine const& subject::engine() {
    static raw_engine const made{socket_path()};
    return made;
}

std::string subject::good_image() {
    return setting("CONFORMANCE_IMAGE", "bb:latest");
}

std::string subject::missing_image() {
    auto const good = good_image();
    return good.substr(0, good.rfind(':')) + ":nope";
}

json subject::spec_of(std::string_view purpose, std::uint64_t replicas) {
    auto const name = "conformance-" + std::string{purpose};
    auto const config = [](char const* action) {
        return json{
            {"Parallelism", 1}, {"Monitor", 500'000'000}, {"FailureAction", action}, {"Order", "stop-first"}
        };
    };
    return {
        {"Name", name},
        {"Labels", {{"conformance", "yes"}}},
        {"TaskTemplate",
         {{"ContainerSpec",
           {{"Image", good_image()}, {"Args", {"/bin/sleep", "100000"}}, {"StopGracePeriod", 100'000'000}}},
          {"RestartPolicy", {{"Condition", "any"}, {"Delay", 200'000'000}}},
          {"ForceUpdate", 0}}},
        {"Mode", {{"Replicated", {{"Replicas", replicas}}}}},
        {"UpdateConfig", config("rollback")},
        {"RollbackConfig", config("pause")},
        {"EndpointSpec", {{"Mode", "dnsrr"}}},
    };
}

subject::subject(std::string_view purpose, std::uint64_t replicas) : subject{spec_of(purpose, replicas)} {}

subject::subject(json spec) : name_{spec["Name"].get<std::string>()} {
    create(spec);
    if (spec["Mode"].contains("Replicated"))
        REQUIRE(becomes_running(spec["Mode"]["Replicated"]["Replicas"].get<std::size_t>()));
}

subject::~subject() {
    engine().remove("/services/" + id_);
}

void subject::create(json const& spec) {
    engine().remove("/services/" + name_); // Of an earlier run that was cut short.
    auto const created = engine().post("/services/create", spec.dump());
    INFO(created.message());
    REQUIRE(created.status == 201);
    id_ = created.json()["ID"].get<std::string>();
}

json subject::inspect() const {
    auto const got = engine().get("/services/" + id_);
    INFO(got.message());
    REQUIRE(got.status == 200);
    return got.json();
}

std::string subject::status() const {
    auto const now = inspect();
    return now.contains("UpdateStatus") ? now["UpdateStatus"].value("State", "absent") : "absent";
}

std::string subject::previous_image() const {
    auto const now = inspect();
    if (!now.contains("PreviousSpec"))
        return "absent";
    return now["PreviousSpec"]["TaskTemplate"]["ContainerSpec"]["Image"].get<std::string>();
}

reply subject::post_raw(std::string_view body, std::string_view query) const {
    return engine().post("/services/" + id_ + "/update?" + std::string{query}, body);
}

void subject::change(std::function<void(json&)> const& how) const {
    reply last;
    auto const accepted = becomes([&] {
        auto const now = inspect();
        auto spec = now["Spec"];
        how(spec);
        last = post_raw(spec.dump(), "version=" + now["Version"]["Index"].dump());
        return last.status != 500;
    });
    INFO(last.message());
    REQUIRE(accepted);
    REQUIRE(last.status == 200);
}

void subject::scale(std::uint64_t replicas) const {
    change([&](json& spec) { spec["Mode"]["Replicated"]["Replicas"] = replicas; });
}

void subject::deploy(std::string const& image) const {
    change([&](json& spec) { spec["TaskTemplate"]["ContainerSpec"]["Image"] = image; });
}

json subject::tasks() const {
    auto const filter = percent_encoded(R"({"service":[")" + id_ + R"("]})");
    return engine().get("/tasks?filters=" + filter).json();
}

std::vector<std::string> subject::running(std::string_view image) const {
    std::vector<std::string> found;
    for (auto const& one : tasks())
        if (one["Status"]["State"] == "running" && one["DesiredState"] == "running" &&
            (image.empty() || one["Spec"]["ContainerSpec"]["Image"] == image))
            found.push_back(one["ID"].get<std::string>());
    std::ranges::sort(found);
    return found;
}

bool subject::becomes(std::function<bool()> const& condition) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return true;
}

bool subject::becomes_status(std::string const& state) const {
    return becomes([&] { return status() == state; });
}

bool subject::becomes_running(std::size_t count, std::string_view image) const {
    return becomes([&] {
        return running(image).size() == count &&
               (!image.empty() || inspect()["Spec"]["Mode"]["Replicated"]["Replicas"] == count);
    });
}

} // namespace autoscaler::tests
