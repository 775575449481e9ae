#include "policy/core/alert_text.hpp"

#include <cstring>

namespace autoscaler::policy {

namespace {

std::size_t bytes_of(std::span<label const> pairs) {
    std::size_t bytes = 0;
    for (auto const& [name, value] : pairs)
        bytes += name.size() + value.size();
    return bytes;
}

char* put(char* to, std::string_view text) {
    if (!text.empty())
        std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

char* put_length(char* to, std::size_t length) {
    auto const narrow = static_cast<std::uint32_t>(length); // bodies are far below 4 GiB
    std::memcpy(to, &narrow, sizeof narrow);
    return to + sizeof narrow;
}

} // namespace

alert_text::alert_text(alert_notice const& notice) {
    std::size_t const fields = 2 * (notice.labels.size() + notice.annotations.size());
    std::size_t const size = sizeof(counts) + fields * sizeof(std::uint32_t) + bytes_of(notice.labels) +
                             bytes_of(notice.annotations) + notice.generator_url.size();
    block_ = std::make_unique_for_overwrite<char[]>(size);
    size_ = static_cast<std::uint32_t>(size);

    char* lengths = block_.get();
    for (std::size_t const count :
         {notice.labels.size(), notice.annotations.size(), notice.generator_url.size()})
        lengths = put_length(lengths, count);
    char* text = lengths + fields * sizeof(std::uint32_t);
    for (auto const pairs : {notice.labels, notice.annotations})
        for (auto const& [name, value] : pairs) {
            lengths = put_length(put_length(lengths, name.size()), value.size());
            text = put(put(text, name), value);
        }
    put(text, notice.generator_url);
}

alert_text::counts alert_text::head() const {
    counts read{};
    std::memcpy(&read, block_.get(), sizeof read);
    return read;
}

std::uint32_t alert_text::length(std::size_t field) const {
    std::uint32_t read = 0;
    std::memcpy(&read, block_.get() + sizeof(counts) + field * sizeof read, sizeof read);
    return read;
}

std::string_view alert_text::text() const {
    auto const [labels, annotations, url] = head();
    std::size_t const start =
        sizeof(counts) + 2 * (std::size_t{labels} + annotations) * sizeof(std::uint32_t);
    return {block_.get() + start, size_ - start};
}

std::size_t alert_text::labels_size() const {
    std::size_t bytes = 0;
    for (std::size_t field = 0; field < 2 * std::size_t{head().labels}; ++field)
        bytes += length(field);
    return bytes;
}

void alert_text::read(std::size_t first_field, std::size_t pairs, std::size_t offset, std::vector<label>& out)
    const {
    std::string_view rest = text().substr(offset);
    auto const take = [&rest](std::size_t size) {
        auto const taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    };
    out.clear();
    for (std::size_t i = 0; i < pairs; ++i) {
        auto const name = take(length(first_field + 2 * i));
        auto const value = take(length(first_field + 2 * i + 1));
        out.push_back({name, value});
    }
}

void alert_text::labels(std::vector<label>& out) const {
    read(0, head().labels, 0, out);
}

void alert_text::annotations(std::vector<label>& out) const {
    auto const counted = head();
    read(2 * std::size_t{counted.labels}, counted.annotations, labels_size(), out);
}

std::string_view alert_text::generator_url() const {
    auto const whole = text();
    return whole.substr(whole.size() - head().url);
}

bool alert_text::equal(std::size_t first_field, std::size_t offset, std::span<label const> pairs) const {
    std::string_view rest = text().substr(offset);
    for (auto const& [name, value] : pairs) {
        if (length(first_field) != name.size() || length(first_field + 1) != value.size())
            return false;
        first_field += 2;
        if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with(value))
            return false;
        rest.remove_prefix(name.size() + value.size());
    }
    return true;
}

bool alert_text::has_labels(label_set labels) const {
    return head().labels == labels.size() && equal(0, 0, labels);
}

bool alert_text::same_details(alert_notice const& notice) const {
    auto const counted = head();
    return counted.annotations == notice.annotations.size() && generator_url() == notice.generator_url &&
           equal(2 * std::size_t{counted.labels}, labels_size(), notice.annotations);
}

} // namespace autoscaler::policy
