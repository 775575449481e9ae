// JSON as the engine's Go decoder reads it: only the first value of a text counts, keys match in any letter
// case, null is the same as absent, and faults are worded as Go words them. Pure; needs no engine.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::simulated {

struct parsed_json {
    nlohmann::json value;
    std::string error; // Empty: value is good.
};

// The first JSON value of `text`. Nesting beyond 1000 levels is refused.
parsed_json parse_go(std::string_view text);

// The members of `object` that Go would find for these names, under these names; unknown ones and nulls are
// dropped.
nlohmann::json known_members(nlohmann::json const& object, std::span<std::string_view const> names);

// Takes values out of JSON into typed ones, keeping the first fault in the words of Go's decoder. A value of
// the wrong type reads as nothing. `field` is what Go calls the place: "ServiceSpec.Name".
class go_reader {
public:
    std::string const& error() const { return error_; }

    std::string text(nlohmann::json const& value, std::string_view field, std::string_view type = "string");
    std::uint64_t unsigned_number(nlohmann::json const& value, std::string_view field);
    std::int64_t
    signed_number(nlohmann::json const& value, std::string_view field, std::string_view type = "int64");
    float ratio(nlohmann::json const& value, std::string_view field);
    std::vector<std::string> texts(nlohmann::json const& value, std::string_view field);
    // The value if it is an object, an empty object otherwise.
    nlohmann::json object(nlohmann::json const& value, std::string_view field, std::string_view type);

private:
    void mismatch(nlohmann::json const& value, std::string_view field, std::string_view type);

    std::string error_;
};

} // namespace autoscaler::swarm::simulated
