#include "swarm_client/answer.hpp"

#include "swarm_client/json_text.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::swarm {

namespace {

// Enough for every text of the engine, and a bound for what a stranger at that address sends.
constexpr std::size_t longest_message = 1000;

// `{"message":"..."}`, or plain text (API versions below 1.24, proxies). Control characters would break a log
// line.
std::string message_of(answer const& said) {
    auto const parsed = parse_json(said.body);
    std::string text = parsed ? text_of(member(*parsed, "message")) : std::string{};
    if (text.empty())
        text = said.body.substr(0, longest_message);
    text.resize(std::min(text.size(), longest_message));
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    while (text.ends_with(' '))
        text.pop_back();
    return text;
}

error_kind kind_of(unsigned status, std::string_view message) {
    auto const says = [message](std::string_view words) {
        return message.find(words) != std::string_view::npos;
    };
    if (status < 400)
        return error_kind::protocol; // redirects and the like: an engine has none
    if (status < 500) {
        if (says("client version") && (says("is too new") || says("is too old")))
            return error_kind::bad_version;
        if (says("Client sent an HTTP request to an HTTPS server"))
            return error_kind::tls_mismatch;
        if (status == 409)
            return error_kind::name_taken;
        bool const no_such_thing = status == 404 && says("not found") && !says("page not found");
        return no_such_thing || says("is ambiguous") ? error_kind::not_found : error_kind::rejected;
    }
    if (status == 501)
        return error_kind::rejected; // another mode or name, never tried
    if (says("update out of sequence"))
        return error_kind::conflict;
    if (says("needs to be unlocked"))
        return error_kind::locked;
    if (says("not a swarm manager"))
        return says("Worker nodes") ? error_kind::not_a_manager : error_kind::not_in_swarm;
    if (says("does not have a leader") || says("node lost leader status"))
        return error_kind::no_leader;
    if (says("context deadline exceeded"))
        return error_kind::timeout;
    return error_kind::engine_failure;
}

} // namespace

request
make_request(engine_call const& which, std::string operation, std::string_view id, std::string_view query) {
    constexpr std::string_view placeholder = "{id}";
    std::string target(which.pattern);
    if (auto const at = target.find(placeholder); at != std::string::npos)
        target.replace(at, placeholder.size(), percent_encoded(id));
    if (!query.empty())
        target.append("?").append(query);
    return {std::move(operation), which.method, std::move(target)};
}

error to_error(request const& asked, answer const& said) {
    error failure;
    failure.http_status = said.status;
    failure.message = message_of(said);
    failure.kind = kind_of(said.status, failure.message);
    failure.operation = asked.operation;
    failure.endpoint = said.endpoint;
    // Even an explicit 500 says nothing about what the managers have written: a leader may have lost its
    // place right after it, and a follower repeats a request by itself and then reports a conflict with it,
    // or a name that its first try has taken.
    bool const unseen = said.status >= 400 && said.status < 500 && failure.kind != error_kind::name_taken;
    failure.maybe_applied = writes(asked) && !unseen && said.status != 501;
    return failure;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            encoded += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & 0xFU];
    }
    return encoded;
}

} // namespace autoscaler::swarm
