#include "server/log/line.hpp"

#include "server/text/time.hpp"
#include "server/text/utf8.hpp"

#include <array>

namespace autoscaler::server::log {

namespace {

constexpr std::array levels{level::debug, level::info, level::warn, level::error};
constexpr std::array formats{format::logfmt, format::json};

// logfmt readers split at spaces and at the first '='; what is plain otherwise stands without quotes.
bool plain(std::string_view text) {
    return !text.empty() && text.find_first_of(" =") == std::string_view::npos && !text::needs_escape(text);
}

void append_text(std::string& line, format as, std::string_view text) {
    if (as == format::logfmt && plain(text))
        line += text;
    else
        text::append_quoted(line, text);
}

struct append_value {
    std::string& line;
    format as;

    void operator()(std::string_view text) const { append_text(line, as, text); }

    void operator()(bool truth) const { line += truth ? "true" : "false"; }

    void operator()(std::int64_t number) const { line += std::to_string(number); }

    void operator()(std::uint64_t number) const { line += std::to_string(number); }
};

void append_field(std::string& line, format as, field const& each) {
    if (as == format::logfmt) {
        if (!line.empty())
            line += ' ';
        line += each.key;
        line += '=';
    } else {
        line += line.empty() ? '{' : ',';
        text::append_quoted(line, each.key);
        line += ':';
    }
    std::visit(append_value{line, as}, each.what.what());
}

} // namespace

std::string_view to_string(level of) {
    switch (of) {
    case level::debug:
        return "debug";
    case level::info:
        return "info";
    case level::warn:
        return "warn";
    case level::error:
        return "error";
    }
    return "";
}

std::string_view to_string(format of) {
    switch (of) {
    case format::logfmt:
        return "logfmt";
    case format::json:
        return "json";
    }
    return "";
}

std::optional<level> level_of(std::string_view name) {
    for (auto const each : levels)
        if (to_string(each) == name)
            return each;
    return {};
}

std::optional<format> format_of(std::string_view name) {
    for (auto const each : formats)
        if (to_string(each) == name)
            return each;
    return {};
}

std::string to_line(
    format as, policy::time_point when, level how, std::string_view message, std::span<field const> fields
) {
    std::string line;
    append_field(line, as, {"ts", text::to_rfc3339(when)});
    append_field(line, as, {"level", to_string(how)});
    append_field(line, as, {"msg", message});
    for (auto const& each : fields)
        append_field(line, as, each);
    if (as == format::json)
        line += '}';
    return line;
}

} // namespace autoscaler::server::log
