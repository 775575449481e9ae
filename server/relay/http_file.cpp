#include "server/relay/http_file.hpp"

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/http_fields.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/node.hpp"

#include <utility>

namespace autoscaler::server::relay {

using namespace policy::yaml;

loaded_http_config load_http_config(std::string_view text, std::string const& file) {
    fault_sink faults(text, file);
    loaded_http_config loaded;
    if (auto const root = read_yaml(text, faults)) {
        http_draft draft("http_config");
        map_reader map(faults, "http_config");
        map.hide_text();
        add_http_fields(map, draft, faults);
        map.read(*root);
        check_http_fields(draft, faults);
        if (!faults.failed())
            loaded.made = std::move(draft.value);
    }
    loaded.faults = faults.take();
    return loaded;
}

} // namespace autoscaler::server::relay
