// A request and a response as handlers see them. Values and views only: no socket, no Asio, no Beast.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::http {

struct field {
    std::string_view name; // as the client wrote it
    std::string_view value;
};

// Behind every body that a handler gets, at least this many bytes may be read (their content means nothing):
// vectorised parsers need no copy of the body then.
inline constexpr std::size_t body_padding = 64;

// Views into the receive buffer: alive until the handler returns; in an asynchronous handler until its
// coroutine ends.
struct request {
    std::string_view method;
    std::string_view target; // as sent: path and query
    std::string_view path;   // raw, without the query
    std::string_view query;  // without the '?'
    std::string_view body;
    std::span<field const> fields;

    // Set by the router.
    std::string_view route_path;                // the path below the route prefix; always begins with '/'
    std::array<std::string_view, 2> parameters; // what stands in the places of {..}, still percent-encoded

    // The first field with this name in any case; "" where there is none.
    std::string_view header(std::string_view name) const;
};

struct response {
    unsigned status = 200;
    std::string content_type; // "" = none
    std::string body;
    std::vector<std::pair<std::string, std::string>>
        fields;         // besides Content-Type, Content-Length, Date, Connection
    bool close = false; // close the connection after this answer
};

// An answer in plain text.
response text(unsigned status, std::string body);

// An answer in JSON; `body` is JSON already.
response json(unsigned status, std::string body);

// The reason phrase of a status; "" for one that we never send.
std::string_view reason(unsigned status);

// Equal in any ASCII case.
bool same_text(std::string_view a, std::string_view b);

// How an answer is framed.
struct framing {
    bool keep_alive = true;
    bool http_1_0 = false;
    bool without_body = false; // the answer to HEAD: every field, no body
    // More fields, "NAME: VALUE\r\n" each: those of every answer, and those of this one.
    std::string_view fields;
    std::string_view own_fields;
};

// Appends `answer` in wire format to `out`. `date` is the value of the Date field.
void append(std::string& out, response const& answer, framing how, std::string_view date);

} // namespace autoscaler::server::http
