// The parser's part for selectors and what may stand behind an operand.
#include "policy/lint/promql_parser.hpp"
#include "policy/yaml/duration.hpp"

#include <utility>

namespace autoscaler::policy::lint {

// NAME, NAME{..} or {..}.
promql_value promql_parser::selector() {
    promql_value made;
    made.what = promql_value::kind::vector;
    made.demanded.emplace();
    if (peek().what == promql_token::kind::name)
        take();
    if (!accept("{"))
        return made;
    label_bound::names absent;
    while (!failed_ && !accept("}")) {
        matcher(made, absent);
        if (!peek().is("}"))
            expect(",");
    }
    made.labels = label_bound::all_except(std::move(absent));
    return made;
}

void promql_parser::matcher(promql_value& made, label_bound::names& absent) {
    promql_token const name = take();
    if (name.what == promql_token::kind::text && (peek().is(",") || peek().is("}")))
        return; // a metric's name in quotes
    promql_token const operation = take();
    promql_token const value = take();
    bool const compares = operation.is("=") || operation.is("!=") || operation.is("=~") || operation.is("!~");
    bool const named = name.what == promql_token::kind::name || name.what == promql_token::kind::text;
    if (!named || !compares || value.what != promql_token::kind::text) {
        // `{a="b" or c="d"}` is not of PromQL's; in case it will be.
        fail();
        return;
    }
    if (!operation.is("="))
        return;
    if (value.text.empty())
        absent.insert(name.text);
    else
        made.demanded->insert(name.text);
}

void promql_parser::suffixes(promql_value& made) {
    while (!failed_) {
        if (peek().is("[")) {
            brackets(made);
        } else if (accept_word("offset")) {
            accept("-");
            time();
        } else if (accept("@")) {
            accept("-");
            // A number, start() or end().
            auto const when = take().what;
            if (when == promql_token::kind::name) {
                expect("(");
                expect(")");
            } else if (when != promql_token::kind::number) {
                fail();
            }
        } else {
            return;
        }
    }
}

// [5m], [5m:1m] or [5m:].
void promql_parser::brackets(promql_value& made) {
    expect("[");
    made.range = time();
    if (accept(":")) {
        made.demanded.reset();
        made.resolution = peek().is("]") ? std::nullopt : time();
        if (!made.resolution)
            made.range.reset(); // at Prometheus' own rhythm
    }
    expect("]");
}

std::optional<duration> promql_parser::time() {
    promql_token const written = take();
    auto const parsed = yaml::parse_duration(written.text);
    auto const* length = std::get_if<duration>(&parsed);
    // A bare number of seconds is one, too, since Prometheus 3.
    if (written.what != promql_token::kind::number)
        fail();
    return length != nullptr ? std::optional(*length) : std::nullopt;
}

} // namespace autoscaler::policy::lint
