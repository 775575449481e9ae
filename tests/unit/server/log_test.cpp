#include "server/log/log.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace autoscaler::server;

namespace {

// Sends the log into a text as long as it lives.
class captured_log {
public:
    explicit captured_log(log::options chosen) { log::start(chosen, &out_); }

    ~captured_log() { log::start({}); }

    std::string text() const { return out_.str(); }

private:
    std::ostringstream out_;
};

} // namespace

TEST_CASE("an event is one line with a time of its own", "[log]") {
    captured_log const log({});
    log::event(log::level::warn, "swarm away", {{"error", "connection refused"}});
    auto const text = log.text();
    REQUIRE(text.starts_with("ts=20"));
    CHECK(text.substr(text.find(' ')) == " level=warn msg=\"swarm away\" error=\"connection refused\"\n");
}

TEST_CASE("braces in a text are only braces", "[log]") {
    captured_log const log({});
    log::event(log::level::info, "{} {0} %v %s");
    CHECK(log.text().find("msg=\"{} {0} %v %s\"\n") != std::string::npos);
}

TEST_CASE("events below the threshold are not written", "[log]") {
    captured_log const log({.threshold = log::level::warn, .as = log::format::json});
    log::event(log::level::debug, "a");
    log::event(log::level::info, "b");
    log::event(log::level::warn, "c");
    log::event(log::level::error, "d");
    auto const text = log.text();
    CHECK(text.find(R"("msg":"a")") == std::string::npos);
    CHECK(text.find(R"("msg":"b")") == std::string::npos);
    CHECK(text.find(R"("level":"warn","msg":"c"})") != std::string::npos);
    CHECK(text.find(R"("level":"error","msg":"d"})") != std::string::npos);
    CHECK_FALSE(log::enabled(log::level::info));
    CHECK(log::enabled(log::level::warn));
}

TEST_CASE("user and password of a URL are not shown", "[log]") {
    CHECK(log::redact_urls("http://joe:s3cret@prom:9090/x") == "http://xxxxx@prom:9090/x");
    CHECK(log::redact_urls("tcp://token@host") == "tcp://xxxxx@host");
    CHECK(log::redact_urls("https://a:b@c@host/p@q") == "https://xxxxx@host/p@q");
    CHECK(
        log::redact_urls("cannot reach http://a:b@h1/ and http://c:d@h2") ==
        "cannot reach http://xxxxx@h1/ and http://xxxxx@h2"
    );
}

TEST_CASE("text without a password stays as it is", "[log]") {
    auto const text =
        GENERATE("", "://", "mail joe@example.org", "http://host/?q=a@b", "unix:///var/run/docker.sock");
    CHECK(log::redact_urls(text) == text);
}
