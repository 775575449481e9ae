#include "server/alertmanager/go_regex.hpp"

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

} // namespace

std::optional<std::string> regex_fault(std::string_view pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    RE2 const compiled(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (compiled.ok())
        return {};
    return "error parsing regexp: " + std::string(words(compiled.error_code())) + ": `" +
           std::string(compiled.error_arg()) + "`";
}

// `x)(y` is fine between the anchors and not by itself.
std::string anchored_regex_fault(std::string_view pattern) {
    auto fault = regex_fault("^(?:" + std::string(pattern) + ")$");
    if (!fault)
        fault = regex_fault(pattern);
    return fault.value_or("error parsing regexp: expression too large: `" + std::string(pattern) + "`");
}

} // namespace autoscaler::server::alertmanager
