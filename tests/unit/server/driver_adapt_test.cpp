#include "policy/core/scale.hpp"
#include "server/driver/adapt.hpp"
#include "server/driver/state_label.hpp"
#include "server/text/time.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace autoscaler;
using policy::pause_mode;

namespace {

policy::time_point const noon = server::text::parse_rfc3339("2026-11-20T12:00:00Z").value();

swarm::service service() {
    swarm::service from;
    from.id = "abc";
    from.name = "hosp_patient";
    from.version = 42;
    from.mode = swarm::service_mode::replicated;
    from.replicas = 3;
    return from;
}

} // namespace

TEST_CASE("a service becomes what the core decides upon", "[adapt]") {
    auto from = service();
    from.update = swarm::update_state::rollback_started;
    from.deploy_in_flight = true;
    auto const view = server::adapt(from, swarm::task_counts{.running = 2, .desired = 3, .stuck = {}}, noon);
    CHECK(view.id == "abc");
    CHECK(view.name == "hosp_patient");
    CHECK(view.version == 42);
    CHECK(view.mode == policy::service_mode::replicated);
    CHECK(view.replicas == 3);
    CHECK(view.running == 2);
    CHECK(view.update == policy::update_state::rollback_started);
    CHECK(view.deploy_in_flight);
    CHECK(view.pause == pause_mode::none);
    CHECK_FALSE(view.state);
    CHECK_FALSE(view.previous_state);
}

TEST_CASE("tasks that were not counted are not known", "[adapt]") {
    CHECK_FALSE(server::adapt(service(), {}, noon).running);
}

TEST_CASE("only a label that says exactly true opts in", "[adapt]") {
    auto from = service();
    CHECK_FALSE(server::adapt(from, {}, noon).opted_in);
    for (auto const* const text : {"", "false", "True", "1", "yes", " true", "true "}) {
        INFO(text);
        from.labels.insert_or_assign("swarm.autoscaler.enable", text);
        CHECK_FALSE(server::adapt(from, {}, noon).opted_in);
    }
    from.labels.insert_or_assign("swarm.autoscaler.enable", "true");
    CHECK(server::adapt(from, {}, noon).opted_in);
}

TEST_CASE("only updates that continue on failure leave no rollback at risk", "[adapt]") {
    using enum swarm::failure_action;
    auto from = service();
    CHECK(server::adapt(from, {}, noon).rollback_at_risk); // the engine's default is to pause
    for (auto const action : {pause_update, roll_back, unknown}) {
        from.on_failure = action;
        CHECK(server::adapt(from, {}, noon).rollback_at_risk);
    }
    from.on_failure = continue_update;
    CHECK_FALSE(server::adapt(from, {}, noon).rollback_at_risk);
}

TEST_CASE("the template's digest and what keeps tasks from running are passed on", "[adapt]") {
    auto from = service();
    from.task_template_fingerprint = 0xFFFF'FFFF'FFFF'FFFF;
    swarm::task_counts tasks{.running = 1, .desired = 3, .stuck = swarm::stuck_tasks::unschedulable};
    CHECK(server::adapt(from, tasks, noon).template_digest == 0xFFFF'FFFF'FFFF'FFFF);
    CHECK(server::adapt(from, tasks, noon).stuck == policy::stuck_state::unschedulable);
    tasks.stuck = swarm::stuck_tasks::crash_looping;
    CHECK(server::adapt(from, tasks, noon).stuck == policy::stuck_state::crash_looping);
    CHECK(server::adapt(from, {}, noon).stuck == policy::stuck_state::none);
}

TEST_CASE("a word of the engine that nobody knows keeps our hands off", "[adapt]") {
    auto from = service();
    from.update = swarm::update_state::unknown;
    from.mode = swarm::service_mode::unknown;
    auto const view = server::adapt(from, {}, noon);
    CHECK(policy::in_rollout(view.update));
    CHECK(view.mode == policy::service_mode::other);
}

TEST_CASE("a count beyond all reason stays a count", "[adapt]") {
    auto from = service();
    from.replicas = std::numeric_limits<std::uint64_t>::max();
    CHECK(server::adapt(from, {}, noon).replicas == policy::max_count);
}

TEST_CASE("the state is read from the label, and from the label before a deploy", "[adapt]") {
    auto from = service();
    policy::service_state state;
    state.sequence = 3;
    state.writer = "a.1";
    from.previous.emplace().labels.emplace(server::state_label_name, server::encode_state(state));
    auto const view = server::adapt(from, {}, noon);
    CHECK_FALSE(view.state);
    CHECK(view.previous_state == state);

    from.labels.emplace(server::state_label_name, "not ours");
    CHECK_FALSE(server::adapt(from, {}, noon).state);
}

TEST_CASE("a label that says to stand over a later version than its own is of another Swarm", "[adapt]") {
    auto from = service();
    from.version = 500;
    policy::service_state state;
    state.sequence = 3;
    state.writer = "a.1";
    state.over_version = 499;
    from.labels[std::string(server::state_label_name)] = server::encode_state(state);
    CHECK(server::adapt(from, {}, noon).state->over_version == 499);
    state.over_version = 900'000;
    from.labels[std::string(server::state_label_name)] = server::encode_state(state);
    CHECK(server::adapt(from, {}, noon).state->over_version == 0);
}

TEST_CASE("a pause has a direction and may end", "[adapt]") {
    struct row {
        std::string_view label;
        pause_mode expected;
    };

    auto const [label, expected] = GENERATE(
        row{"up", pause_mode::up},
        row{"down", pause_mode::down},
        row{"both", pause_mode::both},
        row{"up@2026-11-20T12:00:01Z", pause_mode::up},
        row{"up@2026-11-20T12:00:00Z", pause_mode::none},
        row{"down@2026-11-20T13:30:00+01:00", pause_mode::down},
        row{"both@2026-11-20T11:00:00Z", pause_mode::none},
        row{"", pause_mode::both},
        row{"yes", pause_mode::both},
        row{"up@tomorrow", pause_mode::both},
        row{"sideways@2020-01-01T00:00:00Z", pause_mode::both}
    );
    INFO(label);
    CHECK(server::pause_of(label, noon) == expected);
}
