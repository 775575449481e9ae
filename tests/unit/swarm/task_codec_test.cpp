#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/task_codec.hpp"

#include <vector>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;

TEST_CASE("running tasks are those that are wanted and run", "[tasks]") {
    struct row {
        char const* name;
        char const* service;
        std::uint64_t running;
        std::uint64_t desired;
    };

    auto const [name, service, running, desired] = GENERATE(
        row{"20.10/tasks_running.json", "sfgcjjfcro3qvhr1gisfirodz", 4, 4},
        row{"20.10/tasks_after_rollback.json", "sfgcjjfcro3qvhr1gisfirodz", 4, 4},
        row{"20.10/tasks_node_down.json", "yvkdzu1triz8fwhqqzaflixaz", 4, 4
        }, // a fifth one "runs" on a dead node
        row{"20.10/tasks_pending.json", "z8j9wcxglv1qpg6dnugutjo4t", 0, 1},
        row{"20.10/tasks_failing.json", "xctm576ufkfj7t9i2clk3pngz", 0, 0},
        row{"28.5/tasks.json", "zhu37kdeb9qkg2au9kwq7g5wk", 2, 2},
        row{"29.7/tasks.json", "q2o6ig1ztb2dxf2qxceieqd2l", 2, 2}
    );
    INFO(name);
    auto const counts = decode_tasks(recorded(name), service);
    REQUIRE(counts);
    CHECK(counts->running == running);
    CHECK(counts->desired == desired);
}

TEST_CASE("tasks of other services are not counted", "[tasks]") {
    auto const counts = decode_tasks(recorded("20.10/tasks_running.json"), "another");
    REQUIRE(counts);
    CHECK(counts->desired == 0);
}

TEST_CASE("tasks that no node suits are unschedulable", "[tasks]") {
    auto const pending = decode_tasks(recorded("20.10/tasks_pending.json"), "z8j9wcxglv1qpg6dnugutjo4t");
    REQUIRE(pending);
    CHECK(pending->stuck == stuck_tasks::unschedulable);
    for (char const* const name : {"20.10/tasks_running.json", "20.10/tasks_node_down.json"}) {
        INFO(name);
        auto const fine = decode_tasks(
            recorded(name),
            name == std::string_view("20.10/tasks_running.json") ? "sfgcjjfcro3qvhr1gisfirodz"
                                                                 : "yvkdzu1triz8fwhqqzaflixaz"
        );
        REQUIRE(fine);
        CHECK(fine->stuck == stuck_tasks::none);
    }
    // Just created, and not looked at by the scheduler yet.
    auto const fresh = decode_tasks(
        R"([{"ServiceID":"x","DesiredState":"running","Status":{"State":"pending","Message":"created"}}])",
        "x"
    );
    REQUIRE(fresh);
    CHECK(fresh->stuck == stuck_tasks::none);
}

TEST_CASE("a command that fails again and again is a loop", "[tasks]") {
    CHECK(shows_crash_loop(recorded("20.10/tasks_failing.json"), "xctm576ufkfj7t9i2clk3pngz"));
    CHECK_FALSE(shows_crash_loop(recorded("20.10/tasks_failing.json"), "another"));
    // One image was missing, once, and the slot runs again.
    CHECK_FALSE(shows_crash_loop(recorded("20.10/tasks_after_rollback.json"), "sfgcjjfcro3qvhr1gisfirodz"));
    CHECK_FALSE(shows_crash_loop(recorded("20.10/tasks_pending.json"), "z8j9wcxglv1qpg6dnugutjo4t"));
}

