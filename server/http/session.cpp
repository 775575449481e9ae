#include "server/http/session.hpp"

#include <boost/asio/io_context.hpp>

#include <utility>

namespace autoscaler::server::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Pipelined requests are answered together, until this much is to be sent, or so many are answered: then
// others have their turn.
constexpr std::size_t most_unsent = std::size_t{256} << 10U;
constexpr unsigned most_at_once = 16;

} // namespace

session::session(std::shared_ptr<core> owner, tcp::socket socket, std::shared_ptr<ssl_ctx_st> const& tls)
    : owner_(std::move(owner)), core_(*owner_), stream_(std::move(socket), tls) {
    core_.enter(*this);
}

session::~session() {
    core_.buffered -= counted_;
    core_.leave(*this);
}

session::step session::greet() {
    switch (stream_.greet()) {
    case stream::greeting::under_way:
        return core_.stopping ? step::close : step::wait;
    case stream::greeting::plain: // in the words of Go's server
        return refuse(400, "Client sent an HTTP request to an HTTPS server.\n");
    case stream::greeting::failed:
        return step::close;
    case stream::greeting::done:
        break;
    }
    return step::again;
}

session::step session::on_readable(error_code waited) {
    waiting_ = false;
    if (expired_ && !idle())
        return refuse(408, "408 Request Timeout");
    if (expired_ || (waited && !core_.stopping))
        return step::close;
    if (!stream_.established())
        if (auto const next = greet(); next != step::again)
            return next;

    bool const shared = own_.size() == 0;
    std::size_t const most = core_.chosen.limit.head + core_.chosen.limit.body;
    if (!shared && !may_hold(own_.capacity_with_room(most)))
        return refuse_to_hold();
    std::size_t room = receive_size;
    char* const to = shared ? core_.receive_buffer.get() : own_.room(room, most);
    error_code ec;
    std::size_t const size = stream_.read(to, room, ec);
    if (ec)
        return at_end(ec);
    if (shared)
        return process(to, size, true);
    own_.grown(size);
    return resume();
}

bool session::may_hold(std::size_t wanted) const {
    return wanted <= buffered_free || core_.buffered - counted_ + wanted <= core_.chosen.limit.buffered;
}

bool session::keep(char const* from, std::size_t size) {
    if (!may_hold(size))
        return false;
    own_.keep(from, size);
    return true;
}

session::step session::refuse_to_hold() {
    return refuse(503, "503 Service Unavailable: too many unfinished requests at once");
}

session::step session::resume() {
    return process(own_.data(), own_.size(), false);
}

session::step session::at_end(error_code ec) {
    if (ec == asio::error::would_block || ec == asio::error::try_again)
        return core_.stopping && idle() ? step::close : step::wait;
    if (ec == asio::error::eof && reader_.where() == request_reader::state::body)
        return refuse(400, "400 Bad Request: the connection ended before the body did");
    return step::close;
}

session::step session::process(char* data, std::size_t size, bool in_shared) {
    auto const& limit = core_.chosen.limit;
    std::size_t at = 0;
    for (unsigned rounds = 1;; ++rounds) {
        std::size_t rest = size - at;
        auto found = reader_.advance(data + at, rest, core_.parser, limit, core_.chosen.gate != nullptr);
        if (found == request_reader::state::headed) {
            if (judgement_takes_time())
                return keep(data + at, rest) ? step::judge : refuse_to_hold();
            found = reader_.go_on(data + at, rest, core_.parser, limit);
        }
        switch (found) {
        case request_reader::state::idle:
        case request_reader::state::head:
        case request_reader::state::headed:
        case request_reader::state::body:
            if (turned_away_)
                return turn_away();
            if (reader_.take_expectation())
                core_.out += "HTTP/1.1 100 Continue\r\n\r\n";
            if (in_shared && rest != 0 && at + rest < receive_size) {
                // More may have come meanwhile: reading it behind the rest saves the copy.
                error_code ec;
                std::size_t const more = stream_.read(data + at + rest, receive_size - at - rest, ec);
                if (!ec) {
                    size = at + rest + more;
                    continue;
                }
            }
            if (!keep(data + at, rest))
                return refuse_to_hold();
            return idle() && core_.stopping ? step::close : step::wait;
        case request_reader::state::refused:
            return refuse(reader_.status(), core_.parser.why());
        case request_reader::state::complete:
            break;
        }
        auto const next = complete(data, size, at);
        if (next != step::again)
            return next;
        if (core_.out.size() > most_unsent || (rounds >= most_at_once && at < size))
            return keep(data + at, size - at) ? step::again : refuse_to_hold();
    }
}

bool session::judgement_takes_time() {
    request asked = core_.parser.head();
    needed_ = core_.routes.choose(asked).needed;
    own_fields_ = core_.routes.cors_fields(asked);
    head_only_ = asked.method == "HEAD";
    auto verdict = core_.chosen.gate->judge(asked, needed_, stream_.other_side());
    if (verdict)
        turned_away_ = std::move(*verdict);
    else
        credentials_ = asked.header("authorization");
    return !verdict;
}

