#include "server/prometheus/client.hpp"

#include "server/http_client/client.hpp"
#include "server/http_client/url.hpp"
#include "swarm_client/transport/turns.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace autoscaler::server::prometheus {

namespace asio = boost::asio;
using deadline = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t most_questions = 8;
constexpr int most_timeouts = 3; // of all urls together
constexpr auto preference = std::chrono::seconds(30);

struct question {
    std::string path;
    std::string form; // "" = a GET without any
};

// Servers and proxies without POST; a redirect is followed by a GET alone.
bool wants_get(http_client::response const& said) {
    return said.status == 405 || said.status == 501 || said.status / 100 == 3;
}

milliseconds until_then(deadline when) {
    auto const left = std::chrono::ceil<milliseconds>(when - std::chrono::steady_clock::now());
    return std::max(left, milliseconds(1)); // Prometheus refuses a timeout of 0
}

} // namespace

struct client::core {
    core(asio::any_io_executor const& from, policy::prometheus_source given, observer teller)
        : executor(from)
        , source(std::move(given))
        , told(std::move(teller))
        , http(from)
        , places(std::make_shared<swarm::transport::turns>(from, most_questions))
        , get_only(source.urls.size(), false) {}

    // A text that is under way: whoever asks for it, too, waits for `done`.
    struct shared_question {
        explicit shared_question(asio::any_io_executor const& on) : done(on, deadline::max()) {}

        asio::steady_timer done;
        std::optional<policy::query_answer> answer; // none at the end: the asker was cancelled
    };

    class asker;

    asio::any_io_executor executor;
    policy::prometheus_source source;
    observer told;
    http_client::client http;
    std::shared_ptr<swarm::transport::turns> places;
    std::vector<bool> get_only; // for each url
    std::size_t preferred = 0;
    deadline preferred_until{};
    std::map<std::string, std::shared_ptr<shared_question>> under_way;
    bool stopped = false;

    std::vector<std::size_t> order() const;
    void answered_by(std::size_t index);
    std::string shown(std::size_t index) const;

    static asio::awaitable<http_client::result<http_client::response>>
    ask_one(std::shared_ptr<core> self, std::size_t index, question what, deadline until);
    template<class Answer, class Decode>
    static asio::awaitable<Answer>
    ask(std::shared_ptr<core> self, question what, Decode decode, deadline until);
    static asio::awaitable<policy::query_answer> query(std::shared_ptr<core> self, std::string promql);
    static asio::awaitable<alerts_result> alerts(std::shared_ptr<core> self);
};

// Whoever asks for all. At its end, however it comes, the others hear of it.
class client::core::asker {
public:
    asker(std::shared_ptr<core> self, std::string promql)
        : self_(std::move(self))
        , promql_(std::move(promql))
        , mine_(std::make_shared<shared_question>(self_->executor)) {
        self_->under_way.emplace(promql_, mine_);
    }

    ~asker() {
        self_->under_way.erase(promql_);
        mine_->done.cancel();
    }

    asker(asker const&) = delete;
    asker& operator=(asker const&) = delete;

    void tell(policy::query_answer const& answer) { mine_->answer = answer; }

private:
    std::shared_ptr<core> self_;
    std::string promql_;
    std::shared_ptr<shared_question> mine_;
};

std::vector<std::size_t> client::core::order() const {
    std::vector<std::size_t> indices;
    if (std::chrono::steady_clock::now() < preferred_until)
        indices.push_back(preferred);
    for (std::size_t i = 0; i < source.urls.size(); ++i)
        if (indices.empty() || indices.front() != i)
            indices.push_back(i);
    return indices;
}

void client::core::answered_by(std::size_t index) {
    auto const now = std::chrono::steady_clock::now();
    if (index == 0)
        preferred_until = {};
    else if (preferred != index || now >= preferred_until)
        preferred_until = now + preference;
    preferred = index;
}

std::string client::core::shown(std::size_t index) const {
    auto const parsed = http_client::parse_url(source.urls[index]);
    return parsed ? parsed->shown() : "url " + std::to_string(index + 1);
}

