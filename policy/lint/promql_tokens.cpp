#include "policy/lint/promql_tokens.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::policy::lint {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class tokenizer {
public:
    explicit tokenizer(std::string_view text) : text_(text) {}

    std::vector<promql_token> all() {
        while (skip_blanks())
            next();
        add(promql_token::kind::end, 0);
        return std::move(tokens_);
    }

private:
    bool skip_blanks() {
        while (at_ < text_.size()) {
            if (text_[at_] == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
                ++at_;
            else
                return true;
        }
        return false;
    }

    void next() {
        char const c = text_[at_];
        // Within [] a colon parts range and resolution; elsewhere it belongs to names of recorded series.
        bool const colon = c == ':' && !in_brackets_;
        if (begins_name(c) || colon)
            add(promql_token::kind::name, length_of([this](char each) {
                    return begins_name(each) || is_digit(each) || (each == ':' && !in_brackets_);
                }));
        else if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
            add_number();
        else if (c == '"' || c == '\'' || c == '`')
            add_text(c);
        else
            add_symbol();
    }

    template<typename Belongs>
    std::size_t length_of(Belongs belongs) const {
        std::size_t end = at_;
        while (end < text_.size() && belongs(text_[end]))
            ++end;
        return end - at_;
    }

    void add(promql_token::kind what, std::size_t length) {
        tokens_.push_back({what, std::string(text_.substr(at_, length)), at_});
        at_ += length;
    }

    // 1.5, 1e-3, 0x1F, 1h30m.
    void add_number() {
        std::size_t length = length_of([](char c) { return is_digit(c) || begins_name(c) || c == '.'; });
        std::string_view const digits = text_.substr(at_, length);
        bool const exponent = (digits.back() == 'e' || digits.back() == 'E') && !digits.starts_with("0x") &&
                              !digits.starts_with("0X");
        std::size_t const sign = at_ + length;
        if (exponent && sign + 1 < text_.size() && (text_[sign] == '+' || text_[sign] == '-')) {
            ++length;
            while (at_ + length < text_.size() && is_digit(text_[at_ + length]))
                ++length;
        }
        add(promql_token::kind::number, length);
    }

    // Escapes are kept as the escaped character: no label name needs more.
    void add_text(char quote) {
        promql_token made{promql_token::kind::text, {}, at_};
        std::size_t i = at_ + 1;
        for (; i < text_.size() && text_[i] != quote; ++i) {
            if (text_[i] == '\\' && quote != '`' && i + 1 < text_.size())
                ++i;
            made.text += text_[i];
        }
        if (i >= text_.size())
            made.what = promql_token::kind::unknown;
        at_ = std::min(i + 1, text_.size());
        tokens_.push_back(std::move(made));
    }

    void add_symbol() {
        constexpr std::array<std::string_view, 6> longer{"==", "!=", "<=", ">=", "=~", "!~"};
        constexpr std::string_view single = "+-*/%^<>=(){}[],:@";
        std::string_view const rest = text_.substr(at_);
        bool const is_longer =
            std::ranges::any_of(longer, [&](std::string_view each) { return rest.starts_with(each); });
        if (is_longer) {
            add(promql_token::kind::symbol, 2);
            return;
        }
        if (rest.front() == '[' || rest.front() == ']')
            in_brackets_ = rest.front() == '[';
        bool const known = single.find(rest.front()) != std::string_view::npos;
        add(known ? promql_token::kind::symbol : promql_token::kind::unknown, 1);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool in_brackets_ = false;
    std::vector<promql_token> tokens_;
};

} // namespace

std::vector<promql_token> promql_tokens(std::string_view text) {
    return tokenizer(text).all();
}

} // namespace autoscaler::policy::lint
