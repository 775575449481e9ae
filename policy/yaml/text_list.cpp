#include "policy/yaml/text_list.hpp"

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"

namespace autoscaler::policy::yaml {

std::vector<std::pair<std::string, std::string>>
read_texts(node const& value, std::string const& what, fault_sink& faults) {
    std::vector<std::pair<std::string, std::string>> texts;
    map_reader map(faults, what);
    map.other_keys([&](entry const& seen) {
        if (auto text = read_any_text(seen.value, what + " " + in_quotes(seen.key.text), faults))
            texts.emplace_back(seen.key.text, std::move(*text));
    });
    map.read(value);
    return texts;
}

} // namespace autoscaler::policy::yaml
