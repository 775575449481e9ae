#include "policy/yaml/tls_fields.hpp"

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/secret_fields.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace autoscaler::policy::yaml {

namespace {

// In the order of tls_version.
constexpr std::array<std::string_view, 4> versions{"TLS10", "TLS11", "TLS12", "TLS13"};

std::optional<tls_version> read_tls_version(node const& value, std::string const& what, fault_sink& faults) {
    auto const word = read_word(value, what, versions, faults);
    return word ? std::optional(static_cast<tls_version>(*word)) : std::nullopt;
}

} // namespace

tls_config read_tls(node const& value, std::string const& what, fault_sink& faults) {
    tls_config made;
    map_reader map(faults, what);
    map.hide_text();
    add_secret(map, {"ca", "ca_file"}, what, made.ca, faults);
    add_secret(map, {"cert", "cert_file"}, what, made.certificate, faults);
    add_secret(map, {"key", "key_file"}, what, made.key, faults);
    map.key("server_name", [&](entry const& seen) {
        made.server_name = read_any_text(seen.value, what + ".server_name", faults).value_or("");
    });
    map.key("insecure_skip_verify", [&](entry const& seen) {
        made.insecure_skip_verify =
            read_boolean(seen.value, what + ".insecure_skip_verify", faults).value_or(false);
    });
    map.key("min_version", [&](entry const& seen) {
        made.min_version =
            read_tls_version(seen.value, what + ".min_version", faults).value_or(made.min_version);
    });
    map.key("max_version", [&](entry const& seen) {
        made.max_version = read_tls_version(seen.value, what + ".max_version", faults);
    });
    if (!map.read(value))
        return made;
    bool const has_certificate = map.has("cert") || map.has("cert_file");
    bool const has_key = map.has("key") || map.has("key_file");
    if (has_certificate != has_key)
        faults.error(
            value.offset,
            what + (has_key ? " has a key and no certificate: add cert_file"
                            : " has a certificate and no key: add key_file")
        );
    if (made.max_version && *made.max_version < made.min_version)
        faults.error(value.offset, what + ": max_version is below min_version (TLS12 by default)");
    return made;
}

} // namespace autoscaler::policy::yaml
