// Routes in YAML, as amtool 0.25 reads them.
#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/routing.hpp"

#include <algorithm>
#include <optional>

namespace autoscaler::server::alertmanager {

namespace {

// YAML forbids these within a text; its readers stop at them even in quotes.
bool must_be_escaped(std::string_view character) {
    if (character.size() == 1) {
        auto const c = static_cast<unsigned char>(character.front());
        return c < 0x20 || c == 0x7F;
    }
    bool const c1 =
        character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
    return c1 || character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9" || // line ends
           character == "\xEF\xBB\xBF" || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

// The code point of a character of at most three bytes.
unsigned code_point(std::string_view character) {
    auto const bits = [&](std::size_t i, unsigned mask) {
        return static_cast<unsigned>(static_cast<unsigned char>(character[i])) & mask;
    };
    switch (character.size()) {
    case 1:
        return bits(0, 0x7FU);
    case 2:
        return bits(0, 0x1FU) << 6U | bits(1, 0x3FU);
    default:
        return bits(0, 0xFU) << 12U | bits(1, 0x3FU) << 6U | bits(2, 0x3FU);
    }
}

// A double-quoted scalar: whatever the text is, it is a string.
std::string yaml_quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const length = utf8_length(text, i);
        std::string_view const character = length == 0 ? "\xEF\xBF\xBD" : text.substr(i, length);
        i += std::max(length, std::size_t{1});
        if (character == "\"" || character == "\\") {
            out += '\\';
            out += character;
        } else if (character == "\n") {
            out += "\\n";
        } else if (must_be_escaped(character)) {
            unsigned const point = code_point(character);
            out += "\\u";
            for (unsigned shift = 16; shift > 0; shift -= 4)
                out += digits[point >> (shift - 4) & 0xFU];
        } else
            out += character;
    }
    return out += '"';
}

bool is_label_name(std::string_view name) {
    auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// The first label name that Alertmanager 0.25 refuses.
std::optional<std::string_view> odd_name(route const& which) {
    for (auto const& each : which.matchers)
        if (!is_label_name(each.name()))
            return each.name();
    for (auto const& each : which.group_by)
        if (!is_label_name(each))
            return each;
    return {};
}

void append_group_by(std::string& out, std::vector<std::string> const& names, std::string_view indent) {
    if (names.empty())
        return;
    out.append(indent).append("group_by:\n");
    for (auto const& each : names)
        out.append(indent).append("- ").append(yaml_quoted(each)).append("\n");
}

void append_route(std::string& out, route const& which, route const& root) {
    out.append("  - receiver: ").append(yaml_quoted(which.receiver)).append("\n");
    if (which.group_by != root.group_by)
        append_group_by(out, which.group_by, "    ");
    if (!which.matchers.empty())
        out += "    matchers:\n";
    for (auto const& each : which.matchers)
        out.append("    - ").append(yaml_quoted(each.text())).append("\n");
    out += "    continue: true\n";
}

} // namespace

std::string to_configuration(routing const& all) {
    std::string routes;
    std::string left_out;
    for (auto const& each : all.routes) {
        auto const odd = odd_name(each);
        if (!odd)
            append_route(routes, each, all.root);
        else
            left_out.append("  # left out, as Alertmanager 0.25 does not know the label name ")
                .append(yaml_quoted(*odd))
                .append(": a route to ")
                .append(yaml_quoted(each.receiver))
                .append("\n");
    }
    std::string out = "route:\n";
    out.append("  receiver: ").append(yaml_quoted(all.root.receiver)).append("\n");
    append_group_by(out, all.root.group_by, "  ");
    out += "  continue: false\n";
    if (!routes.empty())
        out += "  routes:\n";
    out += routes + left_out + "receivers:\n";
    for (auto const& each : receivers_of(all))
        out.append("- name: ").append(yaml_quoted(each)).append("\n");
    return out += "templates: []\n";
}

} // namespace autoscaler::server::alertmanager
