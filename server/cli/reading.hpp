// What reading one value of the command line gives: the value, or what is wrong with its text.
#pragma once

#include <string>
#include <variant>

namespace autoscaler::server::cli {

struct value_fault {
    std::string text; // the value quoted, and what was expected
};

template<typename T>
using reading = std::variant<T, value_fault>;

} // namespace autoscaler::server::cli
