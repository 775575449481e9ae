#include "policy/yaml/node.hpp"

#include "policy/yaml/plain_text.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

bool is_null_word(std::string_view text) {
    return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// yaml-cpp says null for `~` and for nothing at all; only the text tells them apart.
std::string_view null_word_at(std::string_view text) {
    std::size_t const end = std::min(text.find_first_of(" \t\r\n,]}:#"), text.size());
    std::string_view const word = text.substr(0, end);
    // `key:` in the next line's place is a key called null, not this value.
    bool const is_key = end < text.size() && text[end] == ':';
    return is_null_word(word) && !is_key ? word : std::string_view{};
}

// yaml-cpp takes the end of the file for a closing quote.
bool quote_is_closed(std::string_view text) {
    char const quote = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote)
                return true;
            ++i;
        }
    }
    return false;
}

// Builds the tree from yaml-cpp's events. Anchors and tags never reach the tree, so nothing is ever expanded.
class tree_builder : public YAML::EventHandler {
public:
    tree_builder(std::string_view text, fault_sink& faults, std::size_t skipped)
        : text_(text), faults_(faults), skipped_(skipped) {}

    node take_root() { return std::move(root_); }

    void OnDocumentStart(YAML::Mark const& /*mark*/) override {}

    void OnDocumentEnd() override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        std::size_t const at = place(mark, anchor);
        std::string_view const word = null_word_at(text_.substr(std::min(at, text_.size())));
        add({word.empty() ? node::kind::empty : node::kind::plain, at, std::string(word), {}, {}});
    }

    void OnAlias(YAML::Mark const& mark, YAML::anchor_t /*anchor*/) override {
        std::size_t const at = place(mark, YAML::NullAnchor);
        refuse_alias(at);
        add({node::kind::empty, at, {}, {}, {}});
    }

    void OnScalar(
        YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor, std::string const& value
    ) override {
        std::size_t const at = place(mark, anchor);
        // "?" is yaml-cpp's tag of a bare scalar, "!" that of a quoted or block one.
        bool const bare = tag == "?";
        if (!bare && tag != "!")
            refuse_tag(at, tag);
        bool const starts_with_quote = at < text_.size() && (text_[at] == '"' || text_[at] == '\'');
        if (!bare && starts_with_quote && !quote_is_closed(text_.substr(at)))
            faults_.error(at, "this quote is never closed");
        add({bare ? node::kind::plain : node::kind::quoted, at, value, {}, {}});
    }

    void OnSequenceStart(
        YAML::Mark const& mark,
        std::string const& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(node::kind::list, mark, tag, anchor);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        YAML::Mark const& mark,
        std::string const& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(node::kind::map, mark, tag, anchor);
    }

    void OnMapEnd() override { close(); }

    void refuse_alias(std::size_t at) {
        faults_.error(
            at,
            "aliases are not supported: write the value out, or set it once under \"defaults\"; quote a text "
            "that "
            "begins with \"*\""
        );
    }

    std::size_t offset_of(YAML::Mark const& mark) const {
        return mark.pos < 0 ? skipped_ : static_cast<std::size_t>(mark.pos) + skipped_;
    }

private:
    std::size_t place(YAML::Mark const& mark, YAML::anchor_t anchor) {
        std::size_t const at = offset_of(mark);
        if (anchor != YAML::NullAnchor)
            faults_.error(at, "anchors are not supported; quote a text that begins with \"&\"");
        return at;
    }

    void refuse_tag(std::size_t at, std::string const& tag) {
        faults_.error(
            at, "the tag " + in_quotes(tag) + " is not supported; quote a text that begins with \"!\""
        );
    }

    void open(node::kind what, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
        std::size_t const at = place(mark, anchor);
        if (tag != "?")
            refuse_tag(at, tag);
        open_.push_back({what, at, {}, {}, {}});
    }

    void close() {
        node done = std::move(open_.back());
        open_.pop_back();
        add(std::move(done));
    }

    void add(node value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return;
        }
        node& parent = open_.back();
        bool const is_key = parent.what == node::kind::map && parent.keys.size() == parent.items.size();
        (is_key ? parent.keys : parent.items).push_back(std::move(value));
    }

    std::string_view text_;
    fault_sink& faults_;
    std::size_t skipped_; // bytes before the place where yaml-cpp's positions begin
    std::vector<node> open_;
    node root_;
};

