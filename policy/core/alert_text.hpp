// The text of one alert in one heap block: labels, annotations, generator URL. Immutable once made.
#pragma once

#include "policy/core/alert.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

class alert_text {
public:
    explicit alert_text(alert_notice const& notice);

    // What the block takes, in bytes.
    std::size_t size() const { return size_; }

    // Views into the block, valid as long as it lives. `out` is overwritten: callers reuse it.
    void labels(std::vector<label>& out) const;
    void annotations(std::vector<label>& out) const;
    std::string_view generator_url() const;

    bool has_labels(label_set labels) const;
    // True where a notice of the same labels brings no new annotations and no new URL.
    bool same_details(alert_notice const& notice) const;

private:
    struct counts {
        std::uint32_t labels;
        std::uint32_t annotations;
        std::uint32_t url;
    };

    counts head() const;
    std::string_view text() const;
    std::uint32_t length(std::size_t field) const; // of the field-th name or value
    bool equal(std::size_t first_field, std::size_t offset, std::span<label const> pairs) const;
    std::size_t labels_size() const;
    void read(std::size_t first_field, std::size_t pairs, std::size_t offset, std::vector<label>& out) const;

    std::unique_ptr<char[]>
        block_; // counts, then the lengths of all names and values, then their bytes, then the URL
    std::uint32_t size_ = 0;
};

} // namespace autoscaler::policy
