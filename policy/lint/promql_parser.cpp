#include "policy/lint/promql_parser.hpp"

#include "policy/lint/promql_functions.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace autoscaler::policy::lint {

namespace {

// Nobody nests deeper; the stack must hold it.
constexpr std::size_t max_depth = 200;

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return text;
}

// How tightly an operator binds; 0: it is none.
int binding_of(promql_token const& token) {
    using row = std::pair<std::string_view, int>;
    constexpr std::array<row, 16> operators{
        {{"or", 1},
         {"and", 2},
         {"unless", 2},
         {"==", 3},
         {"!=", 3},
         {"<=", 3},
         {"<", 3},
         {">=", 3},
         {">", 3},
         {"+", 4},
         {"-", 4},
         {"*", 5},
         {"/", 5},
         {"%", 5},
         {"atan2", 5},
         {"^", 6}}
    };
    bool const word = token.what == promql_token::kind::name;
    if (!word && token.what != promql_token::kind::symbol)
        return 0;
    std::string const text = word ? lower(token.text) : token.text;
    auto const found = std::ranges::find(operators, std::string_view(text), &row::first);
    return found == operators.end() ? 0 : found->second;
}

} // namespace

promql_facts promql_parser::read() {
    promql_value const whole = expression(1);
    if (failed_ || peek().what != promql_token::kind::end)
        return {};
    label_bound const labels = whole.what == promql_value::kind::vector    ? whole.labels
                               : whole.what == promql_value::kind::unknown ? label_bound::all()
                                                                           : label_bound::none();
    return {labels, std::move(windows_)};
}

