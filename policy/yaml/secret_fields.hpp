// A secret of an http_config: a key for its text and a key for the file that holds it.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/yaml/map_reader.hpp"

#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

struct secret_keys {
    std::string_view text;
    std::string_view file;
};

// Teaches `map`, called `what` in texts, both keys, of which at most one may be written. `secret` must
// outlive the reading. A relative path of a file is taken from the folder of the file that `faults` reports
// on.
void add_secret(
    map_reader& map, secret_keys keys, std::string const& what, secret_source& secret, fault_sink& faults
);

} // namespace autoscaler::policy::yaml
