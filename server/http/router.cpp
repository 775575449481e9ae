#include "server/http/router.hpp"

#include <algorithm>
#include <charconv>

namespace autoscaler::server::http {

namespace {

// Where Prometheus servers of the lab look for us, whatever the prefix.
constexpr std::string_view alias = "/alert";

// Removes the leading segments `root` from `path`. False where the path lies elsewhere.
bool strip(std::string_view& path, std::string_view root) {
    if (!path.starts_with(root) || (path.size() > root.size() && path[root.size()] != '/'))
        return false;
    path.remove_prefix(root.size());
    if (path.empty())
        path = "/";
    return true;
}

std::string_view without_slash(std::string_view path) {
    if (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1); // the slash
    std::size_t const end = std::min(path.find('/'), path.size());
    std::string_view const segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::array<std::string_view, 2>& parameters) {
    if (pattern.find('{') == std::string_view::npos)
        return pattern == path;
    std::size_t place = 0;
    while (!pattern.empty() && !path.empty()) {
        std::string_view const wanted = next_segment(pattern);
        std::string_view const given = next_segment(path);
        if (wanted.starts_with('{') && !given.empty() && place < parameters.size())
            parameters[place++] = given;
        else if (wanted != given)
            return false;
    }
    return pattern.empty() && path.empty();
}

right default_right(std::string_view method) {
    return method == "GET" ? right::read : right::change;
}

// HOST[:PORT] without the port that the scheme means anyhow.
std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
    std::string_view const port = same_text(scheme, "http")    ? ":80"
                                  : same_text(scheme, "https") ? ":443"
                                                               : "";
    if (!port.empty() && authority.ends_with(port))
        authority.remove_suffix(port.size());
    return authority;
}

// What a browser asks before it sends what a form could not: whether it may.
response preflight() {
    response answer;
    answer.status = 204;
    answer.fields = {
        {"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"},
        {"Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin"},
        {"Access-Control-Max-Age", "600"},
    };
    return answer;
}

bool changes_state(std::string_view method) {
    return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

} // namespace

std::string percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        char const* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else
            decoded += text[i];
    }
    return decoded;
}

router::router(std::string_view prefix) : prefix_(prefix) {
    while (prefix_.ends_with('/'))
        prefix_.pop_back();
    if (!prefix_.empty() && !prefix_.starts_with('/'))
        prefix_.insert(0, 1, '/');
}

void router::add(std::string method, std::string pattern, handler now, std::optional<right> needed) {
    right const usual = default_right(method);
    routes_.push_back({std::move(method), std::move(pattern), std::move(now), {}, needed.value_or(usual)});
}

void router::add_async(
    std::string method, std::string pattern, async_handler later, std::optional<right> needed
) {
    right const usual = default_right(method);
    routes_.push_back({std::move(method), std::move(pattern), {}, std::move(later), needed.value_or(usual)});
}

void router::add_area(area what) {
    areas_.push_back(std::move(what));
}

void router::allow_origin(std::string origin) {
    origins_.push_back(std::move(origin));
}

bool router::is_listed(std::string_view origin) const {
    // "null" is the origin of files and of pages in a sandbox: anybody's.
    return !origin.empty() && !same_text(origin, "null") &&
           std::ranges::any_of(origins_, [&](auto const& each) {
               return each == "*" || same_text(each, origin);
           });
}

// A page of another site can post text/plain without asking first, and a browser inside the network would
// carry it here: such a request names its origin. This does not stop a site whose name was made to mean our
// address after its page was loaded: Host and Origin agree then. A password does, since the browser has none
// for that name.
bool router::origin_may(request const& asked) const {
    std::string_view const origin = asked.header("origin");
    if (origin.empty() || is_listed(origin))
        return true;
    std::size_t const end = origin.find("://");
    std::string_view const host = asked.header("host");
    if (end == std::string_view::npos || host.empty())
        return false;
    std::string_view const scheme = origin.substr(0, end);
    return same_text(
        without_default_port(origin.substr(end + 3), scheme), without_default_port(host, scheme)
    );
}

std::string router::cors_fields(request const& asked) const {
    if (origins_.empty())
        return {};
    std::string fields = "Vary: Origin\r\n";
    std::string_view const origin = asked.header("origin");
    if (!is_listed(origin))
        return fields;
    fields += "Access-Control-Allow-Origin: ";
    fields += origin;
    fields += "\r\nAccess-Control-Expose-Headers: Date\r\n";
    // Passwords that the browser knows go along where the operator has named the site itself.
    if (std::ranges::any_of(origins_, [&](auto const& each) { return same_text(each, origin); }))
        fields += "Access-Control-Allow-Credentials: true\r\n";
    return fields;
}

router::choice router::choose_below(request& asked) const {
    std::string_view const path = without_slash(asked.route_path);
    std::string allowed;
    for (auto const& each : routes_) {
        if (!matches(each.pattern, path, asked.parameters))
            continue;
        if (each.method == asked.method || (each.method == "GET" && asked.method == "HEAD"))
            return {&each, {}, each.needed};
        if (!allowed.empty())
            allowed += ',';
        allowed += each.method;
    }
    auto const home = std::ranges::find_if(areas_, [&](auto const& each) {
        std::string_view rest = asked.route_path;
        return strip(rest, each.root);
    });
    if (allowed.empty())
        return {
            nullptr,
            home != areas_.end() ? home->not_found(asked) : text(404, "404 page not found\n"),
            right::any
        };
    auto refusal =
        home != areas_.end() ? home->wrong_method(asked, allowed) : text(405, "Method Not Allowed\n");
    refusal.fields.emplace_back("Allow", allowed);
    return {nullptr, std::move(refusal), right::any};
}

router::choice router::choose(request& asked) const {
    if (asked.method == "OPTIONS" && !asked.header("access-control-request-method").empty() &&
        is_listed(asked.header("origin")))
        return {nullptr, preflight(), right::open};
    if (changes_state(asked.method) && !origin_may(asked))
        return {
            nullptr,
            json(
                403,
                R"({"error":"a page of another origin may not change anything here; allow it with --web.cors.origin"})"
            ),
            right::open
        };

    choice refused{nullptr, text(404, "404 page not found\n"), right::any};
    for (std::string_view const root : {std::string_view(prefix_), alias}) {
        asked.route_path = asked.path;
        if (!asked.path.starts_with('/') || !strip(asked.route_path, root))
            continue;
        auto chosen = choose_below(asked);
        if (chosen.found != nullptr)
            return chosen;
        if (refused.refusal.status == 404)
            refused = std::move(chosen);
    }
    return refused;
}

} // namespace autoscaler::server::http
