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
    auto const view = server::adapt(from, swarm::task_counts{.running = 2, .desired = 3}, noon);
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
