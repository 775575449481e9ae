// One question to an engine and its answer, as plain values, and what an answer other than 2xx means.
#pragma once

#include "swarm_client/error.hpp"

#include <string>
#include <string_view>

namespace autoscaler::swarm {

struct request {
    std::string operation; // for error texts, such as: inspect "web"
    std::string target;    // path and query without the version prefix, such as /services
    bool write = false;    // POST, sent once and never again; else GET
    std::string body;      // of a POST: JSON
    std::string version;   // of a POST: the API version that its body was read under
};

struct answer {
    unsigned status = 0;
    std::string body;
    std::string api_version; // the engine's own, of its Api-Version header
    std::string endpoint;    // who said it
};

request get_request(std::string operation, std::string target);

// `version`: the API version that the body was read under.
request post_request(std::string operation, std::string target, std::string body, std::string version);

inline bool succeeded(answer const& said) {
    return said.status >= 200 && said.status < 300;
}

// An answer other than 2xx as an error: its kind by status and text. The engine has no error codes, so these
// texts are all there is. Pure.
error to_error(request const& asked, answer const& said);

// The text as one segment of a path or one value of a query.
std::string percent_encoded(std::string_view text);

} // namespace autoscaler::swarm
