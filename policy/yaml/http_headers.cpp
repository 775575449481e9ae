#include "policy/yaml/http_headers.hpp"

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::policy::yaml {

namespace {

using header_list = std::vector<std::pair<std::string, std::string>>;

// Set by the request itself, or by keys of their own; Prometheus refuses the same.
constexpr std::array<std::string_view, 13> reserved{
    "authorization",
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "transfer-encoding",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
};

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_reserved(std::string name) {
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::find(reserved, name) != reserved.end();
}

void add_header(
    header_list& headers,
    std::string const& name,
    node const& value,
    std::string const& what,
    fault_sink& faults
) {
    auto text = read_secret_text(value, what, faults);
    if (!text)
        return;
    if (is_header_text(*text))
        headers.emplace_back(name, std::move(*text));
    else
        faults.error(value.offset, what + " must be one line without control characters");
}

void read_values(
    header_list& headers,
    std::string const& name,
    node const& value,
    std::string const& what,
    fault_sink& faults
) {
    if (value.is_scalar()) {
        add_header(headers, name, value, what, faults);
        return;
    }
    map_reader map(faults, what);
    for (auto const* const key : {"values", "secrets"}) {
        map.key(key, [&headers, &name, &faults, in = what + "." + key](entry const& seen) {
            if (seen.value.what != node::kind::list)
                faults.error(
                    seen.value.offset,
                    in + " must be a list of texts, not " +
                        (seen.value.is_scalar() ? "a text" : describe(seen.value))
                );
            for (auto const& item : seen.value.items)
                if (seen.value.what == node::kind::list)
                    add_header(headers, name, item, in, faults);
        });
    }
    map.misplaced("files", what + ".files is not supported: write values or secrets");
    map.read(value);
}

} // namespace

bool is_header_name(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return is_alphanumeric(c) || marks.find(c) != std::string_view::npos;
    });
}

bool is_header_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
    });
}

header_list read_headers(node const& value, std::string const& what, fault_sink& faults) {
    header_list headers;
    map_reader map(faults, what);
    map.hide_text();
    map.other_keys([&](entry const& seen) {
        std::string const& name = seen.key.text;
        if (!is_header_name(name))
            faults.error(seen.key.offset, in_quotes(name) + " cannot be the name of a header");
        else if (is_reserved(name))
            faults.error(
                seen.key.offset,
                "the header " + in_quotes(name) + " cannot be set here: it is the request's own"
            );
        else
            read_values(headers, name, seen.value, what + "." + name, faults);
    });
    map.read(value);
    return headers;
}

} // namespace autoscaler::policy::yaml
