#include "server/cli/option_values.hpp"

#include "server/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace autoscaler::server::cli {

namespace {

value_fault expected(std::string_view text, std::string const& what) {
    return {"bad value " + text::in_quotes(text) + ": expected " + what};
}

bool visible(char c) {
    return c > ' ' && c < 0x7F;
}

} // namespace

environment read_environment() {
    environment all;
    for (char const* name :
         {"DOCKER_CERT_PATH",
          "DOCKER_HOST",
          "DOCKER_TLS",
          "DOCKER_TLS_VERIFY",
          "HOME",
          "SWARM_AUTOSCALER_STACK"})
        if (char const* value = std::getenv(name); value != nullptr)
            all.emplace(name, value);
    return all;
}

std::string variable(environment const& variables, std::string_view name) {
    auto const found = variables.find(name);
    return found != variables.end() ? found->second : std::string{};
}

reading<std::int64_t> parse_max_replicas(std::string_view text) {
    constexpr std::int64_t highest = 1'000'000;
    std::int64_t number = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || number < 1 || number > highest)
        return expected(text, "a whole number from 1 to " + std::to_string(highest));
    return number;
}

reading<log::level> parse_log_level(std::string_view text) {
    if (auto const found = log::level_of(text))
        return *found;
    return expected(text, "debug, info, warn or error");
}

reading<log::format> parse_log_format(std::string_view text) {
    if (auto const found = log::format_of(text))
        return *found;
    return expected(text, "logfmt or json");
}

reading<std::string> parse_route_prefix(std::string_view text) {
    auto const outside_path = [](char c) { return !visible(c) || c == '?' || c == '#' || c == '%'; };
    if (std::ranges::any_of(text, outside_path) || text.find("//") != std::string_view::npos)
        return expected(text, "a path, as in / or /autoscaler");
    while (text.ends_with('/'))
        text.remove_suffix(1);
    return (text.starts_with('/') ? "" : "/") + std::string(text);
}

reading<std::string> parse_origin(std::string_view text) {
    if (text == "*")
        return std::string(text);
    std::size_t const scheme = text.find("://");
    std::string_view const host = scheme == std::string_view::npos ? "" : text.substr(scheme + 3);
    bool const good = scheme != 0 && !host.empty() && std::ranges::all_of(text, visible) &&
                      host.find_first_of("/?#@*,") == std::string_view::npos;
    if (!good)
        return expected(text, "SCHEME://HOST[:PORT] without a path, as in https://grafana.example.org, or *");
    return std::string(text);
}

reading<std::string> parse_external_url(std::string_view text) {
    if (text.empty())
        return std::string{};
    std::size_t const scheme = text.starts_with("https://") ? 8 : 7;
    std::string_view const host = text.substr(std::min(scheme, text.size()));
    bool const good = (scheme == 8 || text.starts_with("http://")) && !host.empty() && host.front() != '/' &&
                      std::ranges::all_of(text, visible) &&
                      text.find_first_of("?#@") == std::string_view::npos;
    if (!good)
        return expected(text, "http://HOST[:PORT][/PATH] or https://, without user, query and fragment");
    while (text.ends_with('/'))
        text.remove_suffix(1);
    return std::string(text);
}

} // namespace autoscaler::server::cli
