#include "reason_rows.hpp"

#include "support/catch.hpp"

namespace autoscaler::policy::testing {

decision decided(reason_row const& row) {
    decision_case c;
    row.facts(c);
    return c.decide().result;
}

void check(reason_row const& row) {
    CAPTURE(row.when);
    decision_case c;
    row.facts(c);
    auto const from = c.service.replicas;
    auto const made = c.decide().result;
    CHECK(to_string(made.why) == to_string(row.why));
    CHECK(made.from == from);
    CHECK(made.to == row.to);
    CHECK(made.would == row.would);
    auto const action = row.to > from   ? decided_action::up
                        : row.to < from ? decided_action::down
                                        : decided_action::hold;
    CHECK(to_string(made.action) == to_string(action));
    CHECK(made.version == c.service.version);
    CHECK(made.at == c.now);
}

decision decided(act_row const& row) {
    decision_case c;
    c.policies = {a_policy({act_on("x", action_rule::kind::restart, "X")})};
    row.facts(c);
    auto const made = c.decide();
    REQUIRE(made.acts.size() == 1);
    return made.acts.front();
}

} // namespace autoscaler::policy::testing
