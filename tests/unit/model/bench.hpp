// A modelled Swarm with a hand on its clock, and the short questions that the tests ask of it.
#pragma once

#include "support/catch.hpp"
#include "swarm_client/model/cluster.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace autoscaler::swarm::model {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr time_point start{seconds{1'800'000'000}};

// A replicated service of a good image that rolls back on failure, one task at a time.
inline service_spec good_spec(std::string name = "web", std::uint64_t replicas = 3) {
    service_spec made;
    made.name = std::move(name);
    made.replicas = replicas;
    made.task.image = "app:good";
    made.task.args = {"/bin/sleep", "100000"};
    made.task.stop_grace = seconds{1};
    made.task.restart = restart_policy{restart_condition::any, seconds{1}, {}, {}};
    made.update = update_config{};
    made.update->monitor = seconds{2};
    made.update->on_failure = failure_action::rollback;
    return made;
}

// "app:bad" does not exist; the command "/bin/false" runs for half a second and fails.
inline scenario setting_with(std::vector<service_spec> specs) {
    scenario made;
    for (auto& one : specs)
        made.services.push_back({std::move(one), {}});
    made.images["app:bad"].missing = true;
    made.commands["/bin/false"].runs_for = milliseconds{500};
    return made;
}

class bench {
public:
    explicit bench(scenario setting = setting_with({good_spec()})) : swarm(std::move(setting), start) {}

    explicit bench(service_spec spec) : bench(setting_with({std::move(spec)})) {}

    void pass(duration how_long) {
        now += how_long;
        swarm.advance(now);
    }

    // Passes time from event to event until `reached`, for at most five minutes; says whether it was.
    template<class Condition>
    bool pass_until(Condition reached) {
        auto const latest = now + minutes{5};
        while (!reached()) {
            auto const due = swarm.next_due();
            if (!due || *due > latest)
                return false;
            now = std::max(now, *due);
            swarm.advance(now);
        }
        return true;
    }

    bool pass_until_state(update_state state) {
        return pass_until([&] { return status() == to_string(state); });
    }

    service const& get(std::string_view name = "web") const {
        auto const* const found = swarm.find_service_named(name);
        REQUIRE(found != nullptr);
        return *found;
    }

    // The word of UpdateStatus.State, or "absent".
    std::string status(std::string_view name = "web") const {
        auto const& found = get(name);
        return found.status ? std::string{to_string(found.status->state)} : "absent";
    }

    std::optional<refusal> post(service_spec spec) {
        auto const& stored = get(spec.name);
        return swarm.update_service(std::string{stored.id}, stored.version, std::move(spec), now);
    }

    // What a scaling client does: the stored Spec with another replica count.
    std::optional<refusal> scale(std::uint64_t replicas, std::string_view name = "web") {
        auto spec = get(name).spec;
        spec.replicas = replicas;
        return post(std::move(spec));
    }

    std::optional<refusal> deploy(std::string image, std::string_view name = "web") {
        auto spec = get(name).spec;
        spec.task.image = std::move(image);
        return post(std::move(spec));
    }

    std::optional<refusal> roll_back(std::string_view name = "web") {
        auto const& stored = get(name);
        return swarm.rollback_service(std::string{stored.id}, stored.version, service_spec{stored.spec}, now);
    }

    // Tasks that run and are to run; of one image only, if named.
    std::size_t running(std::string_view image = {}, std::string_view name = "web") const {
        auto const tasks = swarm.tasks_of(get(name));
        return static_cast<std::size_t>(std::ranges::count_if(tasks, [&](task const* one) {
            return one->state == task_state::running && one->desired == task_state::running &&
                   (image.empty() || one->spec->image == image);
        }));
    }

    // IDs of the tasks that are to run, sorted.
    std::vector<std::string> ids(std::string_view name = "web") const {
        std::vector<std::string> found;
        for (auto const* const one : swarm.tasks_of(get(name)))
            if (!ended(one->desired))
                found.push_back(one->id);
        std::ranges::sort(found);
        return found;
    }

    time_point now{start};
    cluster swarm;
};

} // namespace autoscaler::swarm::model
