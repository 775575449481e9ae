// Answers of real engines, recorded in tests/golden/swarm.
#pragma once

#include "swarm_client/answer.hpp"
#include "swarm_client/service.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::test {

// The bytes of a file, named as in "20.10/service_new.json". Fails the test if there is none.
std::string recorded(std::string const& name);

answer answer_of(unsigned status, std::string body);

// A recorded .http file as an answer, and as it goes over the wire (the files have bare line feeds).
answer recorded_answer(std::string const& name);
std::string recorded_wire(std::string const& name);

// The names of all files below tests/golden/swarm whose last part begins and ends like this.
std::vector<std::string> recorded_names(std::string_view prefix, std::string_view suffix);

// A service as the client decodes it from this text. Fails the test if it does not.
service decoded(std::string const& text);

// The same of a recorded service with one change made by the test.
service altered(std::string const& name, std::function<void(nlohmann::json&)> const& change);

} // namespace autoscaler::swarm::test
