// Prometheus' `http_config`: the keys that stand beside the `url` of something that we ask or tell.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/yaml/map_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace autoscaler::policy::yaml {

// An http_config while it is read. `owner` names the map in texts: "prometheus", "webhook".
struct http_draft {
    explicit http_draft(std::string name) : owner(std::move(name)) {}

    std::string owner;
    http_config value;
    std::optional<std::size_t> basic_at;
    std::optional<std::size_t> authorization_at;
    std::optional<std::size_t> bearer_at; // the first of bearer_token and bearer_token_file
};

// Teaches `map` these keys. `draft` must outlive the reading. A relative path of a file is taken from the
// folder of the file that `faults` reports on, as Prometheus takes it.
void add_http_fields(map_reader& map, http_draft& draft, fault_sink& faults);

// What excludes each other, as in Prometheus: at most one way to say who we are.
void check_http_fields(http_draft const& draft, fault_sink& faults);

} // namespace autoscaler::policy::yaml
