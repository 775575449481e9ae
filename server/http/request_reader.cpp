#include "server/http/request_reader.hpp"

namespace autoscaler::server::http {

namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

// RFC 9110, 5.6.2: what a method may begin with. A TLS greeting on the plain port fails here, instead of
// waiting for an end of the head that never comes.
bool begins_method(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

unsigned too_large(head_parser& parser, std::size_t limit) {
    return parser.refuse(413, "the body exceeds the limit of " + std::to_string(limit) + " bytes");
}

} // namespace

bool request_reader::take_expectation() {
    bool const expected = where_ == state::body && expects_continue_;
    expects_continue_ = false;
    return expected;
}

request_reader::state
request_reader::read_head(char* data, std::size_t size, head_parser& parser, limits const& limit) {
    std::string_view const text(data, size);
    if (!begins_method(text.front()))
        return refuse(parser.refuse(400));
    std::size_t const end = text.find(end_of_head, scanned_);
    std::size_t const needed = end == std::string_view::npos ? size : end + end_of_head.size();
    if (needed > limit.head)
        return refuse(parser.refuse(431));
    if (end == std::string_view::npos) {
        scanned_ = size < end_of_head.size() ? 0 : size - (end_of_head.size() - 1);
        return state::head;
    }

    head_size_ = needed;
    if (unsigned const status = parser.parse(text.substr(0, head_size_), limit.fields); status != 0)
        return refuse(status);
    head_is_fresh_ = true;
    keep_alive_ = parser.keep_alive();
    http_1_0_ = parser.http_1_0();
    chunked_ = parser.chunked();
    expects_continue_ = parser.expects_continue();
    if (auto const length = parser.content_length().value_or(0); !chunked_) {
        if (length > limit.body)
            return refuse(too_large(parser, limit.body));
        body_size_ = static_cast<std::size_t>(length);
    }
    return state::body;
}

request_reader::state
request_reader::read_chunks(char* data, std::size_t& size, head_parser& parser, limits const& limit) {
    std::size_t const used = head_size_ + body_size_;
    auto const step = decoder_.feed({data + used, size - used}, data + used, limit.body);
    body_size_ += step.produced;
    switch (step.what) {
    case chunked_decoder::state::more:
        size = head_size_ + body_size_;
        return state::body;
    case chunked_decoder::state::done:
        consumed_ = used + step.consumed;
        return state::complete;
    case chunked_decoder::state::too_large:
        return refuse(too_large(parser, limit.body));
    case chunked_decoder::state::malformed:
        break;
    }
    return refuse(parser.refuse(400, "malformed chunked encoding"));
}

request_reader::state request_reader::finish(char* data, head_parser& parser, limits const& limit) {
    // The buffer may have moved since the head was read, and the parser has served others.
    if (!head_is_fresh_)
        if (unsigned const status = parser.parse({data, head_size_}, limit.fields); status != 0)
            return refuse(status);
    parser.set_body({data + head_size_, body_size_});
    return state::complete;
}

request_reader::state request_reader::advance(
    char* data, std::size_t& size, head_parser& parser, limits const& limit, bool stop_at_head
) {
    head_is_fresh_ = false;
    if (size == 0)
        return where_;
    if (where_ == state::idle || where_ == state::head) {
        where_ = read_head(data, size, parser, limit);
        if (where_ == state::body && stop_at_head)
            return state::headed;
    }
    return where_ == state::body ? go_on(data, size, parser, limit) : where_;
}

request_reader::state
request_reader::go_on(char* data, std::size_t& size, head_parser& parser, limits const& limit) {
    if (chunked_) {
        where_ = read_chunks(data, size, parser, limit);
    } else if (size - head_size_ >= body_size_) {
        consumed_ = head_size_ + body_size_;
        where_ = state::complete;
    }
    if (where_ == state::complete)
        where_ = finish(data, parser, limit);
    return where_;
}

} // namespace autoscaler::server::http
