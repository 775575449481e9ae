// Messages to notifiers: their body, their queues, their end.
#include "server/notify/announcer.hpp"
#include "server/notify/notice_body.hpp"
#include "support/scripted_server.hpp"
#include "unit/server/operate_samples.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::test;
using nlohmann::json;
using policy::occasion;
using server::notify::announcer;
namespace asio = boost::asio;
namespace samples = server::samples;

namespace {

policy::policy_set told_at(std::string url) {
    policy::policy_set set;
    auto& ops = set.notifiers.emplace_back();
    ops.name = "ops";
    ops.target.url = std::move(url);
    ops.on = {occasion::scaled, occasion::failed};
    auto& patient = set.policies.emplace_back();
    patient.name = "patient";
    patient.notify = {"ops"};
    return set;
}

policy::decision step_to(std::int64_t replicas) {
    auto what = samples::scaled_up();
    what.to = replicas;
    return what;
}

// An announcer that waits for no clock, and what it has told.
struct announcing {
    explicit announcing(asio::io_context& context, std::chrono::milliseconds pause = {})
        : io(context)
        , sends(
              io.get_executor(),
              {.queued = [this](std::string_view, bool lost) { dropped += lost ? 1 : 0; },
               .ended = [this](std::string_view, std::string const& error) { ends.push_back(error); }},
              {.most_waiting = 2, .sending = {.pauses = {pause, pause}}}
          ) {}

    void stop(std::chrono::milliseconds patience) {
        bool done = false;
        asio::co_spawn(io, sends.stop(patience), [&](std::exception_ptr const&) { done = true; });
        run_until(io, [&] { return done; });
    }

    asio::io_context& io;
    int dropped = 0;
    std::vector<std::string> ends;
    announcer sends;
};

std::vector<std::int64_t> counts_in(scripted_server const& server) {
    std::vector<std::int64_t> counts;
    for (auto const& each : server.requests())
        counts.push_back(json::parse(each.body)["to"].get<std::int64_t>());
    return counts;
}

} // namespace

TEST_CASE("the body of a notification says what was decided", "[announcer]") {
    auto set = told_at("http://x");
    set.notifiers[0].target.fields = {{"channel", "#ops"}};
    auto const body = json::parse(
        server::notify::body({&set.notifiers[0], {occasion::scaled, occasion::at_max}}, samples::scaled_up())
    );
    CHECK(
        body ==
        json::parse(
            R"({"version":"1","time":"2026-11-20T09:00:00.123Z","service":"hosp_patient","policy":"patient",
        "rule":"busy","action":"up","reason":"alert","from":2,"to":3,"would":null,"events":["scaled","at_max"],
        "text":"Service hosp_patient was scaled up from 2 to 3 replicas: alert, says rule busy of policy patient.",
        "alerts":[{"fingerprint":"3fff2c2d7595e046"},{"fingerprint":"00000000000000f6"}],"channel":"#ops"})"
        )
    );
}

TEST_CASE("the sentence of a notification fits each kind of decision", "[announcer]") {
    using policy::reason;
    auto what = samples::held("web", reason::paused, samples::nine);
    what.would = 4;
    CHECK(server::notify::sentence(what) == "Service web stays at 2 replicas, where 4 should be: paused.");
    what = samples::held("web", reason::swarm_unavailable, samples::nine);
    what.error = "no answer";
    CHECK(
        server::notify::sentence(what) == "Service web stays at 2 replicas: swarm_unavailable (no answer)."
    );
    what.why = reason::action_failed;
    what.policy = "pool";
    what.rule = "grow";
    what.error = "status \xFF";
    CHECK(
        server::notify::sentence(what) ==
        "Service web (2 replicas): the message of a webhook did not arrive: "
        "action_failed, says rule grow of policy pool (status \xFF)."
    );
    policy::notifier const to{};
    CHECK(json::parse(server::notify::body({&to, {}}, what))["error"] == "status \xEF\xBF\xBD");
    what = samples::scaled_up();
    what.action = policy::decided_action::down;
    what.from = 2;
    what.to = 1;
    CHECK(server::notify::sentence(what).starts_with(
        "Service hosp_patient was scaled down from 2 to 1 replica:"
    ));
}

