#include "server/web/read_config.hpp"

#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/path.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/spelling.hpp"
#include "server/web/bcrypt.hpp"

#include <algorithm>

namespace autoscaler::server::web {

using namespace policy::yaml;

namespace {

// More callers than an autoscaler has; each costs a comparison at every request.
constexpr std::size_t most_callers = 1000;

std::vector<user> read_users(node const& value, fault_sink& faults) {
    std::vector<user> users;
    map_reader map(faults, "basic_auth_users");
    map.hide_text();
    map.other_keys([&](entry const& seen) {
        std::string const& name = seen.key.text;
        std::string const what = "the password of " + in_quotes(name);
        auto hash = read_secret_text(seen.value, what, faults);
        if (!hash)
            return;
        auto const cost = bcrypt_cost(*hash);
        if (name.find(':') != std::string::npos)
            faults.error(
                seen.key.offset, "the user " + in_quotes(name) + " has a \":\", which basic auth cannot carry"
            );
        else if (!cost)
            faults.error(
                seen.value.offset,
                what + " must be a bcrypt hash ($2a$, $2b$ or $2y$), as \"htpasswd -nBC 10 USER\" writes it"
            );
        else if (*cost > highest_cost)
            faults.error(
                seen.value.offset,
                what + " has the bcrypt cost " + std::to_string(*cost) + ": expected at most " +
                    std::to_string(highest_cost) + ", since each request would take hours"
            );
        else
            users.push_back({name, std::move(*hash)});
    });
    map.read(value);
    return users;
}

std::vector<token_file> read_tokens(node const& value, fault_sink& faults) {
    std::vector<token_file> tokens;
    map_reader map(faults, "bearer_tokens");
    map.hide_text(); // somebody may have written the token itself
    map.other_keys([&](entry const& seen) {
        std::string const what = "the file of the token " + in_quotes(seen.key.text);
        if (!seen.value.is_scalar())
            faults.error(seen.value.offset, what + " must be a path");
        else if (seen.value.text.empty())
            faults.error(seen.value.offset, what + " must not be empty");
        else
            tokens.push_back({seen.key.text, path_beside(faults.file(), seen.value.text), seen.value.offset});
    });
    map.read(value);
    return tokens;
}

class config_reader {
public:
    explicit config_reader(fault_sink& faults) : faults_(faults) {}

    config read(node const& root);

private:
    void read_rights(node const& value);
    void check_names();
    void check_rights();
    void check_rights_name(node const& written, std::string const& what);
    bool is_caller(std::string_view name) const;

    fault_sink& faults_;
    config made_;
    node const* rights_ = nullptr;
    node const* users_ = nullptr;
    node const* tokens_ = nullptr;
};

config config_reader::read(node const& root) {
    map_reader map(faults_, "the web configuration");
    map.key("tls_server_config", [&](entry const& seen) {
        made_.tls = read_tls_settings(seen.value, faults_);
    });
    map.key("http_server_config", [&](entry const& seen) {
        made_.headers = read_http_settings(seen.value, faults_);
    });
    map.key("basic_auth_users", [&](entry const& seen) {
        users_ = &seen.value;
        made_.users = read_users(seen.value, faults_);
    });
    map.key("bearer_tokens", [&](entry const& seen) {
        tokens_ = &seen.value;
        made_.tokens = read_tokens(seen.value, faults_);
    });
    map.key("rights", [&](entry const& seen) {
        rights_ = &seen.value;
        read_rights(seen.value);
    });
    map.misplaced(
        "rate_limit", "rate_limit is not supported: --web.max-connections bounds what clients can take"
    );
    map.read(root);
    check_names();
    if (rights_ != nullptr && rights_->what == node::kind::map)
        check_rights();
    return std::move(made_);
}

void config_reader::read_rights(node const& value) {
    made_.rights.emplace();
    map_reader map(faults_, "rights");
    map.key("ingest", [&](entry const& seen) {
        made_.rights->ingest = read_list(seen.value, "rights.ingest", faults_);
    });
    map.key("read", [&](entry const& seen) {
        made_.rights->read = read_list(seen.value, "rights.read", faults_);
    });
    map.key("change", [&](entry const& seen) {
        made_.rights->change = read_list(seen.value, "rights.change", faults_);
    });
    map.read(value);
}

// Users and tokens share one room of names, for rights speak of both.
void config_reader::check_names() {
    for (auto const* const map : {users_, tokens_}) {
        if (map == nullptr || map->what != node::kind::map)
            continue;
        if (map->keys.size() > most_callers)
            faults_.error(
                map->offset, "at most " + std::to_string(most_callers) + " users, and as many tokens"
            );
        for (auto const& key : map->keys) {
            std::string_view const name = key.text;
            if (name == anonymous_name || name == everybody_known || name.starts_with(certificate_prefix))
                faults_.error(
                    key.offset, in_quotes(name) + " means something else in rights: take another name"
                );
            if (map == tokens_ && std::ranges::find(made_.users, name, &user::name) != made_.users.end())
                faults_.error(
                    key.offset,
                    in_quotes(name) + " is the name of a user already: rights could not tell them apart"
                );
        }
    }
}

bool config_reader::is_caller(std::string_view name) const {
    return name == anonymous_name || name == everybody_known ||
           std::ranges::find(made_.users, name, &user::name) != made_.users.end() ||
           std::ranges::find(made_.tokens, name, &token_file::name) != made_.tokens.end();
}

void config_reader::check_rights_name(node const& written, std::string const& what) {
    std::string_view const name = written.text;
    bool const verifies = made_.tls && (made_.tls->clients == client_auth::verify_if_given ||
                                        made_.tls->clients == client_auth::require_and_verify);
    if (name.starts_with(certificate_prefix)) {
        if (!verifies)
            faults_.error(
                written.offset,
                what + ": " + in_quotes(name) +
                    " needs certificates to be verified: set tls_server_config.client_auth_type to "
                    "VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            );
        return;
    }
    if (is_caller(name))
        return;
    std::vector<std::string_view> known{anonymous_name};
    for (auto const& each : made_.users)
        known.push_back(each.name);
    for (auto const& each : made_.tokens)
        known.push_back(each.name);
    auto const guess = nearest(name, known);
    faults_.error(
        written.offset,
        what + ": no user and no token is called " + in_quotes(name) +
            (guess ? "; did you mean " + in_quotes(*guess) + "?"
                   : "; \"anonymous\", \"*\" and \"cert:NAME\" are known besides")
    );
}

void config_reader::check_rights() {
    for (std::size_t i = 0; i < rights_->keys.size() && i < rights_->items.size(); ++i)
        for (auto const& each : rights_->items[i].items)
            if (rights_->items[i].what == node::kind::list && each.is_scalar())
                check_rights_name(each, "rights." + rights_->keys[i].text);
}

} // namespace

std::vector<std::string> read_list(node const& value, std::string const& what, fault_sink& faults) {
    std::vector<std::string> texts;
    if (value.what != node::kind::list) {
        faults.error(value.offset, what + " must be a list, not " + describe(value));
        return texts;
    }
    if (!check_length(value, what, most_callers, faults))
        return texts;
    for (auto const& each : value.items)
        if (auto text = read_text(each, what, faults))
            texts.push_back(std::move(*text));
    return texts;
}

std::optional<config> read_config(std::string_view text, fault_sink& faults) {
    auto const root = read_yaml(text, faults);
    if (!root)
        return {};
    auto made = config_reader(faults).read(*root);
    return faults.failed() ? std::nullopt : std::optional(std::move(made));
}

} // namespace autoscaler::server::web
