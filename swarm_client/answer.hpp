// One question to an engine and its answer, as plain values, and what an answer other than 2xx means.
#pragma once

#include "swarm_client/calls.hpp"
#include "swarm_client/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

struct request {
    std::string operation;                   // for error texts, such as: inspect "web"
    std::string_view method = "GET";         // all others write, so they are sent once and never again
    std::string target;                      // path and query without the version prefix, such as /services
    std::string body = {};                   // of a POST: JSON
    std::optional<std::string> version = {}; // the API version that the body was read under, if it was
};

struct answer {
    unsigned status = 0;
    std::string body;
    std::string api_version; // the engine's own, of its Api-Version header
    std::string endpoint;    // who said it
};

// `id` takes the place of {id} in the path, whatever it holds; `query` comes behind it, encoded already.
request make_request(
    engine_call const& which, std::string operation, std::string_view id = {}, std::string_view query = {}
);

inline bool writes(request const& what) {
    return what.method != "GET";
}

inline bool succeeded(answer const& said) {
    return said.status >= 200 && said.status < 300;
}

// An answer other than 2xx as an error: its kind by status and text. The engine has no error codes, so these
// texts are all there is. Pure.
error to_error(request const& asked, answer const& said);

// The text as one segment of a path or one value of a query.
std::string percent_encoded(std::string_view text);

} // namespace autoscaler::swarm
