// The client of Prometheus against scripted servers: which url is asked, what is shared, what ends.
#include "server/prometheus/client.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace autoscaler;
using namespace autoscaler::test;
using server::prometheus::client;
namespace asio = boost::asio;

namespace {

std::string const one =
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"7"]}]}})";

scripted_server::script says(unsigned status, std::string const& body) {
    return [status, body](heard_request const&) { return answer_with(status, body); };
}

scripted_server::script silent() {
    return [](heard_request const&) { return scripted_reply{"", scripted_reply::then::stall}; };
}

policy::prometheus_source source_of(std::vector<std::string> urls) {
    policy::prometheus_source made;
    made.urls = std::move(urls);
    made.timeout = std::chrono::seconds(10);
    return made;
}

// A port that refuses.
std::string nobody(asio::io_context& io) {
    scripted_server gone(io, silent());
    return gone.url();
}

bool has(std::string const& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a query is posted as a form with its timeout", "[prometheus]") {
    asio::io_context io;
    scripted_server server(io, says(200, one));
    client asks(io.get_executor(), source_of({server.url() + "/prom/"}));
    auto const said = run(io, asks.query(R"(up{job="a b"} + 1)"));
    CHECK(said.error.empty());
    CHECK(said.series == std::vector{7.0});
    REQUIRE(server.requests().size() == 1);
    auto const& heard = server.requests()[0];
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/prom/api/v1/query");
    CHECK(heard.header("Content-Type") == "application/x-www-form-urlencoded");
    CHECK(heard.body.starts_with("query=up%7Bjob%3D%22a%20b%22%7D%20%2B%201&timeout="));
}

TEST_CASE("where POST is not to be had, the query is a GET from then on", "[prometheus]") {
    unsigned const status = GENERATE(405U, 501U, 307U);
    asio::io_context io;
    scripted_server server(io, [status](heard_request const& what) {
        return what.method == "POST" ? answer_with(status, "", "Location: /\r\n") : answer_with(200, one);
    });
    client asks(io.get_executor(), source_of({server.url()}));
    CHECK(run(io, asks.query("up")).series == std::vector{7.0});
    CHECK(run(io, asks.query("up")).series == std::vector{7.0});
    REQUIRE(server.requests().size() == 3);
    CHECK(server.requests()[1].method == "GET");
    CHECK(server.requests()[1].target.starts_with("/api/v1/query?query=up&timeout="));
    CHECK(server.requests()[2].method == "GET");
}

TEST_CASE("the next url is asked where one is no working prometheus", "[prometheus]") {
    asio::io_context io;
    auto const first = GENERATE(
        std::pair(503U, "Service Unavailable"),
        std::pair(503U, R"({"status":"error","errorType":"timeout","error":"query timed out"})"),
        std::pair(500U, R"({"status":"error","errorType":"internal","error":"oops"})"),
        std::pair(404U, "404 page not found"),
        std::pair(401U, "Unauthorized"),
        std::pair(200U, "<html>log in</html>"),
        std::pair(200U, R"({"status":"success"})")
    );
    scripted_server bad(io, says(first.first, first.second));
    scripted_server good(io, says(200, one));
    client asks(io.get_executor(), source_of({bad.url(), good.url()}));
    CHECK(run(io, asks.query("up")).series == std::vector{7.0});
    CHECK(bad.requests().size() == 1);
    CHECK(good.requests().size() == 1);
}

TEST_CASE("the next url is asked after a refused connection", "[prometheus]") {
    asio::io_context io;
    scripted_server good(io, says(200, one));
    client asks(io.get_executor(), source_of({nobody(io), good.url()}));
    CHECK(run(io, asks.query("up")).series == std::vector{7.0});
}

TEST_CASE("the next url is asked after a timeout", "[prometheus]") {
    asio::io_context io;
    scripted_server mute(io, silent());
    scripted_server good(io, says(200, one));
    auto source = source_of({mute.url(), good.url()});
    source.timeout = std::chrono::milliseconds(500);
    client asks(io.get_executor(), source);
    CHECK(run(io, asks.query("up")).series == std::vector{7.0});
    CHECK(mute.requests().size() == 1);
}

TEST_CASE("an error in the question is the answer and is asked nowhere else", "[prometheus]") {
    asio::io_context io;
    unsigned const status = GENERATE(400U, 422U);
    scripted_server first(
        io, says(status, R"({"status":"error","errorType":"bad_data","error":"1:3: parse error"})")
    );
    scripted_server second(io, says(200, one));
    client asks(io.get_executor(), source_of({first.url(), second.url()}));
    auto const said = run(io, asks.query("1 +"));
    CHECK(said.series.empty());
    CHECK(said.error == "bad_data: 1:3: parse error");
    CHECK(second.requests().empty());
}

