#include "policy/core/matcher.hpp"

#include <re2/re2.h>

#include <cctype>

namespace autoscaler::policy {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
        text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
        text.remove_suffix(1);
    return text;
}

std::string_view symbol(matcher::op operation) {
    switch (operation) {
    case matcher::op::equal:
        return "=";
    case matcher::op::not_equal:
        return "!=";
    case matcher::op::matches:
        return "=~";
    case matcher::op::not_matches:
        return "!~";
    }
    return "=";
}

// Bare text, or a quoted one with \" \\ \n: false where the quotes do not fit.
bool unquote(std::string_view text, std::string& value) {
    bool const quoted = !text.empty() && text.front() == '"';
    if (quoted) {
        if (text.size() < 2 || text.back() != '"')
            return false;
        text = text.substr(1, text.size() - 2);
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            return false;
        if (text[i] != '\\' || !quoted) {
            value += text[i];
            continue;
        }
        if (++i == text.size())
            return false;
        switch (text[i]) {
        case 'n':
            value += '\n';
            break;
        case '"':
        case '\\':
            value += text[i];
            break;
        default: // Alertmanager keeps an escape that it does not know
            value += '\\';
            value += text[i];
        }
    }
    return true;
}

std::string quote(std::string_view value) {
    std::string text = "\"";
    for (char const c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return text += '"';
}

} // namespace

std::variant<matcher, std::string> matcher::parse(std::string_view text) {
    std::size_t const at = text.find_first_of("=!");
    std::string_view const name = trim(text.substr(0, at));
    if (at == std::string_view::npos || name.empty())
        return "bad matcher \"" + std::string(text) + "\": expected NAME=\"VALUE\", with one of = != =~ !~";

    std::string_view rest = text.substr(at);
    op operation = op::equal;
    if (rest.starts_with("=~"))
        operation = op::matches;
    else if (rest.starts_with("!~"))
        operation = op::not_matches;
    else if (rest.starts_with("!="))
        operation = op::not_equal;
    else if (rest.starts_with('!'))
        return "bad matcher \"" + std::string(text) + "\": expected one of = != =~ !~ after " +
               std::string(name);
    rest.remove_prefix(symbol(operation).size());

    std::string value;
    if (!unquote(trim(rest), value))
        return "bad matcher \"" + std::string(text) +
               "\": its value has a quote that is not closed or not escaped";

    return make(std::string(name), operation, std::move(value));
}

std::variant<matcher, std::string> matcher::make(std::string name, op operation, std::string value) {
    matcher made(std::move(name), operation, std::move(value));
    if (operation == op::matches || operation == op::not_matches) {
        // FullMatch anchors it. Compiled as written: within a wrapper, `x)(y` would pass.
        RE2::Options options;
        options.set_log_errors(false);
        options.set_dot_nl(true); // as Prometheus: a dot is a line break, too
        auto regex = std::make_shared<RE2>(made.value_, options);
        if (!regex->ok())
            return "bad regular expression \"" + made.value_ + "\": " + regex->error();
        made.regex_ = std::move(regex);
    }
    return made;
}

matcher matcher::alert_name(std::string_view name) {
    return {"alertname", op::equal, std::string(name)};
}

bool matcher::matches_value(std::string_view value) const {
    switch (op_) {
    case op::equal:
        return value == value_;
    case op::not_equal:
        return value != value_;
    case op::matches:
        return RE2::FullMatch(value, *regex_);
    case op::not_matches:
        return !RE2::FullMatch(value, *regex_);
    }
    return false;
}

std::string matcher::text() const {
    return name_ + std::string(symbol(op_)) + quote(value_);
}

} // namespace autoscaler::policy
