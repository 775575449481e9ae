// Any bytes as what a client sends over one connection, in pieces: what the pieces come to must be what the
// whole comes to. The first byte seeds the cuts.
#include "fuzz/faults.hpp"
#include "server/http/request_reader.hpp"
#include "server/http/router.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

using namespace autoscaler;
using namespace autoscaler::server;
using state = http::request_reader::state;

namespace {

http::router const& routes() {
    static http::router const made = [] {
        http::router one("/scale");
        auto const says = [](http::request const& asked) {
            return http::text(200, http::percent_decode(asked.path));
        };
        one.add("POST", "/api/v2/alerts", says, http::right::ingest);
        one.add("GET", "/api/v2/silence/{id}", says);
        one.add("DELETE", "/api/v2/silence/{id}", says);
        one.add("PUT", "/x/{a}/y/{b}", says);
        one.add("GET", "/", says);
        one.allow_origin("https://grafana.example");
        one.allow_origin("*");
        return one;
    }();
    return made;
}

// One line for each request, as its handler would see it.
std::string answer(http::request asked) {
    auto const found = routes().choose(asked);
    std::string const cors = routes().cors_fields(asked);
    auto const made = found.found != nullptr ? found.found->now(asked) : found.refusal;
    std::string wire;
    http::append(wire, made, {.fields = "X: y\r\n", .own_fields = cors}, "date");
    fuzz::require(wire.find("\r\n\r\n") != std::string::npos, "an answer has an end of its head");
    return std::string(asked.method) + ' ' + std::string(asked.path) + ' ' + std::to_string(made.status) +
           ' ' + std::to_string(asked.body.size()) + ' ' + std::string(asked.body) + '\n';
}

// What a connection comes to that receives `text` in pieces as `seed` cuts them; with `judged`, each head is
// looked at first, as behind a gate.
std::string converse(std::string_view text, std::uint32_t seed, bool judged) {
    http::limits limit;
    limit.head = 4096;
    limit.body = 2048;
    limit.fields = 50;
    http::head_parser parser;
    http::request_reader reader;
    std::vector<char> memory;
    std::string log;
    while (!text.empty()) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        std::size_t const size =
            seed == 0 ? text.size() : std::min<std::size_t>(text.size(), 1 + (seed >> 16U) % 97);
        memory.insert(memory.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
        text.remove_prefix(size);
        for (;;) {
            // In memory of its exact size: a byte too far is seen.
            std::size_t rest = memory.size();
            auto const exact = std::make_unique<char[]>(rest);
            std::memcpy(exact.get(), memory.data(), rest);
            auto found = reader.advance(exact.get(), rest, parser, limit, judged);
            if (found == state::headed)
                found = reader.go_on(exact.get(), rest, parser, limit);
            if (found == state::refused)
                return log + "refused " + std::to_string(reader.status());
            if (found == state::complete) {
                log += answer(parser.head());
                std::size_t const used = reader.consumed();
                fuzz::require(used > 0 && used <= memory.size(), "a request takes bytes that are there");
                memory.erase(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(used));
                bool const stays = reader.keep_alive();
                reader.restart();
                if (!stays)
                    return log + "closed";
                continue;
            }
            memory.assign(exact.get(), exact.get() + rest);
            break;
        }
    }
    return log;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string const text(data + 1, data + size);
    auto const whole = converse(text, 1, false);
    for (std::uint32_t const seed : {std::uint32_t{data[0]} + 2, std::uint32_t{data[0]} * 7919U + 3})
        for (bool const judged : {false, true})
            fuzz::require(converse(text, seed, judged) == whole, "pieces come to what the whole comes to");
    return 0;
}
