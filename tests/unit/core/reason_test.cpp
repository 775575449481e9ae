// No reason of the core is without a test that leads to it.
#include "reason_rows.hpp"
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

#include <set>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// An engine that has looked at the service and wants to write.
void until_update(engine_rig& rig) {
    rig.tick();
    rig.hear({firing("X")});
    rig.look(a_service(3));
    rig.records.clear();
}

struct engine_row {
    reason why;
    std::function<decision(engine_rig&)> lead;
};

// What only the engine says; engine_write_test.cpp, engine_test.cpp, engine_trouble_test.cpp and
// engine_act_test.cpp say more of each.
std::vector<engine_row> engine_rows() {
    return {
        {reason::lost_race,
         [](engine_rig& rig) {
             until_update(rig);
             rig.take_update();
             rig.finish(event::update_result::conflict, "update out of sequence");
             auto theirs = a_service(4, 8);
             theirs.state = service_state{};
             theirs.state->sequence = 1;
             theirs.state->writer = "other.1";
             theirs.state->last_set = 4;
             theirs.state->last_up = t0;
             return rig.look(theirs);
         }},
        {reason::service_not_found,
         [](engine_rig& rig) {
             rig.tick();
             rig.take_inspect();
             rig.not_found();
             return rig.last();
         }},
        {reason::swarm_unavailable,
         [](engine_rig& rig) {
             rig.tick();
             rig.take_inspect();
             rig.unavailable("no leader");
             return rig.last();
         }},
        {reason::action_failed,
         [](engine_rig& rig) {
             rig.reload(file_of({a_policy({act_on("x", action_rule::kind::webhook, "X")})}));
             until_update(rig);
             rig.accept(a_service(3));
             rig.records.clear();
             rig.posted(rig.take_post().what, "connection refused");
             return rig.take_record();
         }},
    };
}

} // namespace

TEST_CASE("what only the engine says", "[engine][reason]") {
    for (auto const& row : engine_rows()) {
        CAPTURE(to_string(row.why));
        auto policy = one_more();
        policy.cooldown.up = 60s;
        engine_rig rig(file_of({policy}));
        auto const made = row.lead(rig);
        CHECK(to_string(made.why) == to_string(row.why));
        CHECK(made.action == decided_action::hold);
        CHECK(made.service == "web");
    }
}

TEST_CASE("every reason has its row", "[reason]") {
    std::set<std::string_view> led_to;
    for (auto const& table : {acting_rows(), holding_rows(), query_rows(), pace_rows(), outside_rows()})
        for (auto const& row : table)
            led_to.insert(to_string(decided(row).why));
    for (auto const& row : act_rows())
        led_to.insert(to_string(decided(row).why));
    for (auto const& row : engine_rows())
        led_to.insert(to_string(row.why));

    std::set<std::string_view> all;
    for (unsigned code = 0; !to_string(static_cast<reason>(code)).empty(); ++code)
        all.insert(to_string(static_cast<reason>(code)));
    CHECK(all.size() > static_cast<std::size_t>(reason::action_failed)); // each word is of its own
    for (auto const word : all) {
        CAPTURE(word);
        CHECK(led_to.contains(word));
    }
}
