#include "server/http/message.hpp"

#include <algorithm>
#include <charconv>

namespace autoscaler::server::http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

} // namespace

bool same_text(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view request::header(std::string_view name) const {
    for (auto const& each : fields)
        if (same_text(each.name, name))
            return each.value;
    return {};
}

response text(unsigned status, std::string body) {
    return {status, "text/plain; charset=utf-8", std::move(body), {}, false};
}

response json(unsigned status, std::string body) {
    return {status, "application/json", std::move(body), {}, false};
}

std::string_view reason(unsigned status) {
    constexpr std::array<std::pair<unsigned, std::string_view>, 21> reasons{{
        {200, "OK"},
        {202, "Accepted"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Request Entity Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    }};
    auto const found = std::ranges::find(reasons, status, &std::pair<unsigned, std::string_view>::first);
    return found != reasons.end() ? found->second : std::string_view{};
}

void append(std::string& out, response const& answer, framing how, std::string_view date) {
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out += ' ';
    out += reason(answer.status);
    out += "\r\nDate: ";
    out += date;
    if (!answer.content_type.empty()) {
        out += "\r\nContent-Type: ";
        out += answer.content_type;
    }
    for (auto const& [name, value] : answer.fields) {
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    }
    if (!how.fields.empty() || !how.own_fields.empty()) {
        out += "\r\n";
        out += how.fields;
        out += how.own_fields;
        out.resize(out.size() - 2); // the end of the last line is written below
    }
    // RFC 9110, 8.6: these two have no body and may not announce one.
    bool const bodiless = answer.status == 204 || answer.status == 304;
    if (!bodiless) {
        out += "\r\nContent-Length: ";
        append_number(out, answer.body.size());
    }
    if (!how.keep_alive)
        out += "\r\nConnection: close";
    else if (how.http_1_0)
        out += "\r\nConnection: keep-alive";
    out += "\r\n\r\n";
    if (!bodiless && !how.without_body)
        out += answer.body;
}

} // namespace autoscaler::server::http
