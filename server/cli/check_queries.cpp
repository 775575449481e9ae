#include "server/cli/check_queries.hpp"

#include "policy/lint/placed_rule.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

namespace autoscaler::server::cli {

namespace {

using policy::lint::finding;
using policy::lint::placed_rule;

// The service as Swarm knows it, so far as a file and the stack tell.
std::string full_name(std::string const& service, std::string const& stack) {
    bool const is_full = stack.empty() || service.starts_with(stack + '_');
    return is_full ? service : stack + '_' + service;
}

// The query for the policy's service; none where only an alert tells which that is, or where no service can
// have the name.
std::optional<std::string> query_for(placed_rule const& rule, std::string_view query) {
    std::string const service = full_name(rule.policy->service, rule.file->set->stack);
    if (service.empty() && query.find("$service") != std::string_view::npos)
        return std::nullopt;
    return policy::promql_for(query, service);
}

std::string text_of(double value) {
    char digits[32];
    return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

struct question {
    placed_rule rule;
    policy::query_source const* source;
    std::string query;
};

// What the rule makes of the answer; a finding where it can make nothing of it.
std::optional<finding> judge(question const& asked, policy::query_answer const& answer, std::string& shown) {
    policy::sample const value = policy::reduce(answer, asked.source->reduce);
    switch (value.what) {
    case policy::sample::kind::value:
        shown = text_of(value.value);
        if (answer.series.size() > 1)
            shown += " (of " + std::to_string(answer.series.size()) + " series)";
        return std::nullopt;
    case policy::sample::kind::empty:
        shown = "no series";
        if (asked.source->on_missing.what == policy::missing_rule::kind::zero ||
            asked.source->on_missing.what == policy::missing_rule::kind::ignore)
            return std::nullopt; // its author knows
        return asked.rule.warning(asked.rule.title() + ": its query has no value now: no series");
    case policy::sample::kind::error:
        break;
    }
    shown = value.detail;
    bool const failed = !answer.error.empty();
    bool const too_many = answer.series.size() > 1 && asked.source->reduce == policy::series_reduction::error;
    if (failed)
        return asked.rule.error(asked.rule.title() + ": its query failed: " + value.detail);
    if (too_many)
        return asked.rule.error(asked.rule.title() + ": its query gives " + value.detail);
    return asked.rule.warning(asked.rule.title() + ": its query has no value now: " + value.detail);
}

std::vector<question> questions_of(policy::lint::policy_file const& file, std::ostream& out) {
    std::vector<question> asked;
    for (auto const& rule : policy::lint::rules_of(file)) {
        auto const* source = policy::query_of(*rule.what);
        if (source == nullptr)
            continue;
        if (auto query = query_for(rule, source->promql))
            asked.push_back({rule, source, *std::move(query)});
        else
            out << file.name << ": " << rule.title()
                << ": not asked, for an alert names its service: " << source->promql << '\n';
    }
    return asked;
}

} // namespace

std::vector<finding> check_queries(
    std::vector<policy::lint::policy_file> const& files,
    check_options const& options,
    query_asker const& ask,
    std::ostream& out
) {
    std::vector<finding> found;
    for (auto const& file : files) {
        auto const questions = questions_of(file, out);
        if (questions.empty())
            continue;
        auto source = file.set->prometheus.value_or(policy::prometheus_source{});
        source.urls = {options.prometheus_url};
        std::vector<std::string> queries;
        for (auto const& each : questions)
            queries.push_back(each.query);
        auto answers = ask(source, queries);
        answers.resize(questions.size(), {.series = {}, .error = "no answer"});
        for (std::size_t i = 0; i < questions.size(); ++i) {
            std::string shown;
            if (auto problem = judge(questions[i], answers[i], shown))
                found.push_back(*std::move(problem));
            out << file.name << ": " << questions[i].rule.title() << ": " << shown << ": " << queries[i]
                << '\n';
        }
    }
    return found;
}

} // namespace autoscaler::server::cli