TEST_CASE("what is not certain is no loop", "[tasks]") {
    auto const task = [](int slot, std::string_view state, std::string_view desired, std::string_view time) {
        return R"({"ServiceID":"x","Slot":)" + std::to_string(slot) + R"(,"DesiredState":")" +
               std::string(desired) + R"(","Status":{"Timestamp":")" + std::string(time) + R"(","State":")" +
               std::string(state) + R"("}})";
    };
    auto const failed = [&](int slot, std::string_view time) {
        return task(slot, "failed", "shutdown", time);
    };
    auto const loops = [](std::vector<std::string> const& tasks) {
        std::string text = "[";
        for (auto const& each : tasks)
            text += (text.size() > 1 ? "," : "") + each;
        return shows_crash_loop(text + "]", "x");
    };
    std::vector<std::string> const loop{
        failed(1, "2026-11-20T23:58:30.1Z"),
        failed(1, "2026-11-20T23:59:30Z"),
        task(1, "rejected", "shutdown", "2026-11-21T00:00:30.123456789Z"),
        task(1, "ready", "ready", "2026-11-21T00:00:31Z"),
    };
    CHECK(loops(loop));

    auto changed = loop;
    SECTION("two failures") {
        changed.erase(changed.begin());
    }
    SECTION("failures of three slots") {
        changed[0] = failed(2, "2026-11-20T23:58:30Z");
        changed[1] = failed(3, "2026-11-20T23:59:30Z");
    }
    SECTION("a slot that runs") {
        changed[3] = task(1, "running", "running", "2026-11-21T00:00:31Z");
    }
    SECTION("failures of long ago") {
        changed[3] = task(1, "starting", "running", "2026-11-21T00:04:31Z");
    }
    SECTION("times that are none") {
        changed[0] = failed(1, "2026-13-20T23:58:30Z");
    }
    SECTION("other times that are none") {
        changed[0] = failed(1, "yesterday");
    }
    CHECK_FALSE(loops(changed));
}

TEST_CASE("an answer that is no list of tasks shows no loop", "[tasks]") {
    for (char const* const text : {"", "{}", "null", "[", "[]x", "[1,{},{\"Slot\":1}]"})
        CHECK_FALSE(shows_crash_loop(text, "x"));
}

TEST_CASE("an answer that is no list of tasks is a fault", "[tasks]") {
    for (char const* const text : {"", "{}", "null", "[", "[]x"}) {
        auto const counts = decode_tasks(text, "x");
        REQUIRE_FALSE(counts);
        CHECK(counts.error().kind == error_kind::protocol);
    }
}

TEST_CASE("recorded events tell what happened to which service", "[events]") {
    line_splitter lines;
    lines.add(recorded("20.10/events.ndjson"));
    std::vector<swarm_event> events;
    while (auto const line = lines.next()) {
        auto const event = decode_event(*line);
        INFO(*line);
        REQUIRE(event);
        CHECK(event->type == "service");
        CHECK_FALSE(event->id.empty());
        events.push_back(*event);
    }
    REQUIRE(events.size() == 32);
    CHECK(events[0].action == "create");
    CHECK(events[0].name == "web");
    CHECK(events[0].update == update_state::none);
    CHECK(events[3].action == "update");
    CHECK(events[3].update == update_state::updating);
    CHECK(events[4].update == update_state::rollback_started);
    CHECK(events[12].action == "remove");
}

TEST_CASE("a node's event tells its state before and after", "[events]") {
    auto const event = decode_event(
        R"({"Type":"node","Action":"update","Actor":{"ID":"abk3j07mwp92yqih7b0e915kc","Attributes":)"
        R"({"name":"w1","state.new":"ready","state.old":"unknown"}},"scope":"swarm","time":1795181550})"
    );
    REQUIRE(event);
    CHECK(event->type == "node");
    CHECK(event->state_before == "unknown");
    CHECK(event->state == "ready");
}

TEST_CASE("lines arrive whole, however the stream is cut", "[events]") {
    std::string const text = "one\r\n\ntwo\nthr";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        line_splitter lines;
        std::vector<std::string> found;
        for (std::size_t at = 0; at < text.size(); at += step) {
            lines.add(std::string_view(text).substr(at, step));
            while (auto line = lines.next())
                found.push_back(*line);
        }
        CHECK(found == std::vector<std::string>{"one", "", "two"});
        CHECK_FALSE(lines.too_long());
    }
}

TEST_CASE("a line without an end is told in time", "[events]") {
    line_splitter lines;
    lines.add(std::string(line_splitter::longest_line + 1, 'x'));
    CHECK_FALSE(lines.next());
    CHECK(lines.too_long());
}

TEST_CASE("what is no event is none", "[events]") {
    for (char const* const text :
         {"", "{}", "[]", "null", "{\"Type\":1,\"Action\":2}", "{\"Type\":\"service\"}", "x"})
        CHECK_FALSE(decode_event(text));
}
