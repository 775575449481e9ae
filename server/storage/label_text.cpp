#include "server/storage/label_text.hpp"

#include "server/text/utf8.hpp"

#include <nlohmann/json.hpp>

namespace autoscaler::server::storage {

namespace {

// By hand: a DOM for thousands of alerts in one body would hold up the thread that all else runs on.
void append(std::string& text, std::string_view name, std::string_view value) {
    text += text.size() > 1 ? ",[" : "[";
    text::append_quoted(text, name);
    text += ',';
    text::append_quoted(text, value);
    text += ']';
}

} // namespace

std::string encode_labels(std::span<policy::label const> labels) {
    std::string text = "[";
    for (auto const& [name, value] : labels)
        append(text, name, value);
    return text += ']';
}

std::string encode_labels(swarm::label_map const& labels) {
    std::string text = "[";
    for (auto const& [name, value] : labels)
        append(text, name, value);
    return text += ']';
}

std::optional<label_list> decode_labels(std::string_view text) {
    auto const list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array())
        return {};
    label_list labels;
    for (auto const& pair : list) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
            return {};
        labels.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
    return labels;
}

} // namespace autoscaler::server::storage
