// What the driver does outside Swarm: questions and messages, whoever answers, and when.
#include "outside_fakes.hpp"
#include "server/driver/outside_work.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

using namespace autoscaler;
using namespace autoscaler::tests;
namespace asio = boost::asio;

namespace {

policy::prometheus_source source(std::string url) {
    policy::prometheus_source made;
    made.urls = {std::move(url)};
    return made;
}

policy::action::query about(std::string rule, std::string promql) {
    return {.service = "web", .policy = "web", .rule = std::move(rule), .promql = std::move(promql)};
}

// The work, the fakes behind it, and what it has told. Time moves by hand.
struct bench {
    explicit bench(bool answers_at_once = true)
        : messages(std::make_shared<fake_messages>(io, answers_at_once))
        , tasks(io.get_executor())
        , work(
              {.connect =
                   [this, answers_at_once](policy::prometheus_source const&) {
                       return connect(answers_at_once);
                   },
               .messages = messages},
              [this] { return now; },
              tasks,
              {.answered = [this](policy::any_event const& what) { note(what); },
               .queried = [this](
                              auto const& what, auto const& answer
                          ) { ended.emplace_back(what.rule, answer.error); },
               .posted = [this](auto const&, auto const& error) { posted.push_back(error); },
               .delivered_all = [this] { ++all_delivered; }}
          ) {}

    std::shared_ptr<fake_monitoring> connect(bool answers_at_once) {
        sources.push_back(std::make_shared<fake_monitoring>(io, answers_at_once));
        return sources.back();
    }

    // Events live for the call only.
    void note(policy::any_event const& what) {
        if (auto const* sample = std::get_if<policy::event::sample_received>(&what))
            samples.push_back(*sample);
        else if (auto const* list = std::get_if<policy::event::alerts_listed>(&what)) {
            lists.push_back(list->error);
            for (auto const& notice : list->alerts)
                named.emplace_back(policy::value_of(notice.labels, "alertname"));
        } else if (auto const* done = std::get_if<policy::event::post_finished>(&what))
            finished.push_back(done->error);
    }

    // Runs whatever can run without time passing.
    void settle() {
        io.restart();
        io.poll();
    }

