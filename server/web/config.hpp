// The file of --web.config.file as values: Prometheus' exporter format, with bearer tokens and rights of
// ours. No file that it names was opened yet.
#pragma once

#include "policy/core/http_config.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::server::web {

// A text of the file, or the path of another, and where it is written: for faults in it.
struct written_source {
    policy::secret_source from;
    std::size_t at = 0;
};

// client_auth_type, in Go's order.
enum class client_auth { none, request, require_any, verify_if_given, require_and_verify };

struct tls_settings {
    std::size_t at = 0;
    written_source certificate;
    written_source key;
    written_source client_ca;
    client_auth clients = client_auth::none;
    std::vector<std::string> allowed_names; // alternative names of clients; none = all
    policy::tls_version min_version = policy::tls_version::tls12;
    std::optional<policy::tls_version> max_version;
    bool server_chooses_cipher = true;
    std::vector<std::string> ciphers; // IANA's names; none = OpenSSL's choice
    std::vector<std::string> curves;  // Go's names; none = OpenSSL's choice
};

struct user {
    std::string name;
    std::string hash; // bcrypt
};

struct token_file {
    std::string name;
    std::string path;
    std::size_t at = 0;
};

// Names of users and tokens, `anonymous`, `*` for whoever is known, `cert:NAME` for a verified certificate.
struct rights_list {
    std::vector<std::string> ingest;
    std::vector<std::string> read;
    std::vector<std::string> change;
};

struct config {
    std::optional<tls_settings> tls;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<user> users;
    std::vector<token_file> tokens;
    std::optional<rights_list> rights; // none: whoever is known may do everything
};

inline constexpr char const* anonymous_name = "anonymous";
inline constexpr char const* everybody_known = "*";
inline constexpr char const* certificate_prefix = "cert:";

} // namespace autoscaler::server::web
