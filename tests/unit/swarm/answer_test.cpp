#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/answer.hpp"

#include <map>
#include <set>
#include <string>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;

namespace {

auto const read_request = make_request(calls::inspect_service, "inspect \"web\"", "web");
auto const write_request = make_request(calls::update_service, "update \"web\"", "x", "version=1");

} // namespace

TEST_CASE("each recorded refusal of an engine has its kind", "[answer]") {
    std::map<std::string, error_kind> const kinds{
        {"20.10/err_bad_filter.http", error_kind::rejected},
        {"20.10/err_config_name_taken.http", error_kind::name_taken},
        {"20.10/err_config_rename.http", error_kind::rejected},
        {"20.10/err_deadline_unknown.http", error_kind::timeout},
        {"20.10/err_malformed_json.http", error_kind::rejected},
        {"20.10/err_missing_version.http", error_kind::rejected},
        {"20.10/err_mode_change.http", error_kind::rejected},
        {"20.10/err_negative_replicas.http", error_kind::rejected},
        {"20.10/err_no_leader.http", error_kind::no_leader},
        {"20.10/err_no_such_service.http", error_kind::not_found},
        {"20.10/err_not_in_swarm.http", error_kind::not_in_swarm},
        {"20.10/err_out_of_sequence.http", error_kind::conflict},
        {"20.10/err_post_quorum_just_lost_MAY_STILL_APPLY.http", error_kind::no_leader},
        {"20.10/err_rename.http", error_kind::rejected},
        {"20.10/err_too_large.http", error_kind::engine_failure},
        {"20.10/err_version_too_new.http", error_kind::bad_version},
        {"20.10/err_version_too_old.http", error_kind::bad_version},
        {"20.10/err_worker.http", error_kind::not_a_manager},
        {"28.5/err_content_type.http", error_kind::rejected},
        {"28.5/err_not_in_swarm.http", error_kind::not_in_swarm},
        {"28.5/err_out_of_sequence.http", error_kind::conflict},
        {"28.5/err_version_too_new.http", error_kind::bad_version},
        {"28.5/err_version_too_old.http", error_kind::bad_version},
        {"29.7/err_content_type.http", error_kind::rejected},
        {"29.7/err_not_in_swarm.http", error_kind::not_in_swarm},
        {"29.7/err_out_of_sequence.http", error_kind::conflict},
        {"29.7/err_version_too_new.http", error_kind::bad_version},
        {"29.7/err_version_too_old.http", error_kind::bad_version},
    };
    auto const names = recorded_names("err_", ".http");
    REQUIRE(names.size() == kinds.size());
    for (auto const& name : names) {
        INFO(name);
        answer const said = recorded_answer(name);
        error const failure = to_error(read_request, said);
        CHECK(to_string(failure.kind) == to_string(kinds.at(name)));
        CHECK(failure.http_status == said.status);
        CHECK_FALSE(failure.message.empty());
        CHECK(failure.operation == "inspect \"web\"");
        CHECK_FALSE(failure.maybe_applied);
    }
}

TEST_CASE("an error keeps the engine's own text, be it JSON or plain", "[answer]") {
    CHECK(
        to_error(read_request, recorded_answer("20.10/err_no_such_service.http")).message ==
        "service nope not found"
    );
    CHECK(
        to_error(read_request, recorded_answer("29.7/err_version_too_old.http")).message ==
        "client version 1.23 is too old. Minimum supported API version is 1.40, please upgrade your client "
        "to a "
        "newer version"
    );
}

TEST_CASE("a failed write may have been applied, unless the engine refused it unseen", "[answer]") {
    auto const may_apply = [](char const* name) {
        return to_error(write_request, recorded_answer(name)).maybe_applied;
    };
    CHECK(may_apply("20.10/err_post_quorum_just_lost_MAY_STILL_APPLY.http"));
    CHECK(may_apply("20.10/err_deadline_unknown.http"));
    CHECK(may_apply("20.10/err_no_leader.http"));
    CHECK(may_apply("20.10/err_out_of_sequence.http"));
    CHECK_FALSE(may_apply("20.10/err_mode_change.http"));
    CHECK_FALSE(may_apply("20.10/err_negative_replicas.http"));
    CHECK_FALSE(may_apply("20.10/err_no_such_service.http"));
}

TEST_CASE("answers that no recording has are kept apart too", "[answer]") {
    auto const kind = [](unsigned status, char const* body) {
        return to_error(read_request, answer_of(status, body)).kind;
    };
    CHECK(
        kind(503, R"({"message":"Swarm is encrypted and needs to be unlocked before it can be used."})") ==
        error_kind::locked
    );
    CHECK(
        kind(500, R"({"message":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"})") ==
        error_kind::timeout
    );
    CHECK(kind(404, R"({"message":"page not found"})") == error_kind::rejected);
    CHECK(kind(400, R"x({"message":"service 4 is ambiguous (2 matches found)"})x") == error_kind::not_found);
    CHECK(kind(403, "authorization denied by plugin") == error_kind::rejected);
    CHECK(kind(502, "<html>bad gateway</html>") == error_kind::engine_failure);
    CHECK(kind(301, "") == error_kind::protocol);
    CHECK(kind(500, "") == error_kind::engine_failure);
}

TEST_CASE("an error's text is bounded and stays on one line", "[answer]") {
    auto const message =
        to_error(read_request, answer_of(500, "one\ntwo\r\n" + std::string(100000, 'x'))).message;
    CHECK(message.starts_with("one two  xxx"));
    CHECK(message.size() == 1000);
}

TEST_CASE("a described error says what, where, what helps and the engine's words", "[error]") {
    answer said = recorded_answer("20.10/err_not_in_swarm.http");
    said.endpoint = "unix:///var/run/docker.sock";
    CHECK(
        describe(to_error(read_request, said)) ==
        "inspect \"web\" at unix:///var/run/docker.sock: the engine is not in swarm mode; run \"docker swarm "
        "init\" "
        "or \"docker swarm join\" there: This node is not a swarm manager. Use \"docker swarm init\" or "
        "\"docker "
        "swarm join\" to connect this node to swarm and try again. (HTTP 503)"
    );
    error lost;
    lost.kind = error_kind::connection_lost;
    lost.operation = "update \"web\"";
    lost.maybe_applied = true;
    CHECK(
        describe(lost) ==
        "update \"web\": the connection broke before the answer was complete; the write may have "
        "been applied all the same"
    );
}

TEST_CASE("every kind of error has a word and an advice of its own", "[error]") {
    std::set<std::string> words;
    std::set<std::string> texts;
    int kinds = 0;
    for (auto kind = error_kind::unreachable; kind <= error_kind::cancelled;
         kind = static_cast<error_kind>(static_cast<int>(kind) + 1)) {
        error one;
        one.kind = kind;
        words.insert(std::string(to_string(kind)));
        texts.insert(describe(one));
        ++kinds;
    }
    CHECK(words.size() == static_cast<std::size_t>(kinds));
    CHECK(texts.size() == static_cast<std::size_t>(kinds));
    CHECK_FALSE(words.contains("unknown"));
}

TEST_CASE("a name becomes one segment of a path whatever it holds", "[answer]") {
    CHECK(percent_encoded("hosp_patient-1.x~") == "hosp_patient-1.x~");
    CHECK(percent_encoded("a/b?c=d e%\xC3\xA4") == "a%2Fb%3Fc%3Dd%20e%25%C3%A4");
}
