// The engine's questions to Prometheus: when they are asked, and whose answers count.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

query_answer answer_of(double value) {
    return {.series = {value}, .error = {}};
}

query_answer no_answer() {
    return {.series = {}, .error = "timeout"};
}

service_policy stepping() {
    return a_policy({on_steps("x", {above(20, by(1)), below(10, by(-1))})});
}

step_rule& steps(service_policy& policy) {
    return std::get<step_rule>(policy.rules[0].kind);
}

// An engine that has seen the service and asked its first questions, 1 s before a multiple of 15 s.
struct polling : engine_rig {
    explicit polling(std::vector<service_policy> policies = {stepping()}, service_view view = a_service(3))
        : engine_rig(polling_file_of(std::move(policies)), {.instance = "me"}) {
        now = t0 + 14s;
        tick();
        lists = 0;
        look(std::move(view));
        records.clear();
        sleep();
    }
};

} // namespace

TEST_CASE("a query is asked once the service has been seen, with its full name", "[engine][query]") {
    engine_rig rig(polling_file_of({stepping()}));
    rig.now = t0 + 14s;
    rig.tick();
    CHECK(rig.queries.empty());
    auto view = a_service(3);
    view.name = "shop_web";
    rig.look(view);
    CHECK(rig.queries.empty());
    CHECK(rig.wake == rig.now); // at once
    rig.sleep();
    auto const asked = rig.take_query();
    CHECK(asked.service == "web");
    CHECK(asked.policy == "web");
    CHECK(asked.rule == "x");
    CHECK(asked.promql == "load{service=\"shop_web\"}");
}

TEST_CASE("later questions come at multiples of `every`, one at a time", "[engine][query]") {
    polling rig;
    rig.answer(rig.take_query(), answer_of(15));
    CHECK(rig.look(a_service(3)).why == reason::in_band);

    rig.sleep_until(t0 + 15s);
    auto const slow = rig.take_query();
    rig.sleep_until(t0 + 59s);
    CHECK(rig.queries.empty()); // the answer is still on its way
    rig.answer(slow, answer_of(15));
    CHECK(rig.queries.empty()); // what was missed is not made up for
    rig.sleep_until(t0 + 60s);
    CHECK(rig.queries.size() == 1);
}

TEST_CASE("rules of one rhythm ask in the same moment, whenever each of them began", "[engine][query]") {
    auto other = stepping();
    other.name = other.service = "api";
    steps(other).query.every = 5s;
    engine_rig rig(polling_file_of({stepping(), other}));
    auto api = a_service(2);
    api.id = "id2";
    api.name = "api";
    rig.now = t0 + 13s;
    rig.tick();
    rig.look(a_service(3), "web");
    rig.sleep();
    rig.answer(rig.take_query(), answer_of(15));
    rig.now = t0 + 14s + 300ms;
    rig.look(api, "api");
    rig.sleep();
    rig.answer(rig.take_query(), answer_of(15));
    rig.sleep_until(t0 + 15s - 1ms);
    CHECK(rig.queries.empty());
    rig.sleep_until(t0 + 15s);
    CHECK(rig.queries.size() == 2);
}

TEST_CASE("an answer is decided upon at once, and a missing one is none", "[engine][query]") {
    polling rig;
    rig.answer(rig.take_query(), no_answer());
    auto const missing = rig.look(a_service(3));
    CHECK(missing.why == reason::missing_data);
    CHECK(missing.values == std::vector<rule_value>{{"web", "x", {}, "timeout"}});

    rig.sleep_until(t0 + 15s);
    rig.answer(rig.take_query(), answer_of(30));
    rig.look(a_service(3));
    CHECK(rig.take_update().replicas == 4);
}

TEST_CASE("before its first answer a query is missing data", "[engine][query]") {
    polling rig;
    CHECK(rig.last().why == reason::missing_data);
    CHECK(rig.last().values == std::vector<rule_value>{{"web", "x", {}, "not asked yet"}});
}

