#include "server/http/request_reader.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace autoscaler::server::http;
using state = request_reader::state;

namespace {

// What a request comes to when its bytes arrive in pieces that end at `cuts`, in memory that moves each time.
struct outcome {
    state where = state::idle;
    unsigned status = 0;
    std::string why;
    std::string method;
    std::string path;
    std::string query;
    std::string body;
    std::size_t left = 0; // bytes behind the request
    bool keep_alive = false;
    bool expected_continue = false;
};

outcome
read_in_pieces(std::string_view text, std::vector<std::size_t> const& cuts, limits const& limit = {}) {
    head_parser parser;
    request_reader reader;
    std::vector<char> memory;
    outcome result;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        std::size_t const end = i < cuts.size() ? cuts[i] : text.size();
        std::vector<char> moved(memory);
        moved.insert(
            moved.end(),
            text.begin() + static_cast<std::ptrdiff_t>(begin),
            text.begin() + static_cast<std::ptrdiff_t>(end)
        );
        memory.swap(moved);
        begin = end;
        std::size_t size = memory.size();
        result.where = reader.advance(memory.data(), size, parser, limit);
        result.expected_continue |= reader.take_expectation();
        if (result.where == state::refused) {
            result.status = reader.status();
            result.why = parser.why();
            return result;
        }
        if (result.where == state::complete) {
            auto const& found = parser.head();
            result.method = found.method;
            result.path = found.path;
            result.query = found.query;
            result.body = found.body;
            result.left = memory.size() - reader.consumed() + text.size() - end;
            result.keep_alive = reader.keep_alive();
            return result;
        }
        memory.resize(size);
    }
    return result;
}

outcome read_whole(std::string_view text, limits const& limit = {}) {
    return read_in_pieces(text, {}, limit);
}

std::string const chunked_request = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    "5;ext=1\r\nhello\r\n0A\r\n, world!!!\r\n0\r\nTrailer: x\r\n\r\n";

} // namespace

TEST_CASE("a request is the same however its bytes are cut") {
    std::string const with_length =
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\nhello, world!!!";
    for (std::string const& request : {with_length, chunked_request}) {
        std::string const text = request + "GET /next";
        for (std::size_t first = 0; first <= request.size(); ++first)
            for (std::size_t const step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size()}) {
                std::vector<std::size_t> cuts;
                for (std::size_t cut = first; cut < text.size(); cut += step)
                    cuts.push_back(cut);
                auto const read = read_in_pieces(text, cuts);
                REQUIRE(read.where == state::complete);
                CHECK(read.method == "POST");
                CHECK(read.path == "/a");
                CHECK(read.query == "b=c");
                CHECK(read.body == "hello, world!!!");
                CHECK(read.left == 9);
                CHECK(read.keep_alive);
            }
    }
}

TEST_CASE("a request without any length has an empty body") {
    auto const read = read_whole("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(read.where == state::complete);
    CHECK(read.body.empty());
}

TEST_CASE("the connection stays open as the version and the fields say") {
    CHECK_FALSE(read_whole("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keep_alive);
    CHECK_FALSE(read_whole("GET / HTTP/1.0\r\n\r\n").keep_alive);
    CHECK(read_whole("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
    // An offer of HTTP/2 is passed over.
    CHECK(
        read_whole("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
            .keep_alive
    );
}

TEST_CASE("a client that expects 100 Continue is seen once, while its body is missing") {
    std::string const head =
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    CHECK(read_in_pieces(head + "[]", {head.size()}).expected_continue);
    CHECK_FALSE(read_whole(head + "[]").expected_continue);
}

TEST_CASE("a head that two readers could understand differently is refused") {
    for (std::string const fields :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
          "Content-Length: 2\r\nContent-Length: 3\r\n",
          "Content-Length: -1\r\n",
          "Content-Length: 0x2\r\n",
          "Content-Length: 2, 3\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Host: y\r\n",
          "A : b\r\n",
          "A: b\r\n c\r\n",
          ": b\r\n",
          "A: b\rc\r\n"}) {
        INFO(fields);
        auto const read = read_whole("POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
        CHECK(read.where == state::refused);
        CHECK(read.status == 400);
        CHECK(read.why == "400 Bad Request");
    }
    CHECK(read_whole("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n").status == 501);
    CHECK(read_whole("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status == 501);
    CHECK(read_whole("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status == 400);
    CHECK(read_whole("GET / HTTP/1.1\r\n\r\n").why == "400 Bad Request: missing required Host header");
}

TEST_CASE("what is no HTTP request is refused, where possible at its first byte") {
    for (std::string const text :
         {"hello world\r\n\r\n",
          "GET  / HTTP/1.1\r\n\r\n",
          "GET / HTTP/2.0\r\n\r\n",
          "GET / HTTP/1.1 \r\n\r\n",
          "\r\n\r\n"}) {
        INFO(text);
        CHECK(read_whole(text).status == 400);
    }
    CHECK(read_whole(std::string_view("\x16\x03\x01\x02\x00", 5)).status == 400);
}

TEST_CASE("a malformed chunk is refused") {
    std::string const head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::string const chunk :
         {"zz\r\n",
          "\r\n",
          ";x\r\n",
          "2\nab\r\n",
          "2\r\nabc\r\n",
          "-1\r\n",
          "fffffffffffffffff\r\n",
          "2 3\r\n"}) {
        INFO(chunk);
        auto const read = read_whole(head + chunk);
        CHECK(read.status == 400);
        CHECK(read.why == "400 Bad Request: malformed chunked encoding");
    }
    CHECK(read_whole(head + "1;" + std::string(5000, 'x')).status == 400);
    CHECK(read_whole(head + "0\r\n" + std::string(5000, 'x')).status == 400);
}

TEST_CASE("limits hold to the byte, for announced and for chunked bodies") {
    limits limit;
    limit.body = 15;
    auto const with_length = [](std::string const& length) {
        return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
    };
    CHECK(read_whole(with_length("15"), limit).where == state::body);
    auto const refused = read_whole(with_length("16"), limit);
    CHECK(refused.status == 413);
    CHECK(refused.why == "413 Request Entity Too Large: the body exceeds the limit of 15 bytes");
    CHECK(read_whole(with_length("18446744073709551615"), limit).status == 413);
    CHECK(read_whole(chunked_request, limit).where == state::complete);
    limit.body = 14;
    CHECK(read_whole(chunked_request, limit).status == 413);

    std::string const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    limit.head = request.size();
    CHECK(read_whole(request, limit).where == state::complete);
    limit.head = request.size() - 1;
    CHECK(read_whole(request, limit).status == 431);
    CHECK(read_whole(std::string(limit.head + 1, 'A'), limit).why == "431 Request Header Fields Too Large");
    limit = {};
    limit.fields = 1;
    CHECK(read_whole("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n", limit).status == 431);
}
