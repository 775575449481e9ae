// What the fields become that say how a policy may move a service.
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

cron_expression cron(std::string_view text) {
    return std::get<cron_expression>(cron_expression::parse(text));
}

std::string const target = "policies:\n- {service: web, max: 9, query: avg(x), target: 5";

} // namespace

TEST_CASE("wishes are smoothed over a window for each direction", "[load]") {
    CHECK(only(policy_with("stabilize: {up: 30s, down: 10m}")).stabilize == stabilization{30s, 10min});
    CHECK(only(policy_with("stabilize: {up: 30s}")).stabilize == stabilization{30s, 0s});
    CHECK(only(policy_with("stabilize: 1m")).stabilize == stabilization{1min, 1min});
}

TEST_CASE("a target brings its own window down, unless somebody says otherwise", "[load]") {
    CHECK(only(target + "}\n").stabilize == stabilization{0s, 300s});
    CHECK(only(target + ", stabilize: {up: 5s}}\n").stabilize == stabilization{5s, 300s});
    CHECK(only(target + ", stabilize: {down: 0s}}\n").stabilize == stabilization{0s, 0s});
    CHECK(only("defaults: {stabilize: {down: 10s}}\n" + target + "}\n").stabilize == stabilization{0s, 10s});
    CHECK(
        only("policies:\n- {service: web, max: 9, query: avg(x), steps: [{when: '< 5', scale: -1}]}\n")
            .stabilize == stabilization{}
    );
}

TEST_CASE("limits of each direction are lists of replicas or percent in a period", "[load]") {
    using select = direction_limits::select;
    auto const policy =
        only(policy_with("limits: {up: [4/15s, 100%/1m30s], down: disabled, select: {up: min}}"));
    CHECK(policy.limit_up == direction_limits{false, {{4, false, 15s}, {100, true, 90s}}, select::min});
    CHECK(policy.limit_down == direction_limits{true, {}, select::max});
    SECTION("an empty list limits nothing, one word chooses for both directions") {
        auto const open = only(policy_with("limits: {up: [], select: min}"));
        CHECK(open.limit_up == direction_limits{false, {}, select::min});
        CHECK(open.limit_down == direction_limits{false, {}, select::min});
    }
    SECTION("a policy's list takes the place of that of the defaults, which keep the rest") {
        auto const both =
            only("defaults: {limits: {up: disabled, down: [1/1m], select: {down: min}}}\n"
                 "policies:\n- {alert: X, service: web, scale: -1, max: 3, limits: {up: [2/1m]}}\n");
        CHECK(both.limit_up == direction_limits{false, {{2, false, 1min}}, select::max});
        CHECK(both.limit_down == direction_limits{false, {{1, false, 1min}}, select::min});
    }
}

TEST_CASE("words and times of a policy are read", "[load]") {
    auto const policy = only(policy_with(
        "warmup: 45s\non_stuck: continue\nduring_update: allow\non_external: restore\nzero: managed"
    ));
    CHECK(policy.warmup == 45s);
    CHECK(policy.on_stuck == stuck_mode::proceed);
    CHECK(policy.during_update == update_conduct::allow);
    CHECK(policy.on_external == external_mode::restore);
    CHECK(policy.zero == zero_mode::managed);
    CHECK(only(policy_with("during_update: allow_up")).during_update == update_conduct::allow_up);
}

TEST_CASE("a window has a start, an end or a length, a zone and bounds", "[load]") {
    auto const policy = only(
        policy_with("schedules:\n"
                    "- {name: office, start: '0 7 * * 1-5', end: '0 19 * * 1-5', tz: Europe/Berlin, min: 2}\n"
                    "- {start: '0 2 * * *', end: 90m, max: 4}")
    );
    REQUIRE(policy.schedules.size() == 2);
    auto const& office = policy.schedules[0];
    CHECK(office.name == "office");
    CHECK(office.start == cron("0 7 * * 1-5"));
    CHECK(std::get<cron_expression>(office.end) == cron("0 19 * * 1-5"));
    CHECK(office.zone.name() == "Europe/Berlin");
    CHECK(office.min == 2);
    CHECK_FALSE(office.max.has_value());
    auto const& night = policy.schedules[1];
    CHECK(night.name == "0 2 * * *");
    CHECK(std::get<duration>(night.end) == 90min);
    CHECK(night.zone == time_zone());
    CHECK_FALSE(night.min.has_value());
    CHECK(night.max == 4);
}

TEST_CASE("windows of the defaults serve policies that have none of their own", "[load]") {
    auto const set = loaded("defaults: {max: 9, schedules: [{start: '0 7 * * *', end: 1h, min: 2}]}\n"
                            "policies:\n"
                            "- {alert: A, service: a, scale: -1}\n"
                            "- {alert: B, service: b, scale: -1, schedules: []}\n");
    CHECK(set.policies.at(0).schedules.size() == 1);
    CHECK(set.policies.at(1).schedules.empty());
}

TEST_CASE("a service may be taken from a label, within a pattern", "[load]") {
    auto const policy = only("policies:\n- {name: shop, alert: X, service: {label: swarm_service, allow: "
                             "'shop_.*'}, scale: -1, max: 3}\n");
    CHECK(policy.service.empty());
    REQUIRE(policy.from_label.has_value());
    CHECK(policy.from_label->label == "swarm_service");
    CHECK(policy.from_label->allow.matches_value("shop_web"));
    CHECK_FALSE(policy.from_label->allow.matches_value("my_shop_web"));
    SECTION("its name is its alert's, or else the label's") {
        CHECK(
            only("policies:\n- {alert: X, service: {label: swarm_service, allow: '.+'}, scale: -1, max: 3}\n")
                .name == "X"
        );
        CHECK(
            only("policies:\n- {service: {label: svc, allow: '.+'}, max: 3, rules: [{alert: X, scale: -1}]}\n"
            )
                .name == "svc"
        );
    }
}

} // namespace autoscaler::policy::tests