promql_token const& promql_parser::peek(std::size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

promql_token promql_parser::take() {
    promql_token const taken = peek();
    at_ = std::min(at_ + 1, tokens_.size() - 1);
    return taken;
}

bool promql_parser::accept(std::string_view symbol) {
    if (!peek().is(symbol))
        return false;
    take();
    return true;
}

bool promql_parser::at_word(std::string_view lower_case) const {
    return peek().what == promql_token::kind::name && lower(peek().text) == lower_case;
}

bool promql_parser::accept_word(std::string_view lower_case) {
    if (!at_word(lower_case))
        return false;
    take();
    return true;
}

void promql_parser::expect(std::string_view symbol) {
    if (!accept(symbol))
        fail();
}

promql_value promql_parser::expression(int least_binding) {
    if (depth_ >= max_depth) {
        fail();
        return {};
    }
    ++depth_;
    promql_value left = operand();
    for (int binding = 0; !failed_ && (binding = binding_of(peek())) >= least_binding && binding > 0;)
        left = binary(lower(take().text), std::move(left), binding);
    --depth_;
    return left;
}

promql_value promql_parser::binary(std::string const& operation, promql_value left, int binding) {
    accept_word("bool");
    vector_match const match = match_clause();
    promql_value const right = expression(operation == "^" ? binding : binding + 1);
    using kind = promql_value::kind;
    promql_value made;
    if (left.what == kind::unknown || right.what == kind::unknown || left.what == kind::text ||
        right.what == kind::text)
        return made;
    made.what = left.what == kind::vector || right.what == kind::vector ? kind::vector : kind::scalar;
    if (left.what == kind::scalar)
        made.labels = right.labels;
    else if (right.what == kind::scalar)
        made.labels = left.labels;
    else
        made.labels = joined_labels(operation, left.labels, right.labels, match);
    return made;
}

vector_match promql_parser::match_clause() {
    vector_match match;
    if (at_word("on") || at_word("ignoring")) {
        match.on = lower(take().text) == "on";
        match.labels = name_list();
    }
    if (at_word("group_left") || at_word("group_right")) {
        match.group =
            lower(take().text) == "group_left" ? vector_match::grouping::left : vector_match::grouping::right;
        // `group_left (a)` names labels; in `group_left (a) * b` nothing else could.
        if (peek().is("("))
            match.included = name_list();
    }
    return match;
}

label_bound::names promql_parser::name_list() {
    label_bound::names names;
    expect("(");
    while (!failed_ && !accept(")")) {
        promql_token const name = take();
        if (name.what != promql_token::kind::name && name.what != promql_token::kind::text)
            fail();
        names.insert(name.text);
        if (!peek().is(")"))
            expect(",");
    }
    return names;
}

// A sign binds less tightly than `^`, and so do the suffixes of what it stands before.
promql_value promql_parser::operand() {
    if (accept("+") || accept("-")) {
        promql_value made = expression(6);
        made.demanded.reset();
        return made;
    }
    promql_value made = primary();
    suffixes(made);
    return made;
}

promql_value promql_parser::primary() {
    promql_token const& next = peek();
    promql_value made;
    if (next.what == promql_token::kind::number) {
        take();
        made.what = promql_value::kind::scalar;
    } else if (next.what == promql_token::kind::text) {
        made.what = promql_value::kind::text;
        made.text = take().text;
    } else if (accept("(")) {
        made = expression(1);
        expect(")");
    } else if (next.is("{")) {
        made = selector();
    } else if (next.what == promql_token::kind::name) {
        made = named();
    } else {
        fail();
    }
    return made;
}

promql_value promql_parser::named() {
    std::string const name = peek().text;
    std::string const word = lower(name);
    bool const called = peek(1).is("(");
    std::string const after = peek(1).what == promql_token::kind::name ? lower(peek(1).text) : "";
    if (is_aggregation(word) && (called || after == "by" || after == "without")) {
        take();
        return aggregation(word);
    }
    if (called) {
        take();
        return call(name);
    }
    if (word == "inf" || word == "nan") {
        take();
        promql_value made;
        made.what = promql_value::kind::scalar;
        return made;
    }
    return selector();
}

promql_value promql_parser::aggregation(std::string const& name) {
    label_bound kept = label_bound::none();
    auto const clause = [&] {
        if (!at_word("by") && !at_word("without"))
            return false;
        bool const by = lower(take().text) == "by";
        auto names = name_list();
        kept = by ? label_bound::only(std::move(names)) : label_bound::all_except(std::move(names));
        return true;
    };
    bool const before = clause();
    auto const given = arguments();
    if (!before)
        clause();
    promql_value made;
    if (given.empty() || given.size() > 2) {
        fail();
        return made;
    }
    promql_value const& inner = given.back();
    made.what = promql_value::kind::vector;
    made.labels = keeps_series(name) ? inner.labels : inner.labels & kept;
    if (name == "count_values")
        made.labels = made.labels | label_bound::only({given.front().text});
    return made;
}

std::vector<promql_value> promql_parser::arguments() {
    std::vector<promql_value> given;
    expect("(");
    while (!failed_ && !accept(")")) {
        given.push_back(expression(1));
        if (!peek().is(")"))
            expect(",");
    }
    return given;
}

promql_value promql_parser::call(std::string const& name) {
    auto const given = arguments();
    promql_value made;
    auto const vector = std::ranges::find_if(given, [](promql_value const& each) {
        return each.what == promql_value::kind::vector || each.what == promql_value::kind::unknown;
    });
    if (vector != given.end() && vector->range && compares_samples(name))
        windows_.push_back({name, *vector->range, vector->resolution});
    function_effect const effect = effect_of(name);
    if (effect == function_effect::unknown)
        return made;
    made.what = effect == function_effect::scalar ? promql_value::kind::scalar : promql_value::kind::vector;
    made.labels = label_bound::none();
    if (vector == given.end())
        return made;
    if (effect == function_effect::keeps || effect == function_effect::adds)
        made.labels = vector->labels;
    if (effect == function_effect::adds)
        made.labels =
            given.size() > 1 ? made.labels | label_bound::only({given[1].text}) : label_bound::all();
    if (effect == function_effect::absent && vector->demanded)
        made.labels = label_bound::only(*vector->demanded);
    return made;
}

} // namespace autoscaler::policy::lint
