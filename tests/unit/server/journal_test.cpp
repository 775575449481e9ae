#include "operate_samples.hpp"
#include "server/journal/decision_line.hpp"
#include "server/journal/journal.hpp"
#include "server/log/log.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace std::chrono_literals;
using policy::reason;
using samples::held;
using samples::nine;

namespace {

std::string line_of(policy::decision const& what, log::format as = log::format::logfmt) {
    decision_fields const fields(what);
    return log::to_line(as, what.at, level_of(what), message_of(what), fields.all());
}

std::vector<std::string> services_of(std::vector<policy::decision const*> const& found) {
    std::vector<std::string> names;
    for (auto const* each : found)
        names.push_back(each->service);
    return names;
}

// A journal whose log lines go nowhere.
struct quiet_journal {
    explicit quiet_journal(std::size_t capacity = journal::default_capacity) : book(counters, capacity) {
        log::start({}, &lines);
    }

    ~quiet_journal() { log::start({}); }

    quiet_journal(quiet_journal const&) = delete;
    quiet_journal& operator=(quiet_journal const&) = delete;

    std::ostringstream lines;
    metrics counters{{.version = "1.2.3", .revision = ""}};
    journal book;
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("an act is one line that says everything", "[journal]") {
    CHECK(
        line_of(samples::scaled_up()) ==
        "ts=2026-11-20T09:00:00.123Z level=info msg=scaled service=hosp_patient policy=patient rule=busy "
        "action=up "
        "from=2 to=3 reason=alert alert=3fff2c2d7595e046,00000000000000f6 version=41"
    );
}

TEST_CASE("an act as JSON has the same keys", "[journal]") {
    CHECK(
        line_of(samples::scaled_up(), log::format::json) ==
        R"({"ts":"2026-11-20T09:00:00.123Z","level":"info","msg":"scaled","service":"hosp_patient","policy":"patient",)"
        R"("rule":"busy","action":"up","from":2,"to":3,"reason":"alert","alert":"3fff2c2d7595e046,00000000000000f6",)"
        R"("version":41})"
    );
}

TEST_CASE("a hold has the keys of the contract too, empty where there is nothing to say", "[journal]") {
    CHECK(
        line_of(held("web", reason::no_signal, nine)) ==
        "ts=2026-11-20T09:00:00.000Z level=info msg=held service=web policy=\"\" rule=\"\" action=hold "
        "from=2 to=2 "
        "reason=no_signal alert=\"\""
    );
}

TEST_CASE("what is withheld is said", "[journal]") {
    auto what = held("web", reason::update_in_progress, nine);
    what.would = 3;
    CHECK(line_of(what).ends_with("reason=update_in_progress alert=\"\" would=3"));
    what.why = reason::dry_run;
    CHECK(line_of(what).find(" msg=\"dry run\" ") != std::string::npos);
}

TEST_CASE("what is done besides scaling has its own words", "[journal]") {
    auto what = held("web", reason::alert, nine);
    what.policy = what.rule = "stale";
    what.action = policy::decided_action::restart;
    CHECK(
        line_of(what) ==
        "ts=2026-11-20T09:00:00.000Z level=info msg=restarted service=web policy=stale rule=stale "
        "action=restart from=2 to=2 reason=alert alert=\"\""
    );
    what.action = policy::decided_action::webhook;
    CHECK(line_of(what).find(" msg=\"webhook called\" ") != std::string::npos);
    CHECK(line_of(what).find(" action=webhook ") != std::string::npos);
    what.action = policy::decided_action::hold;
    what.why = reason::action_failed;
    what.error = "https://pool: status 500";
    CHECK(
        line_of(what) ==
        "ts=2026-11-20T09:00:00.000Z level=warn msg=\"action failed\" service=web policy=stale rule=stale "
        "action=hold from=2 to=2 reason=action_failed alert=\"\" error=\"https://pool: status 500\""
    );
}

TEST_CASE("trouble with the swarm is a warning with the engine's words", "[journal]") {
    auto what = held("web", reason::swarm_unavailable, nine);
    what.error = "dial unix /var/run/docker.sock: permission denied";
    CHECK(
        line_of(what) ==
        "ts=2026-11-20T09:00:00.000Z level=warn msg=held service=web policy=\"\" rule=\"\" action=hold "
        "from=2 to=2 "
        "reason=swarm_unavailable alert=\"\" error=\"dial unix /var/run/docker.sock: permission denied\""
    );
    CHECK(level_of(held("web", reason::service_not_found, nine)) == log::level::warn);
    CHECK(level_of(held("web", reason::not_replicated, nine)) == log::level::warn);
    CHECK(level_of(held("web", reason::bounds_conflict, nine)) == log::level::warn);
    CHECK(level_of(held("web", reason::cooldown_up, nine)) == log::level::info);
}

TEST_CASE("each recorded decision is one line and one count", "[journal]") {
    quiet_journal all;
    all.book.record(samples::scaled_up());
    all.book.record(held("web", reason::at_max, nine));
    auto const lines = all.lines.str();
    CHECK(std::ranges::count(lines, '\n') == 2);
    CHECK(
        lines.find("service=hosp_patient policy=patient rule=busy action=up from=2 to=3") != std::string::npos
    );
    auto const text = all.counters.render({.services = {}, .active_alerts = 0, .now = nine});
    CHECK(
        text.find(
            R"(swarm_autoscaler_decisions_total{action="hold",policy="",reason="at_max",service="web"} 1)"
        ) != std::string::npos
    );
}

TEST_CASE("decisions are found newest first, up to the limit", "[journal]") {
    quiet_journal all;
    for (auto const* name : {"a", "b", "c"})
        all.book.record(held(name, reason::no_signal, nine));
    CHECK(services_of(all.book.find({})) == names{"c", "b", "a"});
    CHECK(
        services_of(all.book.find({.services = {}, .why = {}, .since = {}, .limit = 2})) == names{"c", "b"}
    );
    CHECK(all.book.find({.services = {}, .why = {}, .since = {}, .limit = 0}).empty());
}

TEST_CASE("decisions are found by service, reason and time", "[journal]") {
    quiet_journal all;
    all.book.record(held("a", reason::no_signal, nine));
    all.book.record(held("b", reason::at_max, nine + 1s));
    all.book.record(held("c", reason::at_max, nine + 2s));
    CHECK(services_of(all.book.find({.services = {"a", "c"}, .why = {}, .since = {}})) == names{"c", "a"});
    CHECK(
        services_of(all.book.find({.services = {}, .why = reason::at_max, .since = {}})) == names{"c", "b"}
    );
    CHECK(services_of(all.book.find({.services = {}, .why = {}, .since = nine + 1s})) == names{"c", "b"});
    CHECK(all.book.find({.services = {"a"}, .why = reason::at_max, .since = {}}).empty());
}

TEST_CASE("since looks past a decision of a clock that went back", "[journal]") {
    quiet_journal all;
    all.book.record(held("a", reason::no_signal, nine + 5s));
    all.book.record(held("b", reason::no_signal, nine));
    CHECK(services_of(all.book.find({.services = {}, .why = {}, .since = nine + 1s})) == names{"a"});
}

TEST_CASE("a full journal forgets its oldest decision", "[journal]") {
    quiet_journal all(2);
    for (auto const* name : {"a", "b", "c"})
        all.book.record(held(name, reason::no_signal, nine));
    CHECK(all.book.size() == 2);
    CHECK(services_of(all.book.find({})) == names{"c", "b"});
}
