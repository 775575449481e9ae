// One matcher of Prometheus' and Alertmanager's syntax: name, operator, value.
#pragma once

#include "policy/core/label.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace autoscaler::policy {

class matcher {
public:
    enum class op { equal, not_equal, matches, not_matches };

    // Reads `name="value"` (also unquoted; operators = != =~ !~; spaces around tokens; \" \\ \n inside
    // quotes). Returns the matcher, or what is wrong with the text. A regular expression is compiled here,
    // once, in RE2's syntax and anchored at both ends.
    static std::variant<matcher, std::string> parse(std::string_view text);

    // The same from its parts.
    static std::variant<matcher, std::string> make(std::string name, op operation, std::string value);

    // `alertname="NAME"`: what `alert: NAME` stands for.
    static matcher alert_name(std::string_view name);

    // A missing label has the value "".
    bool matches_value(std::string_view value) const;

    bool matches(label_set labels) const { return matches_value(value_of(labels, name_)); }

    std::string const& name() const { return name_; }

    op operation() const { return op_; }

    std::string const& value() const { return value_; }

    // In the form that parse() reads.
    std::string text() const;

    friend bool operator==(matcher const& a, matcher const& b) {
        return a.op_ == b.op_ && a.name_ == b.name_ && a.value_ == b.value_;
    }

private:
    matcher(std::string name, op operation, std::string value)
        : name_(std::move(name)), op_(operation), value_(std::move(value)) {}

    std::string name_;
    op op_;
    std::string value_;
    std::shared_ptr<re2::RE2 const>
        regex_; // shared: matchers are copied with their policy, the program is immutable
};

} // namespace autoscaler::policy
