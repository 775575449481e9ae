#include "raw_engine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace autoscaler::tests {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using stream_protocol = asio::local::stream_protocol;

namespace {

// Runs one asynchronous operation to its end; the stream's own deadline bounds it.
template<class Start>
error_code finish(asio::io_context& context, Start start) {
    error_code result;
    start([&result](error_code fault, auto&&...) { result = fault; });
    context.restart();
    context.run();
    return result;
}

std::string in_small_letters(std::string_view text) {
    std::string made{text};
    std::ranges::transform(made, made.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return made;
}

} // namespace

std::string reply::message() const {
    auto const parsed = json();
    return parsed.is_object() && parsed.contains("message") ? parsed["message"].get<std::string>()
                                                            : fault + body;
}

reply raw_engine::call(
    std::string_view method,
    std::string_view target,
    std::string_view body,
    std::chrono::milliseconds deadline
) const {
    asio::io_context context;
    beast::basic_stream<stream_protocol> stream{context};
    stream.expires_after(deadline);
    auto fault = finish(context, [&](auto done) {
        stream.async_connect(stream_protocol::endpoint{path_}, std::move(done));
    });
    http::request<http::string_body> message{http::string_to_verb(method), target, 11};
    message.set(http::field::host, "engine");
    if (!body.empty())
        message.set(http::field::content_type, "application/json");
    message.body() = body;
    message.prepare_payload();
    if (!fault)
        fault = finish(context, [&](auto done) { http::async_write(stream, message, std::move(done)); });
    beast::flat_buffer received;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64ULL * 1024 * 1024);
    parser.skip(method == "HEAD");
    if (!fault)
        fault =
            finish(context, [&](auto done) { http::async_read(stream, received, parser, std::move(done)); });
    reply got;
    if (fault) {
        got.fault = fault.message();
        return got;
    }
    auto const& answer = parser.get();
    got.status = answer.result_int();
    got.body = answer.body();
    for (auto const& field : answer)
        got.headers[in_small_letters(field.name_string())] = field.value();
    return got;
}

std::string percent_encoded(std::string_view text) {
    std::string made;
    for (char const letter : text) {
        auto const c = static_cast<unsigned char>(letter);
        if (std::isalnum(c) != 0) {
            made += letter;
            continue;
        }
        std::array<char, 4> written{};
        std::snprintf(written.data(), written.size(), "%%%02X", static_cast<unsigned>(c));
        made += written.data();
    }
    return made;
}

} // namespace autoscaler::tests
