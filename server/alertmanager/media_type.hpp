// Reads a Content-Type field as Go's mime.ParseMediaType does.
#pragma once

#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

struct media_type {
    std::string name;  // lower case, without parameters; "" where the field is missing or blank
    std::string error; // Go's words; "" = fine
};

media_type read_media_type(std::string_view field);

// Types that people's tools send without being told to (curl -d, urllib), or none: taken when the body
// parses.
bool may_hold_json(std::string_view name);

} // namespace autoscaler::server::alertmanager
