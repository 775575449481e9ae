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

void router::add(std::string method, std::string pattern, handler now) {
    routes_.push_back({std::move(method), std::move(pattern), std::move(now), {}});
}

void router::add_async(std::string method, std::string pattern, async_handler later) {
    routes_.push_back({std::move(method), std::move(pattern), {}, std::move(later)});
}

void router::add_area(area what) {
    areas_.push_back(std::move(what));
}

void router::allow_origin(std::string origin) {
    origins_.push_back(std::move(origin));
}

// A page of another site can post text/plain without asking first, and a browser inside the network would
// carry it here: such a request names its origin.
bool router::origin_may(request const& asked) const {
    std::string_view origin = asked.header("origin");
    if (origin.empty())
        return true;
    if (std::ranges::any_of(origins_, [&](auto const& each) {
            return each == "*" || same_text(each, origin);
        }))
        return true;
    std::size_t const scheme = origin.find("://");
    return scheme != std::string_view::npos && same_text(origin.substr(scheme + 3), asked.header("host"));
}

router::choice router::choose_below(request& asked) const {
    std::string_view const path = without_slash(asked.route_path);
    std::string allowed;
    for (auto const& each : routes_) {
        if (!matches(each.pattern, path, asked.parameters))
            continue;
        if (each.method == asked.method || (each.method == "GET" && asked.method == "HEAD"))
            return {&each, {}};
        if (!allowed.empty())
            allowed += ',';
        allowed += each.method;
    }
    auto const home = std::ranges::find_if(areas_, [&](auto const& each) {
        std::string_view rest = asked.route_path;
        return strip(rest, each.root);
    });
    if (allowed.empty())
        return {nullptr, home != areas_.end() ? home->not_found(asked) : text(404, "404 page not found\n")};
    auto refusal =
        home != areas_.end() ? home->wrong_method(asked, allowed) : text(405, "Method Not Allowed\n");
    refusal.fields.emplace_back("Allow", allowed);
    return {nullptr, std::move(refusal)};
}

router::choice router::choose(request& asked) const {
    if (changes_state(asked.method) && !origin_may(asked))
        return {
            nullptr,
            json(
                403,
                R"({"error":"a page of another origin may not change anything here; allow it with --web.cors.origin"})"
            )
        };

    choice refused{nullptr, text(404, "404 page not found\n")};
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