asio::awaitable<guard::ruling> session::judge_later() {
    return core_.chosen.gate->judge_later(std::move(credentials_), needed_, stream_.other_side());
}

session::step session::judged(guard::ruling verdict) {
    turned_away_ = std::move(verdict);
    return step::again;
}

// The rest of the request is not waited for.
session::step session::turn_away() {
    refused_ = true;
    answer(*turned_away_, {}, false);
    turned_away_.reset();
    own_.keep(nullptr, 0);
    return step::close;
}

session::step session::complete(char* data, std::size_t size, std::size_t& at) {
    first_ = false;
    armed_for_ = request_reader::state::complete; // the next wait has a deadline of its own
    request asked = core_.parser.head();
    body_size_ = asked.body.size();
    head_only_ = asked.method == "HEAD";
    router::choice chosen;
    if (turned_away_) {
        chosen.refusal = *std::exchange(turned_away_, std::nullopt);
    } else {
        chosen = core_.routes.choose(asked);
    }
    own_fields_ = core_.routes.cors_fields(asked);
    if (chosen.found != nullptr && !chosen.found->now) {
        called_ = chosen.found;
        return keep(data + at, size - at) ? step::call : refuse_to_hold();
    }
    bool const stays = reader_.keep_alive() && !core_.stopping;
    if (chosen.found != nullptr) {
        auto const made = run(*chosen.found, asked);
        bool const goes_on = stays && !made.close;
        answer(made, chosen.found->pattern, goes_on);
        at += reader_.consumed();
        reader_.restart();
        return goes_on ? step::again : step::close;
    }
    answer(chosen.refusal, {}, stays);
    at += reader_.consumed();
    reader_.restart();
    return stays ? step::again : step::close;
}

response session::run(route const& found, request const& asked) {
    try {
        return found.now(asked);
    } catch (std::exception const& fault) {
        if (core_.chosen.on_fault)
            core_.chosen.on_fault("handler of " + found.pattern + " failed: " + fault.what());
        return text(500, "500 Internal Server Error");
    }
}

void session::answer(response const& what, std::string_view pattern, bool keep_alive) {
    std::string_view const fields = core_.chosen.gate ? core_.chosen.gate->fields() : std::string_view{};
    framing const how{keep_alive, reader_.http_1_0(), head_only_, fields, own_fields_};
    append(core_.out, what, how, core_.date);
    if (core_.chosen.on_answer)
        core_.chosen.on_answer(pattern, what.status);
}

session::step session::refuse(unsigned status, std::string why) {
    refused_ = true;
    head_only_ = false;
    own_fields_.clear();
    answer(text(status, std::move(why)), {}, false);
    own_.keep(nullptr, 0);
    return step::close;
}

asio::awaitable<response> session::call() {
    // Others use the shared buffer and table meanwhile: the request moves to memory of its own. Its bytes are
    // in own_.
    called_head_ = std::make_unique<head_parser>();
    request asked;
    std::size_t const head = reader_.head_size();
    called_head_->parse({own_.data(), head}, core_.chosen.limit.fields);
    asked = called_head_->head();
    asked.body = {own_.data() + head, body_size_};
    core_.routes.choose(asked); // sets the views of the path anew

    response made;
    try {
        made = co_await called_->later(asked);
    } catch (std::exception const& fault) {
        if (core_.chosen.on_fault)
            core_.chosen.on_fault("handler of " + called_->pattern + " failed: " + fault.what());
        made = text(500, "500 Internal Server Error");
    }
    co_return made;
}

session::step session::answered(response const& made) {
    bool const keep = reader_.keep_alive() && !core_.stopping && !made.close;
    answer(made, called_->pattern, keep);
    called_head_.reset();
    called_ = nullptr;
    own_.keep(own_.data() + reader_.consumed(), own_.size() - reader_.consumed());
    reader_.restart();
    return keep ? step::again : step::close;
}

void session::flush() {
    std::string_view rest = core_.out;
    error_code ec;
    while (!rest.empty() && !ec)
        rest.remove_prefix(stream_.write(rest, ec));
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
        if (may_hold(own_.capacity() + rest.size()))
            unsent_.assign(rest);
        else
            cut_off();
    }
    core_.out.clear(); // any other error: the next read tells
    core_.buffered -= counted_;
    counted_ = own_.capacity() + unsent_.size();
    core_.buffered += counted_;
}

bool session::flush_rest() {
    error_code ec;
    while (sent_ < unsent_.size() && !ec)
        sent_ += stream_.write(std::string_view(unsent_).substr(sent_), ec);
    if (ec)
        return ec == asio::error::would_block || ec == asio::error::try_again;
    std::string().swap(unsent_);
    sent_ = 0;
    return true;
}

} // namespace autoscaler::server::http
