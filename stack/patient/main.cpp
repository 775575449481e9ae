// patient: the demo service that the stack scales. `patient [serve|health] [--port=2222] [--work-ms=1]`
#include "stack/patient/service.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string_view>
#include <system_error>

namespace {

constexpr std::uint16_t default_port = 2222;

// The number in `NAME=N`, from 1 on; 0 when there is none in it.
std::uint16_t number_in(std::string_view flag, std::string_view name) {
    if (!flag.starts_with(name))
        return 0;
    flag.remove_prefix(name.size());
    std::uint16_t number = 0;
    auto const [end, fault] = std::from_chars(flag.data(), flag.data() + flag.size(), number);
    return fault == std::errc{} && end == flag.data() + flag.size() ? number : std::uint16_t{0};
}

int run(int count, char** arguments) {
    std::string_view command = "serve";
    std::uint16_t port = default_port;
    std::chrono::milliseconds work{};
    for (int i = 1; i < count; ++i) {
        std::string_view const word = arguments[i];
        if (word == "serve" || word == "health") {
            command = word;
        } else if (auto const given = number_in(word, "--port=")) {
            port = given;
        } else if (auto const costs = number_in(word, "--work-ms=")) {
            work = std::chrono::milliseconds(costs);
        } else {
            std::cerr << "unknown argument \"" << word
                      << "\"; usage: patient [serve|health] [--port=2222] [--work-ms=1]\n";
            return 2;
        }
    }
    if (command == "health")
        return patient::is_healthy(port) ? 0 : 1;
    patient::serve(port, work);
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    try {
        return run(count, arguments);
    } catch (std::exception const& failure) {
        std::cerr << "patient: " << failure.what() << '\n';
        return 1;
    }
}
