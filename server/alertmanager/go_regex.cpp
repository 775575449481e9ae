#include "server/alertmanager/go_regex.hpp"

#include "server/alertmanager/go_text.hpp"

#include <re2/re2.h>

namespace autoscaler::server::alertmanager {

namespace {

// Go's regexp/syntax ErrorCode of the same meaning.
std::string_view words(RE2::ErrorCode code) {
    switch (code) {
    case RE2::ErrorBadEscape:
        return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
        return "invalid character class";
    case RE2::ErrorBadCharRange:
        return "invalid character class range";
    case RE2::ErrorMissingBracket:
        return "missing closing ]";
    case RE2::ErrorMissingParen:
        return "missing closing )";
    case RE2::ErrorUnexpectedParen:
        return "unexpected )";
    case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
        return "invalid repeat count";
    case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
        return "expression too large";
    default:
        return "regexp/syntax: internal error";
    }
}

// How much of the front is UTF-8.
std::size_t valid_length(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && utf8_length(text, at) != 0)
        at += utf8_length(text, at);
    return at;
}

} // namespace

std::optional<std::string> regex_fault(std::string_view pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    RE2 const compiled(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (compiled.ok())
        return {};
    // RE2 does not say where the bad byte is; Go shows what begins with it.
    std::string const culprit = compiled.error_code() == RE2::ErrorBadUTF8
                                    ? std::string(pattern.substr(valid_length(pattern)))
                                    : compiled.error_arg();
    return "error parsing regexp: " + std::string(words(compiled.error_code())) + ": `" + culprit + "`";
}

// `x)(y` is fine between the anchors and not by itself.
std::string anchored_regex_fault(std::string_view pattern) {
    auto fault = regex_fault("^(?:" + std::string(pattern) + ")$");
    if (!fault)
        fault = regex_fault(pattern);
    return fault.value_or("error parsing regexp: expression too large: `" + std::string(pattern) + "`");
}

} // namespace autoscaler::server::alertmanager
