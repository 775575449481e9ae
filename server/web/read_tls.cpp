#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/path.hpp"
#include "policy/yaml/scalars.hpp"
#include "server/web/read_config.hpp"

#include <array>

namespace autoscaler::server::web {

using namespace policy::yaml;

namespace {

// In the order of tls_version.
constexpr std::array<std::string_view, 4> version_words{"TLS10", "TLS11", "TLS12", "TLS13"};

// In the order of client_auth; the last is an old name of the third.
constexpr std::array<std::string_view, 6> client_words{
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
    "RequireClientCert",
};

// What Go calls cipher suites that it has no doubts about, and the toolkit takes.
constexpr std::array<std::string_view, 17> cipher_words{
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
};

constexpr std::array<std::string_view, 4> curve_words{"CurveP256", "CurveP384", "CurveP521", "X25519"};

class tls_reader {
public:
    explicit tls_reader(fault_sink& faults) : faults_(faults) {}

    tls_settings read(node const& value);

private:
    void
    add_source(map_reader& map, std::string_view text_key, std::string_view file_key, written_source& into);
    void add_versions(map_reader& map);
    void check(map_reader const& map);

    std::vector<std::string>
    words(node const& value, std::string const& what, std::span<std::string_view const> known);

    fault_sink& faults_;
    tls_settings made_;
    std::size_t allowed_at_ = 0;
};

void tls_reader::add_source(
    map_reader& map, std::string_view text_key, std::string_view file_key, written_source& into
) {
    auto const take = [this, text_key, file_key, &into](entry const& seen) {
        bool const is_file = seen.key.text == file_key;
        if (!into.from.empty()) {
            faults_.error(
                seen.key.offset,
                "tls_server_config has both " + std::string(text_key) + " and " + std::string(file_key) +
                    ": write one of them"
            );
            return;
        }
        into.at = seen.value.offset;
        std::string const what = "tls_server_config." + seen.key.text;
        if (auto text = is_file ? read_text(seen.value, what, faults_)
                                : read_secret_text(seen.value, what, faults_)) {
            if (is_file)
                into.from.file = path_beside(faults_.file(), *text);
            else if (text->empty())
                faults_.error(seen.value.offset, what + " must not be empty");
            else
                into.from.text = std::move(*text);
        }
    };
    map.key(text_key, take);
    map.key(file_key, take);
}

std::vector<std::string>
tls_reader::words(node const& value, std::string const& what, std::span<std::string_view const> known) {
    std::vector<std::string> found;
    if (value.what != node::kind::list) {
        faults_.error(value.offset, what + " must be a list, not " + describe(value));
        return found;
    }
    for (auto const& each : value.items)
        if (auto const word = read_word(each, what, known, faults_))
            found.emplace_back(known[*word]);
    return found;
}

void tls_reader::add_versions(map_reader& map) {
    map.key("min_version", [this](entry const& seen) {
        if (auto const word = read_word(seen.value, "tls_server_config.min_version", version_words, faults_))
            made_.min_version = static_cast<policy::tls_version>(*word);
    });
    map.key("max_version", [this](entry const& seen) {
        if (auto const word = read_word(seen.value, "tls_server_config.max_version", version_words, faults_))
            made_.max_version = static_cast<policy::tls_version>(*word);
    });
    map.key("cipher_suites", [this](entry const& seen) {
        made_.ciphers = words(seen.value, "tls_server_config.cipher_suites", cipher_words);
    });
    map.key("curve_preferences", [this](entry const& seen) {
        made_.curves = words(seen.value, "tls_server_config.curve_preferences", curve_words);
    });
    map.key("prefer_server_cipher_suites", [this](entry const& seen) {
        made_.server_chooses_cipher =
            read_boolean(seen.value, "tls_server_config.prefer_server_cipher_suites", faults_).value_or(true);
    });
}

tls_settings tls_reader::read(node const& value) {
    made_.at = value.offset;
    map_reader map(faults_, "tls_server_config");
    map.hide_text();
    add_source(map, "cert", "cert_file", made_.certificate);
    add_source(map, "key", "key_file", made_.key);
    add_source(map, "client_ca", "client_ca_file", made_.client_ca);
    map.key("client_auth_type", [this](entry const& seen) {
        auto const word = read_word(seen.value, "tls_server_config.client_auth_type", client_words, faults_);
        if (word)
            made_.clients =
                *word + 1 == client_words.size() ? client_auth::require_any : static_cast<client_auth>(*word);
    });
    map.key("client_allowed_sans", [this](entry const& seen) {
        allowed_at_ = seen.key.offset;
        made_.allowed_names = read_list(seen.value, "tls_server_config.client_allowed_sans", faults_);
        if (made_.allowed_names.empty())
            faults_.error(
                seen.value.offset,
                "tls_server_config.client_allowed_sans lets nobody in: name some, or leave it out"
            );
    });
    add_versions(map);
    if (map.read(value))
        check(map);
    return std::move(made_);
}

void tls_reader::check(map_reader const& map) {
    auto const missing = [&](char const* text, char const* file) { return !map.has(text) && !map.has(file); };
    if (missing("cert", "cert_file"))
        faults_.error(made_.at, "tls_server_config has no certificate: add cert_file");
    if (missing("key", "key_file"))
        faults_.error(made_.at, "tls_server_config has no key: add key_file");
    bool const verifies =
        made_.clients == client_auth::verify_if_given || made_.clients == client_auth::require_and_verify;
    bool const requires_one =
        made_.clients == client_auth::require_any || made_.clients == client_auth::require_and_verify;
    if (verifies && missing("client_ca", "client_ca_file"))
        faults_.error(
            map.key_at("client_auth_type").value_or(made_.at),
            "this client_auth_type verifies certificates and needs to know by which authority: add "
            "client_ca_file"
        );
    if (!made_.client_ca.from.empty() && made_.clients == client_auth::none)
        faults_.error(
            made_.client_ca.at,
            "client_ca_file has no effect with client_auth_type NoClientCert, the default: write "
            "RequireAndVerifyClientCert"
        );
    if (!made_.allowed_names.empty() && !requires_one)
        faults_.error(
            allowed_at_,
            "client_allowed_sans needs the client_auth_type RequireAnyClientCert or "
            "RequireAndVerifyClientCert"
        );
    if (made_.max_version && *made_.max_version < made_.min_version)
        faults_.error(
            map.key_at("max_version").value_or(made_.at),
            "max_version is below min_version (TLS12 by default)"
        );
}

} // namespace

tls_settings read_tls_settings(node const& value, fault_sink& faults) {
    return tls_reader(faults).read(value);
}

} // namespace autoscaler::server::web
