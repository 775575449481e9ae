#include "server/cli/checked_files.hpp"

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/plain_text.hpp"
#include "server/cli/command_line.hpp"
#include "server/cli/policy_file.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string_view>
#include <utility>

namespace autoscaler::server::cli {

namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

// The text, or the fault that there is none.
checked_file open(std::string const& name) {
    checked_file file;
    file.name = name;
    file_content content = read_file(name, policy::yaml::max_file_size);
    file.text = std::move(content.text);
    if (content.error.empty())
        return file;
    policy::fault fault;
    fault.file = name;
    fault.text = "cannot read the file: " + content.error;
    file.faults.push_back(std::move(fault));
    file.refused = true;
    return file;
}

void take_rules(checked_file& file) {
    file.rules = policy::read_rule_file(file.text, file.name);
    file.faults = std::move(file.rules->faults);
    file.refused = policy::has_errors(file.faults);
}

std::string what_it_holds(checked_file const& file) {
    if (!file.is_rule_file())
        return counted(file.policies->policies.size(), "policy", "policies");
    std::string text = counted(file.rules->alerts.size(), "alert rule", "alert rules");
    if (file.rules->recordings > 0)
        text += ", " + counted(file.rules->recordings, "recording rule", "recording rules");
    return text;
}

} // namespace

checked_file read_policy_file(std::string const& name, policy::load_options const& options) {
    checked_file file = open(name);
    if (file.refused)
        return file;
    if (policy::looks_like_rule_file(file.text)) {
        take_rules(file);
        return file;
    }
    auto loaded = policy::load_policy(file.text, name, options);
    file.policies = std::move(loaded.policies);
    file.faults = std::move(loaded.faults);
    file.refused = !file.policies;
    return file;
}

checked_file read_rules(std::string const& name) {
    checked_file file = open(name);
    if (file.refused)
        file.rules.emplace();
    else
        take_rules(file);
    return file;
}

void add_findings(std::vector<checked_file>& files, std::vector<policy::lint::finding> const& found) {
    for (auto& file : files) {
        policy::yaml::fault_sink sink(file.text, file.name);
        for (auto const& each : found) {
            if (each.file != file.name)
                continue;
            if (each.severity == policy::fault_severity::error)
                sink.error(each.offset, each.text);
            else
                sink.warning(each.offset, each.text);
        }
        auto const own = std::exchange(file.faults, {});
        auto const more = sink.take();
        auto const place = [](policy::fault const& each) { return std::pair(each.line, each.column); };
        std::ranges::merge(own, more, std::back_inserter(file.faults), {}, place, place);
    }
}

int report(std::vector<checked_file> const& files, bool strict, std::ostream& out, std::ostream& err) {
    bool refused = false;
    bool failed = false;
    for (auto const& file : files) {
        for (auto const& each : file.faults)
            err << to_string(each) << '\n';
        refused = refused || file.refused;
        if (file.refused)
            continue;
        auto const errors = static_cast<std::size_t>(
            std::ranges::count(file.faults, policy::fault_severity::error, &policy::fault::severity)
        );
        std::size_t const warnings = file.faults.size() - errors;
        if (errors == 0 && (warnings == 0 || !strict)) {
            out << file.name << ": OK, " << what_it_holds(file) << '\n';
            continue;
        }
        failed = true;
        out << file.name << ": FAILED, ";
        if (errors > 0)
            out << counted(errors, "error", "errors") << (warnings > 0 ? ", " : "");
        if (warnings > 0)
            out << counted(warnings, "warning", "warnings");
        out << '\n';
    }
    out.flush();
    return refused ? exit_usage : failed ? exit_failed : 0;
}

} // namespace autoscaler::server::cli
