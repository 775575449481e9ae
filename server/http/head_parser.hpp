// Parses one complete request head with Beast's parser, without copying: the result is views into the given
// text. One parser serves all connections in turn; its table of fields keeps its memory.
#pragma once

#include "server/http/message.hpp"

#include <cstdint>
#include <optional>

namespace autoscaler::server::http {

class head_parser {
public:
    // `head` ends with an empty line. Returns 0, or the status to refuse the request with; why() then has the
    // text.
    unsigned parse(std::string_view head, std::size_t most_fields);

    std::string const& why() const { return why_; }

    // Sets why() to the words of Go's server, so of Alertmanager's: the status, its reason and a detail.
    // Returns the status.
    unsigned refuse(unsigned status, std::string_view detail = {});

    // Of the last head that was parsed.
    request const& head() const { return head_; }

    // The body that belongs to it.
    void set_body(std::string_view body) { head_.body = body; }

    std::optional<std::uint64_t> content_length() const { return content_length_; }

    bool chunked() const { return chunked_; }

    bool keep_alive() const { return keep_alive_; }

    bool http_1_0() const { return http_1_0_; }

    // The client waits for `100 Continue` before it sends the body.
    bool expects_continue() const { return expects_continue_; }

private:
    class collector;

    unsigned judge();

    request head_;
    std::vector<field> fields_;
    std::optional<std::uint64_t> content_length_;
    bool chunked_ = false;
    bool keep_alive_ = false;
    bool http_1_0_ = false;
    bool expects_continue_ = false;
    std::string why_;
};

} // namespace autoscaler::server::http