TEST_CASE("each message is posted once and in order", "[announcer]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) { return answer_with(204, ""); });
    announcing all(io);
    auto const set = told_at(server.url() + "/hook");
    all.sends.tell(set, step_to(3));
    all.sends.tell(set, samples::held("hosp_patient", policy::reason::no_signal, samples::nine)); // no news
    all.sends.tell(set, step_to(4));
    CHECK(all.ends.empty()); // nobody was made to wait
    run_until(io, [&] { return all.ends.size() == 2; });
    CHECK(counts_in(server) == std::vector<std::int64_t>{3, 4});
    all.sends.tell(set, step_to(5)); // after the queue has been empty
    run_until(io, [&] { return all.ends.size() == 3; });
    CHECK(all.ends == std::vector<std::string>(3));
    CHECK(server.requests()[2].target == "/hook");
    CHECK(all.dropped == 0);
    all.stop(std::chrono::hours(1));
}

TEST_CASE("a receiver that stays behind loses the oldest that wait, and no others", "[announcer]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) { return answer_with(200, ""); });
    scripted_server other(io, [](heard_request const&) { return answer_with(200, ""); });
    announcing all(io);
    auto set = told_at(server.url());
    set.notifiers.push_back(set.notifiers[0]);
    set.notifiers[1].name = "log";
    set.notifiers[1].target.url = other.url();
    set.notifiers[1].on = {occasion::failed};
    set.policies[0].notify = {"ops", "log"};
    auto failed = step_to(2);
    failed.action = policy::decided_action::hold;
    failed.why = policy::reason::action_failed;
    all.sends.tell(set, failed);
    for (std::int64_t to = 3; to < 8; ++to)
        all.sends.tell(set, step_to(to));
    CHECK(all.dropped == 4);
    run_until(io, [&] { return all.ends.size() == 3; });
    CHECK(counts_in(server) == std::vector<std::int64_t>{6, 7});
    CHECK(counts_in(other) == std::vector<std::int64_t>{2});
    all.stop(std::chrono::hours(1));
}

TEST_CASE("what was given up is told without secrets, and the next one is tried", "[announcer]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) { return answer_with(500, ""); });
    announcing all(io);
    auto const set = told_at(server.url() + "/T0K3N");
    all.sends.tell(set, step_to(3));
    all.sends.tell(set, step_to(4));
    run_until(io, [&] { return all.ends.size() == 2; });
    CHECK(all.ends == std::vector<std::string>(2, server.url() + ": status 500"));
    CHECK(counts_in(server) == std::vector<std::int64_t>{3, 3, 3, 4, 4, 4});
    all.stop(std::chrono::hours(1));
}

TEST_CASE("stopping lets queued messages go out", "[announcer]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const&) { return answer_with(200, ""); });
    announcing all(io);
    auto const set = told_at(server.url());
    all.sends.tell(set, step_to(3));
    all.sends.tell(set, step_to(4));
    all.stop(std::chrono::hours(1));
    CHECK(counts_in(server) == std::vector<std::int64_t>{3, 4});
    all.sends.tell(set, step_to(5)); // too late
    CHECK(all.ends.size() == 2);
}

TEST_CASE("stopping waits no longer than it is told to", "[announcer]") {
    bool const silent = GENERATE(true, false);
    asio::io_context io;
    scripted_server server(io, [silent](heard_request const&) {
        return silent ? scripted_reply{"", scripted_reply::then::stall} : answer_with(500, "");
    });
    announcing all(io, std::chrono::hours(1));
    auto set = told_at(server.url());
    set.notifiers[0].target.timeout = std::chrono::hours(1);
    all.sends.tell(set, step_to(3));
    all.sends.tell(set, step_to(4));
    run_until(io, [&] { return server.requests().size() == 1; });
    all.stop(std::chrono::milliseconds(1));
    CHECK(all.ends.size() == 2);
    for (auto const& error : all.ends)
        CHECK_FALSE(error.empty());
    CHECK(server.requests().size() == 1);
}