// The first tab before `end` that indents a line: what yaml-cpp trips over is often far behind it.
std::optional<std::size_t> indenting_tab(std::string_view text, std::size_t end) {
    for (std::size_t line = 0; line < text.size() && line <= end;) {
        std::size_t const first = std::min(text.find_first_not_of(' ', line), text.size());
        std::size_t const content = std::min(text.find_first_not_of(" \t", line), text.size());
        bool const blank = content == text.size() || text[content] == '\n' || text[content] == '\r';
        if (first < text.size() && text[first] == '\t' && !blank)
            return first;
        std::size_t const next = text.find('\n', line);
        if (next == std::string_view::npos)
            break;
        line = next + 1;
    }
    return std::nullopt;
}

void report(
    YAML::Exception const& failure, std::string_view text, tree_builder& builder, fault_sink& faults
) {
    std::size_t const at = builder.offset_of(failure.mark);
    if (failure.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
        builder.refuse_alias(at);
    } else if (auto const tab = indenting_tab(text, at)) {
        faults.error(*tab, "a tab indents this line: YAML indents with spaces");
    } else if (failure.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW ||
               failure.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) {
        bool const list = failure.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
        faults.error(at, std::string("bad YAML: expected \",\" or ") + (list ? "\"]\"" : "\"}\"") + " here");
    } else if (failure.msg == YAML::ErrorMsg::MAP_VALUE) {
        faults.error(
            at,
            "bad YAML: unexpected \":\" or value here; check the indentation, and quote a text with \": \""
        );
    } else if (failure.msg == YAML::ErrorMsg::END_OF_MAP || failure.msg == YAML::ErrorMsg::END_OF_SEQ) {
        faults.error(
            at, "bad YAML: this does not fit the block above it; check the indentation and the quotes"
        );
    } else {
        faults.error(at, "bad YAML: " + failure.msg);
    }
}

} // namespace

bool node::is_null() const {
    return what == kind::plain && is_null_word(text);
}

std::optional<node> read_yaml(std::string_view text, fault_sink& faults) {
    if (!check_plain_text(text, faults))
        return std::nullopt;
    std::size_t const skipped = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    std::istringstream stream{std::string(text.substr(skipped))};
    tree_builder builder(text, faults, skipped);
    bool found = false;
    try {
        YAML::Parser parser(stream);
        found = parser.HandleNextDocument(builder);
        node root = builder.take_root();
        // One more is asked for, never all: after some faults yaml-cpp offers documents without end.
        tree_builder second(text, faults, skipped);
        if (found && parser.HandleNextDocument(second)) {
            faults.error(second.take_root().offset, "a second document begins here: a file holds one");
            return std::nullopt;
        }
        if (!found)
            faults.error(0, "the file is empty");
        return faults.failed() ? std::nullopt : std::optional(std::move(root));
    } catch (YAML::DeepRecursion const& failure) {
        faults.error(builder.offset_of(failure.mark), "nested too deeply");
    } catch (YAML::Exception const& failure) {
        report(failure, text, builder, faults);
    } catch (std::exception const& failure) {
        faults.error(0, std::string("bad YAML: ") + failure.what());
    }
    return std::nullopt;
}

std::string describe(node const& value) {
    switch (value.what) {
    case node::kind::empty:
        return "nothing";
    case node::kind::plain:
    case node::kind::quoted:
        return in_quotes(value.text);
    case node::kind::list:
        return "a list";
    case node::kind::map:
        return "a map";
    }
    return "nothing";
}

} // namespace autoscaler::policy::yaml
