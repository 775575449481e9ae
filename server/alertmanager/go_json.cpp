#include "server/alertmanager/go_json.hpp"

#include "server/alertmanager/go_text.hpp"

#include <vector>

namespace autoscaler::server::alertmanager {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex(char c) {
    if (is_digit(c))
        return c - '0';
    char const lower = static_cast<char>(static_cast<unsigned char>(c) | 0x20U);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A byte as Go names it in an error: as the character of that number.
std::string named(char c) {
    if (c == '\'')
        return R"('\'')";
    if (c == '"')
        return R"('"')";
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
        std::string const text = quoted(std::string_view(&c, 1));
        return "'" + text.substr(1, text.size() - 2) + "'";
    }
    // U+0080 to U+00A0 and the soft hyphen are not printable.
    if (byte <= 0xA0 || byte == 0xAD) {
        constexpr std::string_view digits = "0123456789abcdef";
        return std::string("'\\u00") + digits[byte >> 4U] + digits[byte & 0xFU] + "'";
    }
    std::string text = "'";
    append_utf8(text, byte);
    return text += '\'';
}

class reader {
public:
    reader(std::string_view text, std::size_t deepest) : text_(text), deepest_(deepest) {}

    go_json read();

private:
    enum class place { value, value_or_end, key, key_or_end, colon, after };

    bool fail(std::string_view context) {
        result_.error = at_ == text_.size()
                            ? "unexpected EOF"
                            : "invalid character " + named(text_[at_]) + " " + std::string(context);
        return false;
    }

    bool open(char bracket);
    bool close();
    bool begin_value();
    bool step();
    bool after_value();
    bool string();
    bool escape();
    bool code_unit(char32_t& unit);
    bool number();
    bool digits(std::string_view context);
    bool literal(std::string_view word);

    char now() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool ended() const { return at_ == text_.size(); }

    std::string_view text_;
    std::size_t deepest_;
    std::size_t at_ = 0;
    place place_ = place::value;
    std::vector<char> open_; // '{' or '['
    go_json result_;
};

bool reader::open(char bracket) {
    if (open_.size() == deepest_)
        return fail("exceeded max depth");
    open_.push_back(bracket);
    result_.repaired += bracket;
    ++at_;
    place_ = bracket == '{' ? place::key_or_end : place::value_or_end;
    return true;
}

bool reader::close() {
    open_.pop_back();
    result_.repaired += text_[at_++];
    place_ = place::after;
    return true;
}

bool reader::literal(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        ++at_;
        if (now() != word[i] || ended())
            return fail("in literal " + std::string(word) + " (expecting " + named(word[i]) + ")");
    }
    ++at_;
    result_.repaired += word;
    place_ = place::after;
    return true;
}

bool reader::digits(std::string_view context) {
    if (ended() || !is_digit(now()))
        return fail(context);
    while (!ended() && is_digit(now()))
        ++at_;
    return true;
}

bool reader::number() {
    if (now() == '-')
        ++at_;
    if (!ended() && now() == '0')
        ++at_;
    else if (!digits("in numeric literal"))
        return false;
    if (!ended() && now() == '.') {
        ++at_;
        if (!digits("after decimal point in numeric literal"))
            return false;
    }
    if (!ended() && (now() == 'e' || now() == 'E')) {
        ++at_;
        if (!ended() && (now() == '+' || now() == '-'))
            ++at_;
        if (!digits("in exponent of numeric literal"))
            return false;
    }
    result_.repaired += '0';
    place_ = place::after;
    return true;
}

// Four digits behind \u.
bool reader::code_unit(char32_t& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
        int const digit = ended() ? -1 : hex(now());
        if (digit < 0)
            return fail("in \\u hexadecimal character escape");
        unit = unit << 4U | static_cast<char32_t>(digit);
    }
    return true;
}

bool reader::escape() {
    ++at_; // the backslash
    if (ended() || std::string_view("\"\\/bfnrtu").find(now()) == std::string_view::npos)
        return fail("in string escape code");
    if (now() != 'u') {
        result_.repaired += '\\';
        result_.repaired += text_[at_++];
        return true;
    }
    std::size_t const begin = at_++ - 1;
    char32_t unit = 0;
    if (!code_unit(unit))
        return false;
    if (unit < 0xD800 || unit > 0xDFFF) {
        result_.repaired += text_.substr(begin, at_ - begin);
        return true;
    }
    // A pair stays as it is; half a pair is no character. What follows the half is read on its own.
    if (unit < 0xDC00 && text_.substr(at_, 2) == "\\u") {
        std::size_t const half = at_;
        at_ += 2;
        char32_t second = 0;
        if (!code_unit(second))
            return false;
        if (second >= 0xDC00 && second <= 0xDFFF) {
            result_.repaired += text_.substr(begin, at_ - begin);
            return true;
        }
        at_ = half;
    }
    result_.repaired += "\\ufffd";
    return true;
}

bool reader::string() {
    result_.repaired += text_[at_++];
    while (!ended() && now() != '"') {
        if (now() == '\\') {
            if (!escape())
                return false;
            continue;
        }
        if (static_cast<unsigned char>(now()) < 0x20)
            return fail("in string literal");
        std::size_t const length = utf8_length(text_, at_);
        if (length == 0)
            result_.repaired += "\\ufffd";
        result_.repaired += text_.substr(at_, length);
        at_ += length == 0 ? 1 : length;
    }
    if (ended())
        return fail({});
    result_.repaired += text_[at_++];
    return true;
}

bool reader::begin_value() {
    char const c = now();
    if (c == '{' || c == '[')
        return open(c);
    if (c == '"') {
        place_ = place::after;
        return string();
    }
    if (c == '-' || is_digit(c))
        return number();
    for (std::string_view const word : {"true", "false", "null"})
        if (c == word.front())
            return literal(word);
    return fail("looking for beginning of value");
}

bool reader::after_value() {
    bool const in_object = open_.back() == '{';
    char const c = now();
    if (c == ',') {
        result_.repaired += c;
        ++at_;
        place_ = in_object ? place::key : place::value;
        return true;
    }
    if (c == (in_object ? '}' : ']'))
        return close();
    return fail(in_object ? "after object key:value pair" : "after array element");
}

bool reader::step() {
    switch (place_) {
    case place::value_or_end:
        if (now() == ']')
            return close();
        return begin_value();
    case place::value:
        return begin_value();
    case place::key_or_end:
        if (now() == '}')
            return close();
        [[fallthrough]];
    case place::key:
        if (now() != '"')
            return fail("looking for beginning of object key string");
        place_ = place::colon;
        return string();
    case place::colon:
        if (now() != ':')
            return fail("after object key");
        result_.repaired += text_[at_++];
        place_ = place::value;
        return true;
    case place::after:
        break;
    }
    return after_value();
}

go_json reader::read() {
    do {
        while (!ended() && is_blank(now()))
            ++at_;
        if (ended()) {
            result_.what = result_.repaired.empty() ? go_json::kind::empty : go_json::kind::invalid;
            fail({});
            return result_;
        }
        if (!step())
            return result_;
    } while (place_ != place::after || !open_.empty());
    result_.what = go_json::kind::value;
    return result_;
}

} // namespace

go_json read_go_json(std::string_view text, std::size_t deepest) {
    return reader(text, deepest).read();
}

} // namespace autoscaler::server::alertmanager
