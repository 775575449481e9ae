// What is known of each endpoint, and which of them serves.
#include "support/catch.hpp"
#include "swarm_client/endpoint_book.hpp"

using namespace autoscaler::swarm;
using std::chrono::milliseconds;
using numbers = std::vector<std::size_t>;

namespace {

endpoint_book::time_point const start{std::chrono::hours(5)};

error said(error_kind kind, std::string message = "so") {
    return failed(kind, "inspect \"web\"", std::move(message));
}

endpoint_book three() {
    return {{"unix:///a", "unix:///b", "unix:///c"}, limits{}, 1};
}

} // namespace

TEST_CASE("endpoints are chosen from in order", "[book]") {
    auto book = three();
    CHECK_FALSE(book.serving());
    CHECK(book.candidates() == numbers{0, 1, 2});
    book.failed(0, said(error_kind::unreachable), start);
    CHECK(book.candidates() == numbers{1, 2});
    book.doubt(1);
    CHECK(book.candidates() == numbers{2, 1});
}

TEST_CASE("the one that serves goes on to serve when an earlier one is there again", "[book]") {
    auto book = three();
    book.failed(0, said(error_kind::not_a_manager), start);
    book.passed(1, start);
    book.serve(1);
    book.checking(0, start + std::chrono::seconds(5));
    CHECK(book.passed(0, start + std::chrono::seconds(5)));
    CHECK(book.serving() == 1);
    book.failed(1, said(error_kind::no_leader), start + std::chrono::seconds(6));
    CHECK_FALSE(book.serving());
    CHECK(book.candidates() == numbers{0, 2});
}

TEST_CASE("a single endpoint serves unless it has failed, and doubts change nothing", "[book]") {
    endpoint_book book({"unix:///a"}, limits{}, 1);
    CHECK(book.serving() == 0);
    book.doubt(0);
    CHECK(book.serving() == 0);
    book.failed(0, said(error_kind::timeout), start);
    CHECK_FALSE(book.serving());
    CHECK(book.candidates().empty());
    REQUIRE(book.due(start + std::chrono::seconds(1)) == numbers{0});
    book.checking(0, start + std::chrono::seconds(1));
    CHECK(book.due(start + std::chrono::hours(1)).empty()); // somebody is looking
    book.passed(0, start + std::chrono::seconds(2));
    CHECK(book.serving() == 0);
}

TEST_CASE("only changes are news", "[book]") {
    auto book = three();
    CHECK_FALSE(book.passed(0, start)); // nobody has said that it fails
    CHECK(book.failed(0, said(error_kind::unreachable, "no such file"), start));
    CHECK_FALSE(book.failed(0, said(error_kind::unreachable, "connection refused"), start));
    CHECK(book.failed(0, said(error_kind::not_a_manager), start));
    CHECK(book.passed(0, start));
    CHECK_FALSE(book.passed(0, start));
}

TEST_CASE("what a person has to mend, and what is silent, is tried less often", "[book]") {
    auto const wait_after = [](error_kind kind) {
        endpoint_book book({"unix:///a"}, limits{}, 1);
        auto now = start;
        milliseconds wait{};
        for (int i = 0; i < 10; ++i) {
            book.failed(0, said(kind), now);
            for (wait = milliseconds(0); book.due(now + wait).empty();)
                wait += milliseconds(10);
            now += wait;
            book.checking(0, now);
        }
        return wait;
    };
    using enum error_kind;
    for (auto const kind : {unreachable, not_in_swarm, not_a_manager, locked, no_leader, connection_lost})
        CHECK(wait_after(kind) <= limits{}.longest_retry);
    for (auto const kind : {timeout, authentication, tls_mismatch, permission, protocol, rejected}) {
        CHECK(wait_after(kind) > limits{}.longest_retry);
        CHECK(wait_after(kind) <= limits{}.longest_slow_retry);
    }
}

TEST_CASE("failures that may be the question's fault do not condemn the endpoint", "[book]") {
    using enum error_kind;
    for (auto const kind :
         {unreachable, permission, authentication, not_in_swarm, not_a_manager, locked, no_leader})
        CHECK(tells_of_endpoint(kind));
    for (auto const kind :
         {timeout,
          connection_lost,
          protocol,
          conflict,
          not_found,
          name_taken,
          bad_version,
          rejected,
          engine_failure,
          refused,
          cancelled})
        CHECK_FALSE(tells_of_endpoint(kind));
}

TEST_CASE("spares are looked at every now and then, doubtful ones at once", "[book]") {
    auto book = three();
    book.passed(0, start);
    book.serve(0);
    CHECK(book.spares_to_check(start) == numbers{1, 2}); // never looked at
    for (std::size_t const each : {1U, 2U}) {
        book.checking(each, start);
        book.passed(each, start);
    }
    CHECK(book.spares_to_check(start + limits{}.spare_check - milliseconds(1)).empty());
    book.doubt(2);
    CHECK(book.spares_to_check(start) == numbers{2});
    CHECK(book.spares_to_check(start + limits{}.spare_check) == numbers{1, 2});
}

TEST_CASE("why none serves is told of each, and is about no write", "[book]") {
    auto book = three();
    auto first = said(error_kind::not_a_manager, "Worker nodes can't");
    first.endpoint = "unix:///a";
    first.http_status = 503;
    first.maybe_applied = true;
    book.failed(0, first, start);
    book.failed(1, said(error_kind::unreachable, "No such file or directory"), start);
    book.failed(2, said(error_kind::timeout, std::string(5000, 'x')), start);
    auto const why = book.why_none("update \"web\"");
    CHECK(why.kind == error_kind::not_a_manager);
    CHECK(why.operation == "update \"web\"");
    CHECK(why.endpoint == "unix:///a");
    CHECK_FALSE(why.maybe_applied);
    CHECK(why.message.starts_with(
        "Worker nodes can't; unix:///b is unreachable: No such file or directory; unix:///c is timeout: xxx"
    ));
    CHECK(why.message.size() < 400);
    CHECK(three().why_none("probe").kind == error_kind::timeout);
}

TEST_CASE("what people read of an endpoint says whether it is up, else why not", "[book]") {
    auto book = three();
    CHECK_FALSE(book.state(0).up); // nobody has looked
    CHECK(book.state(0).cause.empty());
    book.passed(0, start);
    CHECK(book.state(0).up);
    book.failed(0, said(error_kind::not_a_manager, "This node is not"), start);
    auto const state = book.state(0);
    CHECK_FALSE(state.up);
    CHECK(state.endpoint == "unix:///a");
    CHECK(state.cause.starts_with("the engine is a swarm worker; "));
    CHECK(state.cause.find("web") == std::string::npos);
}
