#include "policy/yaml/test_values.hpp"

namespace autoscaler::policy::yaml {

std::optional<std::int64_t> read_count(node const& value, std::string_view what, fault_sink& faults) {
    return read_integer(value, what, 0, max_test_count, faults);
}

void read_named(
    node const& value, std::string_view what, fault_sink& faults, std::function<void(entry const&)> read
) {
    map_reader map(faults, std::string(what));
    map.other_keys(std::move(read));
    map.read(value);
}

test_file::text_map read_labels(node const& value, std::string_view what, fault_sink& faults) {
    test_file::text_map labels;
    read_named(value, what, faults, [&](entry const& one) {
        if (auto text = read_any_text(one.value, one.key.text, faults))
            labels.emplace(one.key.text, std::move(*text));
    });
    return labels;
}

} // namespace autoscaler::policy::yaml
