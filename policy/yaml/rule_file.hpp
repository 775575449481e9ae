// A Prometheus rule file: text in, the alerts it defines or faults out. Prometheus owns the format, so a key
// that is not known here is a warning; a shape that Prometheus refuses is an error. Pure.
#pragma once

#include "policy/core/time.hpp"
#include "policy/yaml/fault.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// A label that a rule or its group puts onto its alerts.
struct static_label {
    std::string name;
    std::string value;
    bool templated = false; // `{{ ... }}` in it: the value is known only when the alert fires

    friend bool operator==(static_label const&, static_label const&) = default;
};

struct alert_definition {
    std::string file;
    std::size_t offset = 0; // of the name, in the file's text
    std::size_t line = 1;
    std::string group;
    std::string name;
    std::string expression;
    std::size_t expression_offset = 0;
    duration for_{};
    std::size_t for_offset = 0;
    std::optional<duration> interval; // of the group; none: Prometheus' own, which is not known here
    std::vector<static_label> labels; // each name once
};

struct alert_file {
    std::vector<alert_definition> alerts; // in file order; those that could be read
    std::size_t recordings = 0;
    std::vector<fault> faults; // by position
};

// Whether a text means to be a rule file: it has `groups` and no `policies`.
bool looks_like_rule_file(std::string_view text);

// Reads a whole rule file. `file_name` serves the alerts and the faults.
alert_file read_rule_file(std::string_view text, std::string const& file_name);

} // namespace autoscaler::policy
