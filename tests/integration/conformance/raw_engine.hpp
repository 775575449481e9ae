// The plainest client of an Engine API socket: one request, one connection, one deadline. It negotiates
// nothing, repeats nothing and understands nothing, so that tests see what the engine says. Blocking; safe on
// any thread.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace autoscaler::tests {

struct reply {
    unsigned status{};                          // 0: no answer, see `fault`.
    std::map<std::string, std::string> headers; // Names in small letters.
    std::string body;
    std::string fault;

    nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }

    // The text of an error answer, or whatever came instead.
    std::string message() const;
};

class raw_engine {
public:
    explicit raw_engine(std::string socket_path) : path_{std::move(socket_path)} {}

    reply get(std::string_view target) const { return call("GET", target); }

    reply post(std::string_view target, std::string_view body) const { return call("POST", target, body); }

    reply remove(std::string_view target) const { return call("DELETE", target); }

    // Sends "Content-Type: application/json" with every body.
    reply call(
        std::string_view method,
        std::string_view target,
        std::string_view body = {},
        std::chrono::milliseconds deadline = std::chrono::seconds{25}
    ) const;

    std::string const& path() const { return path_; }

private:
    std::string path_;
};

// A text as part of a URL's query.
std::string percent_encoded(std::string_view text);

} // namespace autoscaler::tests