asio::awaitable<http_client::result<http_client::response>>
client::core::ask_one(std::shared_ptr<core> self, std::size_t index, question what, deadline until) {
    auto const url = http_client::append_path(self->source.urls[index], what.path);
    if (!url)
        co_return url.error();
    http_client::request asked;
    asked.url = *url;
    asked.headers = {{"Accept", "application/json"}};
    asked.timeout = until_then(until);
    if (what.form.empty())
        co_return co_await self->http.send(std::move(asked), self->source.http);

    what.form += "&timeout=" + std::to_string(asked.timeout.count()) + "ms";
    if (!self->get_only[index]) {
        http_client::request post = asked;
        post.method = "POST";
        post.repeatable = true; // it changes nothing
        post.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        post.body = what.form;
        auto said = co_await self->http.send(std::move(post), self->source.http);
        if (!said || !wants_get(*said))
            co_return said;
        self->get_only[index] = true;
        asked.timeout = until_then(until);
    }
    asked.url += (asked.url.find('?') == std::string::npos ? "?" : "&") + what.form;
    co_return co_await self->http.send(std::move(asked), self->source.http);
}

// Asks one url after the other for an answer that settles the matter.
template<class Answer, class Decode>
asio::awaitable<Answer>
client::core::ask(std::shared_ptr<core> self, question what, Decode decode, deadline until) {
    Answer none;
    auto const mine = co_await self->places->take(until);
    if (!mine && !self->stopped)
        none.error = "too many questions were under way; the turn of this one did not come in time";
    for (std::size_t const index : mine ? self->order() : std::vector<std::size_t>{}) {
        auto const began = std::chrono::steady_clock::now();
        if (self->stopped || began >= until)
            break;
        auto const said = co_await ask_one(self, index, what, std::min(until, began + self->source.timeout));
        if (!said && said.error().kind == http_client::error_kind::cancelled) {
            none.error = "cancelled";
            break;
        }
        std::string const where = self->shown(index);
        reading<Answer> read;
        if (said)
            read = decode(said->status, said->body);
        if (self->told)
            self->told({where, read.conclusive, std::chrono::steady_clock::now() - began});
        if (read.conclusive) {
            self->answered_by(index);
            co_return std::move(read.answer);
        }
        none.error += none.error.empty() ? "" : "; ";
        none.error += said ? where + ": " + read.answer.error : http_client::describe(said.error());
    }
    if (self->stopped)
        none.error = "cancelled";
    else if (none.error.empty()) // no answer must never look like an empty one
        none.error = "no url was left to ask, or no time";
    co_return none;
}

asio::awaitable<policy::query_answer> client::core::query(std::shared_ptr<core> self, std::string promql) {
    deadline const until = std::chrono::steady_clock::now() + self->source.timeout * most_timeouts;
    for (auto found = self->under_way.find(promql); found != self->under_way.end();
         found = self->under_way.find(promql)) {
        auto const other = found->second; // began before us, so it ends before our time is over
        boost::system::error_code woken;
        co_await other->done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        if (other->answer)
            co_return *other->answer;
    }
    asker all(self, promql);
    question what{"/api/v1/query", "query=" + http_client::form_encoded(promql)};
    auto answer = co_await ask<policy::query_answer>(self, std::move(what), read_query, until);
    // The asker's own end is no answer for the others.
    auto const asker_state = co_await asio::this_coro::cancellation_state;
    if (asker_state.cancelled() == asio::cancellation_type::none)
        all.tell(answer);
    co_return answer;
}

asio::awaitable<alerts_result> client::core::alerts(std::shared_ptr<core> self) {
    deadline const until = std::chrono::steady_clock::now() + self->source.timeout * most_timeouts;
    question what{"/api/v1/alerts", ""};
    auto const decode = [raw = self.get()](unsigned status, std::string const& body) {
        return read_alerts(status, body, raw->source.external_labels);
    };
    co_return co_await ask<alerts_result>(self, std::move(what), decode, until);
}

client::client(asio::any_io_executor executor, policy::prometheus_source source, observer told)
    : core_(std::make_shared<core>(executor, std::move(source), std::move(told))) {}

client::~client() {
    stop();
}

asio::awaitable<policy::query_answer> client::query(std::string promql) {
    return core::query(core_, std::move(promql));
}

asio::awaitable<alerts_result> client::alerts() {
    return core::alerts(core_);
}

void client::stop() {
    core_->stopped = true;
    core_->http.stop();
    core_->places->stop();
}

} // namespace autoscaler::server::prometheus
