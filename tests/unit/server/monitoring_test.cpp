// What the log and the metrics say of a Prometheus that fails.
#include "server/log/log.hpp"
#include "server/monitoring/monitoring.hpp"
#include "support/scripted_server.hpp"

#include <sstream>

using namespace autoscaler;
using namespace autoscaler::test;
namespace asio = boost::asio;

namespace {

struct bench {
    bench() : server(io, [this](heard_request const&) { return answer_with(status, body); }) {
        server::log::start({}, &lines);
        policy::prometheus_source source;
        source.urls = {server.url()};
        client = watch.connect(source);
    }

    ~bench() { server::log::start({}); }

    bench(bench const&) = delete;
    bench& operator=(bench const&) = delete;

    void ask(std::string const& rule) {
        policy::action::query const what{.service = "web", .policy = "web", .rule = rule, .promql = rule};
        watch.queried(what, run(io, client->query(rule)));
    }

    std::size_t said(std::string_view text) const {
        std::size_t count = 0;
        std::string const all = lines.str();
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1))
            ++count;
        return count;
    }

    std::string metric(std::string_view rule) {
        auto const all = counters.render({.services = {}, .active_alerts = 0, .now = {}});
        std::string const name =
            "swarm_autoscaler_query_failures_total{rule=\"web/" + std::string(rule) + "\"} ";
        auto const at = all.find(name);
        return at == std::string::npos ? ""
                                       : all.substr(at + name.size(), all.find('\n', at) - at - name.size());
    }

    void good() {
        status = 200;
        body = R"({"status":"success","data":{"resultType":"vector","result":[]}})";
    }

    void down() {
        status = 503;
        body = "";
    }

    void bad_query() {
        status = 400;
        body = R"({"status":"error","errorType":"bad_data","error":"parse error"})";
    }

    std::ostringstream lines;
    asio::io_context io;
    unsigned status = 200;
    std::string body;
    scripted_server server;
    server::metrics counters{{.version = "1", .revision = ""}};
    server::monitoring watch{io.get_executor(), counters};
    std::shared_ptr<server::monitoring_api> client;
};

} // namespace

TEST_CASE("a prometheus that is down is told once, and once when it is back", "[monitoring]") {
    bench b;
    b.down();
    for (int i = 0; i < 3; ++i)
        for (auto const* const rule : {"cpu", "rps"})
            b.ask(rule);
    CHECK(b.said("level=error msg=\"prometheus does not answer\"") == 1);
    CHECK(b.said("\n") == 1);
    CHECK(b.metric("cpu") == "3");
    b.good();
    b.ask("cpu");
    b.ask("rps");
    CHECK(b.said("msg=\"prometheus answers again\"") == 1);
    CHECK(b.said("\n") == 2);
    CHECK(b.metric("cpu") == "3");
    b.down();
    b.ask("cpu");
    CHECK(b.said("prometheus does not answer") == 2);
}

TEST_CASE("a list that nobody answers tells of it, too", "[monitoring]") {
    bench b;
    b.down();
    CHECK_FALSE(run(b.io, b.client->alerts()).error.empty());
    CHECK(b.said("prometheus does not answer") == 1);
}

// A proxy that lets only queries pass: the two are asked in turns, and the log stays still.
TEST_CASE("a list that alone fails is told once, and when it works again", "[monitoring]") {
    bench b;
    for (int i = 0; i < 3; ++i) {
        b.good();
        b.ask("cpu");
        b.down();
        CHECK_FALSE(run(b.io, b.client->alerts()).error.empty());
    }
    CHECK(b.said("level=error msg=\"prometheus does not list its alerts\" error=") == 1);
    CHECK(b.said("\n") == 1);
    b.status = 200;
    b.body = R"({"status":"success","data":{"alerts":[]}})";
    CHECK(run(b.io, b.client->alerts()).error.empty());
    CHECK(b.said("level=info msg=\"prometheus lists its alerts again\"") == 1);
    CHECK(b.said("\n") == 2);
}

TEST_CASE("a query that is wrong is told of its rule, once, and when it works again", "[monitoring]") {
    bench b;
    b.bad_query();
    b.ask("cpu");
    b.ask("cpu");
    CHECK(
        b.said(
            "level=warn msg=\"query fails\" service=web policy=web rule=cpu error=\"bad_data: parse error\""
        ) == 1
    );
    CHECK(b.said("\n") == 1);
    b.good();
    b.ask("cpu");
    b.ask("cpu");
    CHECK(b.said("level=info msg=\"query answers again\" service=web policy=web rule=cpu") == 1);
    CHECK(b.said("\n") == 2);
    CHECK(b.metric("cpu") == "2");
}

TEST_CASE("a rule without failures has a counter, so that the first one is an increase", "[monitoring]") {
    bench b;
    b.good();
    b.ask("cpu");
    CHECK(b.metric("cpu") == "0");
    CHECK(b.lines.str().empty());
}

TEST_CASE("the end of a client is no failure", "[monitoring]") {
    bench b;
    b.client->stop();
    CHECK(run(b.io, b.client->query("up")).error == "cancelled");
    CHECK(b.lines.str().empty());
}
