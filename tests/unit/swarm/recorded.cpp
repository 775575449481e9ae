#include "recorded.hpp"

#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/spec_codec.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace autoscaler::swarm::test {

namespace {

std::filesystem::path golden() {
    return std::filesystem::path(AUTOSCALER_SOURCE_DIR) / "tests/golden/swarm";
}

} // namespace

std::string recorded(std::string const& name) {
    std::ifstream file(golden() / name, std::ios::binary);
    INFO(name);
    REQUIRE(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

answer answer_of(unsigned status, std::string body) {
    answer said;
    said.status = status;
    said.body = std::move(body);
    return said;
}

answer recorded_answer(std::string const& name) {
    std::string const text = recorded(name);
    std::size_t const end = text.find("\n\n");
    REQUIRE(end != std::string::npos);
    constexpr std::size_t status_at = 9; // after "HTTP/1.1 "
    return answer_of(static_cast<unsigned>(std::stoul(text.substr(status_at, 3))), text.substr(end + 2));
}

std::string recorded_wire(std::string const& name) {
    std::string const text = recorded(name);
    std::size_t const end = text.find("\n\n") + 2;
    std::string wire;
    for (char const c : text.substr(0, end))
        wire += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return wire + text.substr(end);
}

std::vector<std::string> recorded_names(std::string_view prefix, std::string_view suffix) {
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(golden())) {
        std::string const file = entry.path().filename().string();
        if (file.starts_with(prefix) && file.ends_with(suffix))
            names.push_back(std::filesystem::relative(entry.path(), golden()).string());
    }
    std::ranges::sort(names);
    return names;
}

service decoded(std::string const& text) {
    auto const found = decode_service(text);
    INFO(text);
    REQUIRE(found);
    return *found;
}

service altered(std::string const& name, std::function<void(nlohmann::json&)> const& change) {
    nlohmann::json value = nlohmann::json::parse(recorded(name));
    change(value);
    return decoded(value.dump());
}

} // namespace autoscaler::swarm::test
