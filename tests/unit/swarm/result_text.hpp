// Results in the messages of failed checks: what went wrong, instead of a value that has no text.
#pragma once

#include "support/catch.hpp"
#include "swarm_client/error.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace Catch {

template<class T, class E>
struct StringMaker<boost::system::result<T, E>> {
    static std::string convert(boost::system::result<T, E> const& outcome) {
        if (outcome)
            return "a value";
        if constexpr (requires { describe(outcome.error()); })
            return "error: " + describe(outcome.error());
        else
            return "error: " + outcome.error();
    }
};

} // namespace Catch
