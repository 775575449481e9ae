#include "swarm_client/engine_tls.hpp"

#include "swarm_client/transport/file.hpp"
#include "swarm_client/transport/pem.hpp"
#include "swarm_client/transport/tls_context.hpp"

#include <filesystem>
#include <tuple>
#include <utility>

namespace autoscaler::swarm {

namespace {

std::string in_quotes(std::string const& path) {
    return '"' + path + '"';
}

bool is_there(std::string const& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

// Without the one there may be no certificate of ours; half of one is a mistake.
bool has_own(tls_files const& files) {
    return !files.certificate.empty() &&
           (!files.own_is_optional || is_there(files.certificate) || is_there(files.key));
}

// The engine says nothing of it: most send the same alert whatever is wrong.
std::string validity_of(std::string const& path) {
    auto const content = transport::read_file(path, transport::longest_bundle);
    if (!content)
        return "";
    auto const certificate = transport::next_certificate(transport::reader(*content));
    if (!certificate)
        std::ignore = transport::reason(); // its queue is not to be left full
    std::string const fault = certificate ? transport::validity_fault(certificate) : "";
    return fault.empty() ? "" : "; " + fault;
}

transport::result<transport::tls_part> read_part(std::string const& what, std::string const& path) {
    std::string name = "the " + what + " in " + in_quotes(path);
    auto content = transport::read_file(path, transport::longest_bundle);
    if (!content)
        return transport::fault{
            transport::fault_kind::file, "cannot read " + name + ": " + content.error().message
        };
    if (content->empty())
        return transport::fault{transport::fault_kind::file, name + " is empty"};
    return transport::tls_part{std::move(*content), std::move(name)};
}

} // namespace

transport::result<std::shared_ptr<transport::tls_context>> make_tls(tls_files const& files) {
    transport::tls_material made;
    made.verify = !files.ca.empty();
    if (made.verify) {
        auto ca = read_part("ca", files.ca);
        if (!ca)
            return ca.error();
        made.ca = std::move(*ca);
    }
    if (has_own(files)) {
        auto certificate = read_part("certificate", files.certificate);
        if (!certificate)
            return certificate.error();
        auto key = read_part("key", files.key);
        if (!key)
            return key.error();
        made.certificate = std::move(*certificate);
        made.key = std::move(*key);
    }
    return transport::make_tls_context(std::move(made));
}

std::string fault_of_tls_files(endpoint const& where) {
    if (!where.tls)
        return "";
    auto const made = make_tls(*where.tls);
    return made ? "" : "cannot use TLS to " + to_string(where) + ": " + made.error().message;
}

error to_error(transport::fault const& what, endpoint const& where) {
    using transport::fault_kind;
    switch (what.kind) {
    case fault_kind::unknown_host:
    case fault_kind::unreachable:
        return failed(error_kind::unreachable, {}, what.message);
    case fault_kind::permission:
        return failed(error_kind::permission, {}, what.message);
    case fault_kind::timeout:
        return failed(error_kind::timeout, {}, what.message);
    case fault_kind::file:
    case fault_kind::invalid:
        return failed(error_kind::authentication, {}, what.message);
    case fault_kind::untrusted:
        if (where.tls && !where.tls->ca.empty())
            return failed(
                error_kind::authentication,
                {},
                what.message + ", going by the ca in " + in_quotes(where.tls->ca)
            );
        return failed(error_kind::authentication, {}, what.message);
    case fault_kind::refused:
        return certificate_refused(where, what.message);
    case fault_kind::no_tls:
        return failed(error_kind::tls_mismatch, {}, what.message);
    case fault_kind::cancelled:
        return failed(error_kind::cancelled, {}, "");
    }
    return failed(error_kind::unreachable, {}, what.message);
}

error certificate_refused(endpoint const& where, std::string_view said) {
    auto const words = ": " + std::string(said);
    if (where.tls && has_own(*where.tls))
        return failed(
            error_kind::authentication,
            {},
            "the engine does not take the certificate in " + in_quotes(where.tls->certificate) + words +
                validity_of(where.tls->certificate)
        );
    if (where.tls && !where.tls->certificate.empty())
        return failed(
            error_kind::authentication,
            {},
            "the engine wants a certificate, and there is none in " + in_quotes(where.tls->certificate) +
                words
        );
    return failed(error_kind::authentication, {}, "the engine wants a certificate" + words);
}

} // namespace autoscaler::swarm
