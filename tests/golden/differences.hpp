// Where our answers to recorded requests are others than Alertmanager's: all of it, by the names of
// differences.md.
#pragma once

#include <map>
#include <set>
#include <string>

namespace autoscaler::test {

struct difference {
    std::string name; // in differences.md
    int status = 0;
    std::string body;
};

// Of am025_bad_inputs.json, by case.
std::map<std::string, difference> const& edge_case_differences();

// Of am025_api_sequence.json: steps in whose recorded answers an alert is inhibited.
std::set<std::string> const& inhibited_steps();

// What a recorded answer is without inhibition.
std::string without_inhibition(std::string body);

// The answer to the step that was recorded after an alert was resolved with another start than it had.
std::string resolved_of_another_start();

// Of amtool's calls, by file.
std::map<std::string, difference> const& amtool_differences();

// All names that the replays take.
std::set<std::string> names_taken();

} // namespace autoscaler::test