TEST_CASE("after a change the next value is asked for `every` later, and counts", "[engine][query]") {
    polling rig;
    rig.answer(rig.take_query(), answer_of(30));
    auto view = a_service(3);
    rig.look(view);
    rig.now = t0 + 14s + 400ms;
    view = rig.accept(view);
    rig.look(view);
    auto const changed = t0 + 14s; // when it was decided

    rig.sleep_until(t0 + 29s);
    CHECK(rig.queries.empty());
    CHECK(rig.look(view).why == reason::for_pending); // the old value says as much as before
    rig.sleep_until(t0 + 29s + 400ms);
    REQUIRE(rig.queries.size() == 1);
    CHECK(rig.now >= changed + 15s);
    rig.answer(rig.take_query(), answer_of(30));
    rig.look(view);
    CHECK(rig.take_update().replicas == 5);
}

TEST_CASE("a question that was on its way when the service changed is no answer", "[engine][query]") {
    polling rig;
    auto const asked = rig.take_query();
    auto view = a_service(3);
    rig.now += 1s;
    view.replicas = view.running.emplace(5); // an operator
    ++view.version;
    rig.look(view);
    rig.answer(asked, answer_of(30), t0 + 14s);
    CHECK(rig.look(view).why == reason::for_pending);
    CHECK(rig.updates.empty());
}

TEST_CASE("a target follows also a value from before the last change", "[engine][query]") {
    polling rig({a_policy({on_target("x", 10, target_rule::mode::total)})});
    rig.answer(rig.take_query(), answer_of(50));
    auto view = a_service(3);
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.replicas == 5);
    CHECK(rig.look(view).why == reason::within_tolerance);
    rig.sleep_until(t0 + 15s);
    CHECK(rig.queries.size() == 1); // its rhythm is not moved
}

TEST_CASE("a name that could end a string is not put into a query", "[engine][query]") {
    auto view = a_service(3);
    view.name = "web\"} or vector(99) #";
    polling rig({stepping()}, view);
    CHECK(rig.queries.empty());
    rig.changed("id1");
    auto const made = rig.look(view);
    CHECK(made.why == reason::missing_data);
    CHECK(made.values.front().detail == "the service's name cannot stand in a query");

    auto plain = stepping();
    steps(plain).query.promql = "vector(5)";
    polling other({plain}, view);
    CHECK(other.take_query().promql == "vector(5)"); // which does not name it
}

TEST_CASE("a rule's own value is not another's", "[engine][query]") {
    auto policy = a_policy({on_steps("a", {above(20, by(1))}), on_steps("b", {above(20, by(2))})});
    policy.rules[1].priority = 5;
    polling rig({policy});
    auto const first = rig.take_query();
    auto const second = rig.take_query();
    CHECK(first.promql == second.promql);
    rig.answer(first, answer_of(30));
    CHECK(rig.look(a_service(3)).why == reason::missing_data); // b has none
    rig.answer(second, answer_of(30));
    rig.look(a_service(3));
    CHECK(rig.take_update().replicas == 5);
}

TEST_CASE("a reload with the same query keeps value and rhythm", "[engine][query]") {
    polling rig;
    rig.answer(rig.take_query(), answer_of(15));
    rig.look(a_service(3));
    auto policy = stepping();
    policy.max = 20;
    rig.reload(polling_file_of({policy}));
    rig.sleep();
    CHECK(rig.look(a_service(3)).why == reason::in_band);
    CHECK(rig.queries.empty());
}

TEST_CASE("a reload with another query starts anew, whatever is still on its way", "[engine][query]") {
    polling rig;
    auto const old = rig.take_query();
    auto policy = stepping();
    steps(policy).query.promql = "other";
    rig.now += 500ms;
    rig.reload(polling_file_of({policy}));
    rig.sleep();
    auto const fresh = rig.take_query();
    CHECK(fresh.promql == "other");
    rig.inspects.clear();
    rig.answer(old, answer_of(30), t0 + 14s);
    CHECK(rig.inspects.empty());
    rig.observe(a_service(3));
    CHECK(rig.last().why == reason::missing_data);
    rig.answer(fresh, answer_of(15));
    CHECK(rig.look(a_service(3)).why == reason::in_band);
}