    asio::io_context io;
    policy::time_point now{policy::duration(1'000'000)};
    std::vector<std::shared_ptr<fake_monitoring>> sources;
    std::shared_ptr<fake_messages> messages;
    std::vector<policy::event::sample_received> samples;
    std::vector<std::string> lists;
    std::vector<std::string> named;
    std::vector<std::string> finished;
    std::vector<std::pair<std::string, std::string>> ended;
    std::vector<std::string> posted;
    int all_delivered = 0;
    server::task_group tasks;
    server::outside_work work;
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("an answer comes back as it was asked, with the time of asking", "[outside]") {
    bench b(false);
    b.work.ask(source("http://one"));
    b.work.run(about("cpu", "up"));
    b.settle();
    auto const asked = b.now;
    b.now += std::chrono::seconds(3);
    b.sources[0]->answer.series = {7};
    b.sources[0]->answer_now();
    b.settle();
    REQUIRE(b.samples.size() == 1);
    CHECK(b.samples[0].service == "web");
    CHECK(b.samples[0].policy == "web");
    CHECK(b.samples[0].rule == "cpu");
    CHECK(b.samples[0].promql == "up");
    CHECK(b.samples[0].answer.series == std::vector<double>{7});
    CHECK(b.samples[0].asked == asked);
    CHECK(b.samples[0].now == b.now);
    CHECK(b.ended == std::vector<std::pair<std::string, std::string>>{{"cpu", ""}});
}

TEST_CASE("an error is an answer", "[outside]") {
    bench b;
    b.work.ask(source("http://one"));
    b.sources[0]->answer = {.series = {}, .error = "refused"};
    b.work.run(about("cpu", "up"));
    b.settle();
    REQUIRE(b.samples.size() == 1);
    CHECK(b.samples[0].answer.error == "refused");
    CHECK(b.ended.at(0).second == "refused");
}

TEST_CASE("a question that joins one under way is as old as that one", "[outside]") {
    bench b(false);
    b.work.ask(source("http://one"));
    auto const first = b.now;
    b.work.run(about("a", "up"));
    b.settle();
    b.now += std::chrono::seconds(4);
    b.work.run(about("b", "up"));
    b.work.run(about("c", "down"));
    b.settle();
    auto const later = b.now;
    b.sources[0]->answer_now();
    b.settle();
    b.now += std::chrono::seconds(1);
    b.work.run(about("d", "up"));
    b.settle();
    REQUIRE(b.samples.size() == 4);
    std::ranges::sort(b.samples, {}, &policy::event::sample_received::rule);
    CHECK(b.samples[0].asked == first);
    CHECK(b.samples[1].asked == first);
    CHECK(b.samples[2].asked == later);
    CHECK(b.samples[3].asked == b.now); // the first one is over
}

TEST_CASE("queries under way are asked again where another source takes over", "[outside]") {
    bench b(false);
    b.work.ask(source("http://one"));
    b.work.run(about("cpu", "up"));
    b.work.run(policy::action::list_alerts{});
    b.settle();
    b.now += std::chrono::seconds(2);
    b.work.ask(source("http://two"));
    b.settle();
    CHECK(b.sources[0]->stopped);
    CHECK(b.samples.empty()); // what the old one says is not told
    CHECK(b.lists == texts{"cancelled"});
    b.sources[1]->answer_now();
    b.settle();
    REQUIRE(b.samples.size() == 1);
    CHECK(b.samples[0].answer.error.empty());
    CHECK(b.samples[0].asked == b.now);
    CHECK(b.sources[1]->asked == texts{"up"});
    CHECK(b.sources[1]->listed == 0);
    CHECK_FALSE(b.sources[1]->stopped);
}

TEST_CASE("without a prometheus there is an error and no silence", "[outside]") {
    bench b(false);
    SECTION("from the start") {
        b.work.ask(std::nullopt);
        b.work.run(about("cpu", "up"));
        b.work.run(policy::action::list_alerts{});
    }
    SECTION("since a reload") {
        b.work.ask(source("http://one"));
        b.work.run(about("cpu", "up"));
        b.work.run(policy::action::list_alerts{});
        b.settle();
        b.work.ask(std::nullopt);
    }
    b.settle();
    REQUIRE(b.samples.size() == 1);
    CHECK(b.samples[0].answer.error == "the policies have no prometheus to ask");
    REQUIRE(b.lists.size() == 1);
    CHECK_FALSE(b.lists[0].empty());
}

TEST_CASE("listed alerts are told as notices", "[outside]") {
    bench b;
    b.work.ask(source("http://one"));
    b.sources[0]->firing.firing = {
        {.labels = {{"alertname", "Hot"}}, .annotations = {}, .active_at = {}},
        {.labels = {{"alertname", "Slow"}}, .annotations = {}, .active_at = {}},
    };
    b.work.run(policy::action::list_alerts{});
    b.settle();
    CHECK(b.lists == texts{""});
    CHECK(b.named == texts{"Hot", "Slow"});
}

TEST_CASE("questions that hang end with the work, and tell nothing", "[outside]") {
    bench b(false);
    b.work.ask(source("http://one"));
    for (int i = 0; i < 50; ++i)
        b.work.run(about("r" + std::to_string(i), std::to_string(i)));
    b.work.run(policy::action::list_alerts{});
    b.settle();
    b.work.stop_questions();
    b.work.run(about("late", "late"));
    bool over = false;
    asio::co_spawn(b.io, b.tasks.wait(), [&](std::exception_ptr const&) { over = true; });
    b.settle();
    CHECK(over);
    CHECK(b.samples.empty());
    CHECK(b.lists.empty());
    CHECK(b.sources[0]->asked.size() == 50);
}

TEST_CASE("a message is delivered once, and its end is told", "[outside]") {
    auto const error = GENERATE(std::string(), std::string("http://chat: status 500"));
    bench b(false);
    b.messages->error = error;
    policy::action::post message;
    message.what.service = "web";
    message.what.rule = "call";
    b.work.run(message);
    b.work.run(message);
    b.settle();
    CHECK(b.work.delivering());
    CHECK(b.all_delivered == 0);
    b.messages->answer_now();
    b.settle();
    CHECK_FALSE(b.work.delivering());
    CHECK(b.all_delivered == 1);
    CHECK(b.messages->sent.size() == 2);
    CHECK(b.posted == texts{error, error});
    CHECK(b.finished == texts{error, error});
}

TEST_CASE("a message may still go after the questions have ended, until it is stopped, too", "[outside]") {
    bench b(false);
    b.work.stop_questions();
    b.work.run(policy::action::post{});
    b.settle();
    CHECK(b.messages->sent.size() == 1);
    b.work.stop_messages();
    b.settle();
    CHECK(b.finished == texts{"cancelled"});
    CHECK_FALSE(b.work.delivering());
}