TEST_CASE("where no url answers, the error says so of each", "[prometheus]") {
    asio::io_context io;
    scripted_server starting(io, says(503, "Service Unavailable"));
    std::string const refused = nobody(io);
    client asks(io.get_executor(), source_of({"http://user:hunter2@127.0.0.1:1x", refused, starting.url()}));
    auto const said = run(io, asks.query("up"));
    CHECK(said.series.empty());
    has(said.error, refused + "/api/v1/query: Connection refused");
    has(said.error, starting.url() + ": status 503 \"Service Unavailable\"");
    CHECK(said.error.find("hunter2") == std::string::npos);
}

TEST_CASE("all urls together have three times the timeout", "[prometheus]") {
    asio::io_context io;
    scripted_server mute(io, silent());
    auto source = source_of({mute.url(), mute.url(), mute.url(), mute.url(), mute.url(), mute.url()});
    source.timeout = std::chrono::milliseconds(100);
    client asks(io.get_executor(), source);
    has(run(io, asks.query("up")).error, "no answer in time");
    CHECK(mute.requests().size() >= 1);
    CHECK(mute.requests().size() <= 4); // the last one has what the others left over
}

TEST_CASE("a second url that has answered is asked first for a while", "[prometheus]") {
    asio::io_context io;
    scripted_server first(io, says(503, ""));
    scripted_server second(io, says(200, one));
    client asks(io.get_executor(), source_of({first.url(), second.url()}));
    for (int i = 0; i < 3; ++i)
        CHECK(run(io, asks.query("up")).error.empty());
    CHECK(first.requests().size() == 1);
    CHECK(second.requests().size() == 3);
}

TEST_CASE("the first url is asked again where the preferred one fails", "[prometheus]") {
    asio::io_context io;
    bool well = false;
    scripted_server first(io, [&](heard_request const&) {
        return answer_with(well ? 200 : 503, well ? one : "");
    });
    scripted_server second(io, [&](heard_request const&) {
        return answer_with(well ? 503 : 200, well ? "" : one);
    });
    client asks(io.get_executor(), source_of({first.url(), second.url()}));
    CHECK(run(io, asks.query("up")).error.empty());
    well = true;
    CHECK(run(io, asks.query("up")).error.empty());
    CHECK(run(io, asks.query("up")).error.empty());
    CHECK(first.requests().size() == 3);
    CHECK(second.requests().size() == 2);
}

TEST_CASE("the same text asked while it is under way is one question", "[prometheus]") {
    asio::io_context io;
    scripted_server server(io, says(200, one));
    client asks(io.get_executor(), source_of({server.url()}));
    int done = 0;
    for (int i = 0; i < 20; ++i)
        asio::co_spawn(
            io,
            asks.query("up"),
            [&](std::exception_ptr failure, policy::query_answer const& said) {
                CHECK_FALSE(failure);
                CHECK(said.series == std::vector{7.0});
                ++done;
            }
        );
    run_until(io, [&] { return done == 20; });
    CHECK(server.requests().size() == 1);
    CHECK(run(io, asks.query("up")).error.empty());
    CHECK(server.requests().size() == 2); // an answer is not kept
}

TEST_CASE("others ask themselves where the one who asked for them is cancelled", "[prometheus]") {
    asio::io_context io;
    bool mute = true;
    scripted_server server(io, [&](heard_request const&) {
        return mute ? scripted_reply{"", scripted_reply::then::stall} : answer_with(200, one);
    });
    client asks(io.get_executor(), source_of({server.url()}));
    asio::cancellation_signal signal;
    bool cancelled = false;
    int answered = 0;
    asio::co_spawn(
        io,
        asks.query("up"),
        asio::bind_cancellation_slot(
            signal.slot(), [&](std::exception_ptr, policy::query_answer const&) { cancelled = true; }
        )
    );
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(io, asks.query("up"), [&](std::exception_ptr, policy::query_answer const& said) {
            CHECK(said.series == std::vector{7.0});
            ++answered;
        });
    run_until(io, [&] { return server.requests().size() == 1; });
    mute = false;
    signal.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return cancelled && answered == 3; });
    CHECK(server.requests().size() == 2);
}

TEST_CASE("eight questions are under way at once, the rest wait for their turn", "[prometheus]") {
    asio::io_context io;
    bool mute = true;
    scripted_server server(io, [&](heard_request const&) {
        return mute ? scripted_reply{"", scripted_reply::then::stall} : answer_with(200, one);
    });
    client asks(io.get_executor(), source_of({server.url()}));
    int done = 0;
    int good = 0;
    for (int i = 0; i < 12; ++i)
        asio::co_spawn(
            io,
            asks.query(std::to_string(i)),
            [&](std::exception_ptr, policy::query_answer const& said) {
                ++done;
                good += said.error.empty() ? 1 : 0;
            }
        );
    run_until(io, [&] { return server.requests().size() == 8; });
    io.poll(); // a ninth would come now
    CHECK(server.requests().size() == 8);
    mute = false;
    server.drop_connections();
    run_until(io, [&] { return done == 12; });
    CHECK(good == 4); // the eight have lost their connection; those who waited got an answer
    CHECK(server.requests().size() == 12);
}

