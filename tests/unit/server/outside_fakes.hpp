// Prometheus and receivers of messages as a test scripts them: they answer when the test says so.
#pragma once

#include "server/driver/outside_api.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::tests {

// Lets calls wait until it is opened, for good.
class gate {
public:
    explicit gate(boost::asio::io_context& io, bool open) : timer_(io) {
        timer_.expires_at(
            open ? boost::asio::steady_timer::time_point::min() : boost::asio::steady_timer::time_point::max()
        );
    }

    void open() { timer_.expires_at(boost::asio::steady_timer::time_point::min()); }

    boost::asio::awaitable<void> pass() {
        boost::system::error_code woken;
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }

private:
    boost::asio::steady_timer timer_;
};

class fake_monitoring final : public server::monitoring_api {
public:
    fake_monitoring(boost::asio::io_context& io, bool answers_at_once) : gate_(io, answers_at_once) {}

    boost::asio::awaitable<policy::query_answer> query(std::string promql) override {
        asked.push_back(std::move(promql));
        co_await gate_.pass();
        if (stopped)
            co_return policy::query_answer{.series = {}, .error = "cancelled"};
        co_return answer;
    }

    boost::asio::awaitable<server::prometheus::alerts_result> alerts() override {
        ++listed;
        co_await gate_.pass();
        if (stopped)
            co_return server::prometheus::alerts_result{.firing = {}, .error = "cancelled"};
        co_return firing;
    }

    void stop() override {
        stopped = true;
        gate_.open();
    }

    // Lets all calls under way and to come be answered.
    void answer_now() { gate_.open(); }

    std::vector<std::string> asked;
    std::size_t listed = 0;
    policy::query_answer answer{.series = {1}, .error = ""};
    server::prometheus::alerts_result firing;
    bool stopped = false;

private:
    gate gate_;
};

class fake_messages final : public server::message_api {
public:
    fake_messages(boost::asio::io_context& io, bool answers_at_once) : gate_(io, answers_at_once) {}

    boost::asio::awaitable<std::string> send(policy::action::post message) override {
        sent.push_back(std::move(message));
        co_await gate_.pass();
        co_return stopped ? "cancelled" : error;
    }

    void stop() override {
        stopped = true;
        gate_.open();
    }

    void answer_now() { gate_.open(); }

    std::vector<policy::action::post> sent;
    std::string error;
    bool stopped = false;

private:
    gate gate_;
};

} // namespace autoscaler::tests
