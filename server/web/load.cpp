#include "server/web/load.hpp"

#include "policy/yaml/plain_text.hpp"
#include "server/http_client/secret.hpp"
#include "server/web/listener_tls.hpp"
#include "server/web/read_config.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace autoscaler::server::web {

using policy::yaml::fault_sink;
using policy::yaml::in_quotes;

namespace {

constexpr std::size_t longest_bundle = std::size_t{4} << 20U; // of certificates
constexpr std::size_t longest_token = 4096;                   // it has to fit into a header
constexpr long long second = 1'000'000'000;

long long nanoseconds(timespec const& at) {
    return at.tv_sec * second + at.tv_nsec;
}

bool visible(char c) {
    return c > ' ' && c < 0x7F;
}

// Reads the files that the configuration names, and makes of them what is in force.
class loader {
public:
    loader(fault_sink& faults, std::vector<file_look>& files) : faults_(faults), files_(files) {}

    std::shared_ptr<settings const> load(config const& from);

private:
    std::string content(policy::secret_source const& from, std::size_t at);
    std::string token(token_file const& from);
    std::shared_ptr<ssl_ctx_st> listener(tls_settings const& how);

    fault_sink& faults_;
    std::vector<file_look>& files_;
};

std::string loader::content(policy::secret_source const& from, std::size_t at) {
    if (!from.file.empty())
        files_.push_back(look_at(from.file));
    auto read = http_client::read_source(from, longest_bundle);
    if (!read) {
        faults_.error(at, read.error().message);
        return {};
    }
    return std::move(*read);
}

std::string loader::token(token_file const& from) {
    files_.push_back(look_at(from.path));
    auto read = http_client::read_secret({.text = {}, .file = from.path});
    std::string const name = "the token " + in_quotes(from.name);
    if (!read) {
        faults_.error(from.at, name + ": " + read.error().message);
        return {};
    }
    if (read->empty() || read->size() > longest_token || !std::ranges::all_of(*read, visible))
        faults_.error(
            from.at,
            name + " in " + in_quotes(from.path) + " must be 1 to " + std::to_string(longest_token) +
                " visible ASCII characters"
        );
    return std::move(*read);
}

std::shared_ptr<ssl_ctx_st> loader::listener(tls_settings const& how) {
    tls_material from;
    from.certificate = content(how.certificate.from, how.certificate.at);
    from.key = content(how.key.from, how.key.at);
    if (!how.client_ca.from.empty())
        from.client_ca = content(how.client_ca.from, how.client_ca.at);
    return faults_.failed() ? nullptr : make_listener(how, from, faults_);
}

std::shared_ptr<settings const> loader::load(config const& from) {
    auto made = std::make_shared<settings>();
    std::vector<named_token> tokens;
    tokens.reserve(from.tokens.size());
    for (auto const& each : from.tokens)
        tokens.push_back({each.name, token(each)});
    if (from.tls)
        made->tls = listener(*from.tls);
    for (auto const& [name, value] : from.headers)
        made->fields += name + ": " + value + "\r\n";
    made->who = callers(from, tokens);
    bool const verifies = from.tls && (from.tls->clients == client_auth::verify_if_given ||
                                       from.tls->clients == client_auth::require_and_verify);
    made->knows_callers = made->who.knows_anybody() || verifies || from.rights;
    return faults_.failed() ? nullptr : made;
}

} // namespace

file_look look_at(std::string const& path) {
    file_look found{.path = path};
    struct stat entry{};
    if (::stat(path.c_str(), &entry) == 0) {
        found.modified = nanoseconds(entry.st_mtim);
        found.changed = nanoseconds(entry.st_ctim);
        found.inode = entry.st_ino;
        found.size = entry.st_size;
    }
    return found;
}

loaded_settings load_settings(std::string const& file) {
    loaded_settings result;
    result.files.push_back(look_at(file));
    auto const text = http_client::read_source({.text = {}, .file = file}, policy::yaml::max_file_size);
    if (!text) {
        fault_sink faults("", file);
        faults.error(0, text.error().message);
        result.faults = faults.take();
        return result;
    }
    fault_sink faults(*text, file);
    if (auto const read = read_config(*text, faults))
        result.made = loader(faults, result.files).load(*read);
    result.faults = faults.take();
    return result;
}

} // namespace autoscaler::server::web
