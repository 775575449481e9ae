#include "server/http_client/tls_context.hpp"

#include "server/http_client/secret.hpp"
#include "server/text/utf8.hpp"
#include "swarm_client/transport/file.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::http_client {

namespace transport = swarm::transport;

namespace {

// More settings than a policy has; a key that changes with every request must not fill the memory.
constexpr std::size_t most_contexts = 8;

transport::tls_version version_of(policy::tls_version version) {
    switch (version) {
    case policy::tls_version::tls10:
        return transport::tls_version::tls10;
    case policy::tls_version::tls11:
        return transport::tls_version::tls11;
    case policy::tls_version::tls12:
        return transport::tls_version::tls12;
    case policy::tls_version::tls13:
        return transport::tls_version::tls13;
    }
    return transport::tls_version::tls12;
}

// What errors call it: the ca in "/etc/ca.pem", or the ca where it is written out.
std::string named(std::string const& what, policy::secret_source const& from) {
    return "the " + what + (from.file.empty() ? "" : " in " + text::in_quotes(from.file));
}

result<transport::tls_part> part(std::string const& what, policy::secret_source const& from) {
    auto content = read_source(from, transport::longest_bundle);
    if (!content)
        return content.error();
    transport::tls_part made{std::move(*content), named(what, from)};
    if (!from.empty() && made.text.empty())
        return error{error_kind::secret, "", made.name + " is empty"};
    return made;
}

result<transport::tls_material> material(policy::tls_config const& how) {
    transport::tls_material made;
    made.server_name = how.server_name;
    made.verify = !how.insecure_skip_verify;
    made.min_version = version_of(how.min_version);
    if (how.max_version)
        made.max_version = version_of(*how.max_version);
    auto ca = part("ca", how.ca);
    auto certificate = part("certificate", how.certificate);
    auto key = part("key", how.key);
    for (auto const* const each : {&ca, &certificate, &key})
        if (!*each)
            return each->error();
    made.ca = std::move(*ca);
    made.certificate = std::move(*certificate);
    made.key = std::move(*key);
    return made;
}

} // namespace

result<std::shared_ptr<tls_context>> tls_contexts::get(policy::tls_config const& how) {
    auto made_of = material(how);
    if (!made_of)
        return made_of.error();
    auto const same = std::ranges::find(kept_, *made_of, [](auto const& each) { return each->made_of; });
    if (same != kept_.end()) {
        std::rotate(same, same + 1, kept_.end());
        return kept_.back();
    }
    auto made = transport::make_tls_context(std::move(*made_of));
    if (!made)
        return error{
            made.error().kind == transport::fault_kind::file ? error_kind::secret : error_kind::invalid,
            "",
            made.error().message
        };
    if (kept_.size() == most_contexts)
        kept_.erase(kept_.begin());
    kept_.push_back(*made);
    return *made;
}

} // namespace autoscaler::server::http_client
