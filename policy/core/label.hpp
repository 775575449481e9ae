// Labels as Prometheus has them, and the two hashes of a label set. Pure values, no ownership.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy {

// A name and its value. A view: whoever hands it over owns the text.
struct label {
    std::string_view name;
    std::string_view value;

    friend bool operator==(label const&, label const&) = default;
};

// A label set: sorted by name (bytewise), each name once, no empty values.
using label_set = std::span<label const>;

// The value of `name`, or "" where the set lacks it: to Prometheus the two are the same.
std::string_view value_of(label_set labels, std::string_view name);

// Alertmanager's identity of a label set: FNV-64a over name, 0xFF, value, 0xFF of each label in order
// (prometheus/common model/signature.go). {foo=bar} is 3fff2c2d7595e046.
std::uint64_t fingerprint(label_set labels);

// The same as 16 hexadecimal digits, as the API shows it.
std::string to_hex(std::uint64_t fingerprint);

} // namespace autoscaler::policy
