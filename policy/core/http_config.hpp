// How to reach an HTTP server that is not ours: Prometheus' own `http_config`, as values. Nothing here reads
// a file; paths are as the server opens them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::policy {

// A secret as it is written, or the file that holds it, read anew for each request. At most one is set.
struct secret_source {
    std::string text;
    std::string file;

    friend bool operator==(secret_source const&, secret_source const&) = default;

    bool empty() const { return text.empty() && file.empty(); }
};

struct basic_auth {
    secret_source username;
    secret_source password;

    friend bool operator==(basic_auth const&, basic_auth const&) = default;
};

// `Authorization: TYPE CREDENTIALS`. `bearer_token` and `bearer_token_file` are this with their type.
struct authorization {
    std::string type = "Bearer";
    secret_source credentials;

    friend bool operator==(authorization const&, authorization const&) = default;
};

enum class tls_version { tls10, tls11, tls12, tls13 };

struct tls_config {
    secret_source ca; // none: the system's
    secret_source certificate;
    secret_source key;
    std::string server_name; // none: the host of the URL
    bool insecure_skip_verify = false;
    tls_version min_version = tls_version::tls12; // Go's default for clients
    std::optional<tls_version> max_version;

    friend bool operator==(tls_config const&, tls_config const&) = default;
};

struct http_config {
    std::optional<basic_auth> basic; // at most one of basic and bearer
    std::optional<authorization> credentials;
    tls_config tls;
    bool follow_redirects = true;
    std::vector<std::pair<std::string, std::string>> headers;

    friend bool operator==(http_config const&, http_config const&) = default;
};

} // namespace autoscaler::policy