TEST_CASE("what got no turn in time is an error, not an empty answer", "[prometheus]") {
    asio::io_context io;
    scripted_server server(io, silent());
    auto source = source_of({server.url()});
    source.timeout = std::chrono::milliseconds(100);
    client asks(io.get_executor(), source);
    int done = 0;
    for (int i = 0; i < 50; ++i) // eight at a time, 100 ms each, 300 ms in all
        asio::co_spawn(
            io,
            asks.query(std::to_string(i)),
            [&](std::exception_ptr, policy::query_answer const& said) {
                CHECK_FALSE(said.error.empty());
                ++done;
            }
        );
    run_until(io, [&] { return done == 50; });
    CHECK(server.requests().size() < 50);
    client nowhere(io.get_executor(), source_of({}));
    CHECK_FALSE(run(io, nowhere.query("up")).error.empty());
    CHECK_FALSE(run(io, nowhere.alerts()).error.empty());
}

TEST_CASE("a stopped client ends what is under way and what waits, and takes nothing more", "[prometheus]") {
    asio::io_context io;
    scripted_server server(io, silent());
    client asks(io.get_executor(), source_of({server.url(), server.url()}));
    int done = 0;
    auto const ended = [&](std::exception_ptr failure, policy::query_answer const& said) {
        CHECK_FALSE(failure);
        CHECK(said.error == "cancelled");
        ++done;
    };
    for (int i = 0; i < 12; ++i)
        asio::co_spawn(io, asks.query(std::to_string(i % 10)), ended);
    run_until(io, [&] { return server.requests().size() == 8; });
    asks.stop();
    run_until(io, [&] { return done == 12; });
    CHECK(run(io, asks.query("up")).error == "cancelled");
    CHECK(run(io, asks.alerts()).error == "cancelled");
    CHECK(server.requests().size() == 8);
}

TEST_CASE("a context that ends with questions under way leaks nothing", "[prometheus]") {
    auto io = std::make_unique<asio::io_context>();
    auto server = std::make_unique<scripted_server>(*io, silent());
    auto asks = std::make_unique<client>(io->get_executor(), source_of({server->url()}));
    int ended = 0;
    for (int i = 0; i < 12; ++i)
        asio::co_spawn(
            *io,
            asks->query(std::to_string(i % 10)),
            [&](std::exception_ptr, policy::query_answer const&) { ++ended; }
        );
    run_until(*io, [&] { return server->requests().size() == 8; });
    server.reset();
    asks.reset();
    io.reset(); // the sanitizer watches
    CHECK(ended == 0);
}

TEST_CASE("the observer hears of each question to each url", "[prometheus]") {
    asio::io_context io;
    scripted_server bad(io, says(503, ""));
    scripted_server good(io, says(400, R"({"status":"error","errorType":"bad_data","error":"x"})"));
    std::vector<std::pair<std::string, bool>> heard;
    std::string with_password = good.url();
    with_password.insert(7, "user:hunter2@");
    client asks(
        io.get_executor(),
        source_of({bad.url(), with_password}),
        [&](server::prometheus::question_asked const& what) {
            heard.emplace_back(std::string(what.url), what.answered);
            CHECK(what.took.count() >= 0);
        }
    );
    CHECK(run(io, asks.query("up")).error == "bad_data: x");
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == std::pair(bad.url(), false));
    CHECK(heard[1] == std::pair(good.url(), true));
    CHECK(good.requests().at(0).header("Authorization") == "Basic dXNlcjpodW50ZXIy");
}

TEST_CASE("the alerts that fire are listed with external labels", "[prometheus]") {
    asio::io_context io;
    scripted_server server(
        io,
        says(
            200, R"({"status":"success","data":{"alerts":[
        {"labels":{"alertname":"Hot","zone":"own"},"annotations":{},"state":"firing","activeAt":"2026-01-02T03:04:05Z"}]}})"
        )
    );
    auto source = source_of({server.url()});
    source.external_labels = {{"zone", "eu"}, {"cluster", "a"}};
    client asks(io.get_executor(), source);
    auto const said = run(io, asks.alerts());
    CHECK(said.error.empty());
    REQUIRE(said.firing.size() == 1);
    CHECK(
        said.firing[0].labels ==
        server::prometheus::label_list{{"alertname", "Hot"}, {"cluster", "a"}, {"zone", "own"}}
    );
    CHECK(server.requests().at(0).method == "GET");
    CHECK(server.requests().at(0).target == "/api/v1/alerts");
}
