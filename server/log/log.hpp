// The program's log: one line per event on stderr. Written at once by the caller's thread; safe from any
// thread. No secrets and no bodies belong into it: redact_urls() helps with addresses.
#pragma once

#include "server/log/line.hpp"

#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::server::log {

struct options {
    level threshold = level::info; // events below it are not written
    format as = format::logfmt;
};

// Sets how everything from now on is written; before, the defaults stand. Call it while nobody else logs.
// With `instead`, which must outlive the log or the next start(), lines go there and not to stderr.
void start(options chosen, std::ostream* instead = nullptr);

bool enabled(level how);

// Writes one event. Never throws, whatever becomes of the line.
void event(level how, std::string_view message, std::span<field const> fields) noexcept;
void event(level how, std::string_view message, std::initializer_list<field> fields = {}) noexcept;

// `text` with the user and password of every URL in it replaced: http://xxxxx@host/path.
std::string redact_urls(std::string_view text);

} // namespace autoscaler::server::log