// A question that the daemon asks again elsewhere, since the reload brought another Prometheus, too.
TEST_CASE("an answer to the query of before a reload never counts, however late", "[engine][query]") {
    polling rig;
    auto const old = rig.take_query();
    auto policy = stepping();
    steps(policy).query.promql = "other";
    rig.reload(polling_file_of({policy}));
    rig.now += 1s;
    rig.answer(old, answer_of(5));
    rig.look(a_service(3));
    CHECK(rig.last().why == reason::missing_data);
    CHECK(rig.updates.empty());
    rig.tick();
    auto const fresh = rig.take_query();
    rig.now += 1s;
    rig.answer(old, answer_of(5)); // while the new question is under way
    CHECK(rig.inspects.empty());
    rig.answer(fresh, answer_of(15));
    CHECK(rig.look(a_service(3)).why == reason::in_band);
}

// The daemon lets a question join one with the same text that is under way: its answer is then too old for
// who has asked last, but it is the answer.
TEST_CASE("a question whose answer is too old for it is asked again", "[engine][query]") {
    polling rig;
    auto const first = rig.take_query();
    auto second = stepping();
    second.name = "second";
    rig.now += 500ms;
    rig.reload(polling_file_of({stepping(), second}));
    rig.tick();
    auto const joined = rig.take_query();
    CHECK(joined.promql == first.promql);
    rig.now += 100ms;
    rig.answer(first, answer_of(15), t0 + 14s);
    rig.answer(joined, answer_of(15), t0 + 14s);
    rig.sleep_until(t0 + 16s);
    REQUIRE(rig.queries.size() == 2);
    for (auto const& each : std::exchange(rig.queries, {}))
        rig.answer(each, answer_of(15));
    CHECK(rig.look(a_service(3)).why == reason::in_band);
}

TEST_CASE("after a reload another step under the same number has not waited yet", "[engine][query]") {
    auto policy = stepping();
    steps(policy).steps[0].for_ = 30s;
    polling rig({policy});
    rig.answer(rig.take_query(), answer_of(30));
    CHECK(rig.look(a_service(3)).why == reason::for_pending);
    steps(policy).steps[0] = above(25, by(4), 30s);
    rig.now += 20s;
    rig.reload(polling_file_of({policy}));
    CHECK(rig.look(a_service(3)).why == reason::for_pending);
    rig.now += 10s;
    rig.changed("id1");
    CHECK(rig.look(a_service(3)).why == reason::for_pending);
    rig.now += 20s;
    rig.changed("id1");
    rig.look(a_service(3));
    CHECK(rig.take_update().replicas == 7);
}

TEST_CASE("values of a service that is gone are not those of its successor", "[engine][query]") {
    auto const successor = [] {
        auto view = a_service(3, 100);
        view.id = "id9";
        return view;
    }();

    SECTION("which comes at once") {
        polling rig;
        rig.answer(rig.take_query(), answer_of(30));
        CHECK(rig.look(successor).why == reason::missing_data);
        rig.sleep();
        CHECK(rig.queries.size() == 1);
    }
    SECTION("which comes later, as does an answer") {
        polling rig;
        auto const late = rig.take_query();
        rig.now += 1s;
        rig.changed("id1");
        rig.take_inspect();
        rig.not_found();
        rig.answer(late, answer_of(30), t0 + 14s);
        rig.now += 1h;
        rig.tick();
        CHECK(rig.queries.empty()); // there is nothing to ask about
        CHECK(rig.look(successor).why == reason::missing_data);
    }
}

TEST_CASE("rules that come to a service by its second name are polled, too", "[engine][query]") {
    auto other = stepping();
    other.name = "other";
    other.service = "shop_web";
    auto file = polling_file_of({one_more()});
    file->stack = "shop";
    engine_rig rig(file);
    auto view = a_service(3);
    view.name = "shop_web";
    rig.tick();
    rig.lists = 0;
    rig.look(view);
    file = polling_file_of({one_more(), other});
    file->stack = "shop";
    rig.reload(file);
    rig.sleep();
    while (!rig.inspects.empty())
        rig.observe(view, rig.take_inspect().service);
    rig.sleep();
    CHECK(rig.take_query().policy == "other");
}

TEST_CASE("a clock that was ahead does not keep a query from being asked", "[engine][query]") {
    polling rig;
    rig.answer(rig.take_query(), answer_of(15));
    rig.look(a_service(3));
    rig.now -= 1h;
    rig.tick();
    REQUIRE(rig.wake);
    CHECK(*rig.wake <= rig.now + 15s);
    rig.sleep_until(rig.now + 15s);
    CHECK(rig.queries.size() == 1);
}
