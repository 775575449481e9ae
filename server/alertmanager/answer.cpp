#include "server/alertmanager/answer.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/media_type.hpp"

#include <algorithm>

namespace autoscaler::server::alertmanager {

namespace {

std::string_view trimmed(std::string_view text) {
    std::size_t const begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cuts `text` at the first `at`, and returns what was before it.
std::string_view cut(std::string_view& text, char at) {
    std::size_t const end = std::min(text.find(at), text.size());
    std::string_view const first = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(first);
}

// `q=0`, `q=0.0`, ...: the client does not want it.
bool unwanted(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = cut(parameters, ';');
        if (http::same_text(cut(value, '='), "q"))
            return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

// Several fields are one list.
http::response judge_accept(http::request const& asked) {
    bool said = false;
    for (auto const& [name, value] : asked.fields) {
        if (!http::same_text(name, "accept"))
            continue;
        if (accepts_json(value))
            return {};
        said = true;
    }
    if (!said)
        return {};
    return v2_fault(406, 406, "unsupported media type requested, only [application/json] are available");
}

http::response judge_content_type(http::request const& asked, bool lenient) {
    std::string_view const field = asked.header("content-type");
    media_type const type = read_media_type(field);
    if (!type.error.empty())
        return v2_fault(
            400, 400, "parsing Content-Type header from " + quoted(field) + " failed, because " + type.error
        );
    // Go takes a body without a type for application/octet-stream.
    std::string const name = type.name.empty() && !lenient ? "application/octet-stream" : type.name;
    if (name != "application/json" && !(lenient && may_hold_json(name)))
        return v2_fault(
            415, 415, "unsupported media type " + quoted(name) + ", only [application/json] are allowed"
        );
    return {};
}

} // namespace

http::response v2_fault(unsigned status, int code, std::string_view message) {
    std::string body = R"({"code":)" + std::to_string(code) + R"(,"message":)";
    append_json_string(body, message, true);
    body += '}';
    return http::json(status, std::move(body));
}

http::response v2_said(unsigned status, std::string_view text) {
    return http::json(status, json_string(text, false) + "\n");
}

http::response v2_value(std::string body) {
    return http::json(200, std::move(body += '\n'));
}

// What is there changes from call to call: newer Alertmanagers forbid to store it, too.
http::response v2_sealed(http::response answer) {
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.fields.emplace_back("Vary", "Origin");
    return answer;
}

http::response v2_wrong_method(http::request const& asked, std::string_view allowed) {
    std::vector<std::string_view> methods;
    for (std::string_view rest = allowed; !rest.empty();)
        methods.push_back(cut(rest, ','));
    std::ranges::sort(methods);
    std::string list;
    for (auto const each : methods)
        list.append(list.empty() ? "" : ",").append(each);
    return v2_fault(
        405, 405, "method " + std::string(asked.method) + " is not allowed, but [" + list + "] are"
    );
}

bool accepts_json(std::string_view accept) {
    bool said = false;
    while (!accept.empty()) {
        std::string_view range = cut(accept, ',');
        std::string_view const type = cut(range, ';');
        if (type.empty() || type.starts_with('"'))
            break; // Go reads no further, and takes a field that says nothing for a missing one
        said = true;
        bool const fits = type == "*/*" || http::same_text(type, "application/*") ||
                          http::same_text(type, "application/json");
        if (fits && !unwanted(range))
            return true;
    }
    return !said;
}

http::handler v2_reading(std::string allowed, http::handler read) {
    return [allowed = std::move(allowed), read = std::move(read)](http::request const& asked) {
        if (asked.method == "HEAD") {
            auto refusal = v2_wrong_method(asked, allowed);
            refusal.fields.emplace_back("Allow", allowed);
            return v2_sealed(std::move(refusal));
        }
        auto refusal = judge_media_types(asked, false);
        return v2_sealed(refusal.status != 200 ? std::move(refusal) : read(asked));
    };
}

http::response judge_media_types(http::request const& asked, bool lenient) {
    return asked.body.empty() ? judge_accept(asked) : judge_content_type(asked, lenient);
}

} // namespace autoscaler::server::alertmanager
