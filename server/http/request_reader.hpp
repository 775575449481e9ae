// Finds one request in the bytes that have arrived, be they all of it or a part. Owns no bytes and no socket:
// the session keeps the buffer, this keeps the place in it. Never believes an announced length: it only waits
// for it.
#pragma once

#include "server/http/chunked.hpp"
#include "server/http/head_parser.hpp"
#include "server/http/limits.hpp"

namespace autoscaler::server::http {

class request_reader {
public:
    enum class state {
        idle,     // not one byte of a request yet
        head,     // the head is incomplete
        headed,   // the head is there, and nothing behind it was looked at: only where stop_at_head is set
        body,     // the head is there, the body is incomplete
        complete, // parser.head() is the request, consumed() the bytes it took
        refused   // status() and parser.why() say why; the bytes behind have no meaning
    };

    // Looks at the `size` bytes from the start of a request. Give the same bytes again, with more behind
    // them, until it is complete or refused; they may move between two calls. A chunked body is decoded in
    // place: where `size` comes back smaller, the bytes behind it are used up and the next ones belong there.
    //
    // With `stop_at_head` it comes back once with the head of a request alone, which parser.head() is then:
    // go_on() does the rest, with the same bytes in the same place; or the next advance(), later.
    state advance(
        char* data, std::size_t& size, head_parser& parser, limits const& limit, bool stop_at_head = false
    );

    state go_on(char* data, std::size_t& size, head_parser& parser, limits const& limit);

    // Forgets the request: the next call begins a new one.
    void restart() { *this = {}; }

    state where() const { return where_; }

    std::size_t consumed() const { return consumed_; }

    // The body, where there is one, begins here.
    std::size_t head_size() const { return head_size_; }

    bool keep_alive() const { return keep_alive_; }

    bool http_1_0() const { return http_1_0_; }

    unsigned status() const { return status_; }

    // The client waits for `100 Continue`: true once per request, and only while the body is awaited.
    bool take_expectation();

private:
    state refuse(unsigned status) {
        status_ = status;
        return state::refused;
    }

    state read_head(char* data, std::size_t size, head_parser& parser, limits const& limit);
    state read_chunks(char* data, std::size_t& size, head_parser& parser, limits const& limit);
    state finish(char* data, head_parser& parser, limits const& limit);

    state where_ = state::idle;
    bool keep_alive_ = false;
    bool http_1_0_ = false;
    bool chunked_ = false;
    bool expects_continue_ = false;
    bool head_is_fresh_ = false; // the parser's views belong to this call
    unsigned status_ = 0;
    std::size_t scanned_ = 0; // no end of the head before this place
    std::size_t head_size_ = 0;
    std::size_t body_size_ = 0; // announced; chunked: decoded so far
    std::size_t consumed_ = 0;
    chunked_decoder decoder_;
};

} // namespace autoscaler::server::http
