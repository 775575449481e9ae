// The engine under test of the conformance suite, and the questions that its cases ask: the simulated engine
// in this process or, with CONFORMANCE_DOCKER_HOST=unix:///path, a real one. CONFORMANCE_IMAGE names an image
// with /bin/sleep and /bin/false that it has (default bb:latest); `<name>:nope` must be missing.
#pragma once

#include "raw_engine.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::tests {

// One service of a case: created at the beginning, removed at the end. Every wait is bounded.
class subject {
public:
    // Waits until all replicas run.
    explicit subject(std::string_view purpose, std::uint64_t replicas = 1);
    explicit subject(nlohmann::json spec);
    ~subject();
    subject(subject const&) = delete;
    subject& operator=(subject const&) = delete;

    static raw_engine const& engine();
    static std::string good_image();
    static std::string missing_image();
    // A Spec whose rollouts are quick: monitor 0.5 s, stop grace 0.1 s, restart delay 0.2 s, rollback on
    // failure.
    static nlohmann::json spec_of(std::string_view purpose, std::uint64_t replicas);

    std::string const& id() const { return id_; }

    std::string const& name() const { return name_; }

    nlohmann::json inspect() const;

    nlohmann::json spec() const { return inspect()["Spec"]; }

    std::uint64_t version() const { return inspect()["Version"]["Index"].get<std::uint64_t>(); }

    // UpdateStatus.State, or "absent".
    std::string status() const;
    // Image of PreviousSpec, or "absent".
    std::string previous_image() const;

    // Posts with the given version, or with the one the service has now.
    reply post(nlohmann::json const& spec) const {
        return post_raw(spec.dump(), "version=" + std::to_string(version()));
    }

    reply post_raw(std::string_view body, std::string_view query) const;
    // Changes the current Spec and posts it, again after a conflict with the orchestrator; requires success.
    void change(std::function<void(nlohmann::json&)> const& how) const;
    void scale(std::uint64_t replicas) const;
    void deploy(std::string const& image) const;

    nlohmann::json tasks() const;
    // IDs of the tasks that are to run and do; of one image only, if named.
    std::vector<std::string> running(std::string_view image = {}) const;

    // Asks again and again until it is so, for at most twenty seconds.
    [[nodiscard]] static bool becomes(std::function<bool()> const& condition);
    [[nodiscard]] bool becomes_status(std::string const& state) const;
    [[nodiscard]] bool becomes_running(std::size_t count, std::string_view image = {}) const;

private:
    void create(nlohmann::json const& spec);

    std::string name_;
    std::string id_;
};

} // namespace autoscaler::tests
