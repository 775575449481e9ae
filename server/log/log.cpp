#include "server/log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <memory>

namespace autoscaler::server::log {

namespace {

spdlog::level::level_enum spdlog_level(level of) {
    switch (of) {
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warn:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

struct writer {
    explicit writer(options chosen, std::ostream* instead = nullptr)
        : how(chosen), lines("autoscaler", sink(instead)) {
        lines.set_pattern("%v"); // the line is ours: spdlog only carries it
        lines.set_level(spdlog_level(chosen.threshold));
        lines.flush_on(spdlog::level::trace);
    }

    static spdlog::sink_ptr sink(std::ostream* instead) {
        if (instead != nullptr)
            return std::make_shared<spdlog::sinks::ostream_sink_mt>(*instead);
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }

    options how;
    spdlog::logger lines;
};

// The one mutable global of the program: every room logs, and none should carry a logger along for that.
std::unique_ptr<writer>& current() {
    static auto instance = std::make_unique<writer>(options{});
    return instance;
}

} // namespace

void start(options chosen, std::ostream* instead) {
    current() = std::make_unique<writer>(chosen, instead);
}

bool enabled(level how) {
    return how >= current()->how.threshold;
}

void event(level how, std::string_view message, std::span<field const> fields) noexcept {
    try {
        auto& to = *current();
        if (how < to.how.threshold)
            return;
        auto const now = std::chrono::floor<policy::duration>(std::chrono::system_clock::now());
        to.lines.log(spdlog_level(how), to_line(to.how.as, now, how, message, fields));
        // A log that cannot be written must not stop the autoscaler.
    } catch (...) { // NOLINT(bugprone-empty-catch)
    }
}

void event(level how, std::string_view message, std::initializer_list<field> fields) noexcept {
    event(how, message, std::span(fields.begin(), fields.size()));
}

std::string redact_urls(std::string_view text) {
    constexpr std::string_view scheme_end = "://";
    std::string out;
    for (;;) {
        std::size_t const found = text.find(scheme_end);
        if (found == std::string_view::npos)
            return out.append(text);
        out += text.substr(0, found + scheme_end.size());
        text.remove_prefix(found + scheme_end.size());
        std::string_view const host = text.substr(0, text.find_first_of("/?# \t\r\n\"'<>"));
        if (std::size_t const at = host.rfind('@'); at != std::string_view::npos) {
            out += "xxxxx";
            text.remove_prefix(at);
        }
    }
}

} // namespace autoscaler::server::log
