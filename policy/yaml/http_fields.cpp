#include "policy/yaml/http_fields.hpp"

#include "policy/yaml/http_headers.hpp"
#include "policy/yaml/path.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/secret_fields.hpp"
#include "policy/yaml/tls_fields.hpp"

#include <algorithm>
#include <string_view>

namespace autoscaler::policy::yaml {

namespace {

void read_basic_auth(http_draft& draft, entry const& seen, fault_sink& faults) {
    draft.basic_at = seen.key.offset;
    basic_auth made;
    std::string const what = draft.owner + ".basic_auth";
    map_reader map(faults, what);
    map.hide_text();
    add_secret(map, {"username", "username_file"}, what, made.username, faults);
    add_secret(map, {"password", "password_file"}, what, made.password, faults);
    if (map.read(seen.value) && !map.has("username") && !map.has("username_file"))
        faults.error(seen.value.offset, what + " has neither username nor username_file");
    draft.value.basic = std::move(made);
}

void check_token(std::string_view token, node const& value, std::string const& what, fault_sink& faults) {
    if (!is_header_text(token))
        faults.error(value.offset, what + " must be one line without control characters");
}

void read_authorization(http_draft& draft, entry const& seen, fault_sink& faults) {
    draft.authorization_at = seen.key.offset;
    authorization made;
    std::string const what = draft.owner + ".authorization";
    map_reader map(faults, what);
    map.hide_text();
    map.key("type", [&](entry const& one) {
        auto type = read_text(one.value, what + ".type", faults);
        if (!type)
            return;
        made.type = std::move(*type);
        std::string lower = made.type;
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (lower == "basic")
            faults.error(one.value.offset, what + ".type cannot be \"basic\"; write basic_auth instead");
        else if (!is_header_name(made.type))
            faults.error(one.value.offset, what + ".type must be one word, not " + describe(one.value));
    });
    add_secret(map, {"credentials", "credentials_file"}, what, made.credentials, faults);
    if (map.read(seen.value) && !map.has("credentials") && !map.has("credentials_file"))
        faults.error(seen.value.offset, what + " has neither credentials nor credentials_file");
    check_token(made.credentials.text, seen.value, what + ".credentials", faults);
    draft.value.credentials = std::move(made);
}

// `bearer_token` and `bearer_token_file`: authorization in the older spelling.
void add_bearer(map_reader& map, http_draft& draft, fault_sink& faults) {
    auto const take = [&](std::string_view key, auto read) {
        map.key(key, [&draft, &faults, key, read](entry const& seen) {
            if (draft.bearer_at) {
                faults.error(
                    seen.key.offset,
                    draft.owner + " has both bearer_token and bearer_token_file: write one of them"
                );
                return;
            }
            draft.bearer_at = seen.key.offset;
            std::string const what = draft.owner + "." + std::string(key);
            auto text = read_secret_text(seen.value, what, faults);
            if (text && text->empty()) {
                faults.error(seen.value.offset, what + " must not be empty");
                text.reset();
            }
            if (text)
                check_token(*text, seen.value, what, faults);
            if (text && !draft.authorization_at)
                draft.value.credentials = authorization{"Bearer", read(std::move(*text))};
        });
    };
    take("bearer_token", [](std::string text) { return secret_source{std::move(text), {}}; });
    take("bearer_token_file", [&faults](std::string const& path) {
        return secret_source{{}, path_beside(faults.file(), path)};
    });
}

// What Prometheus has and we have not.
void add_refused(map_reader& map, std::string const& owner, fault_sink& faults) {
    for (std::string_view const key :
         {"oauth2", "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header"})
        map.misplaced(
            key,
            owner + "." + std::string(key) +
                " is not supported: reach the server directly, with basic_auth or authorization"
        );
    map.key("enable_http2", [owner, &faults](entry const& seen) {
        auto const on = read_boolean(seen.value, owner + ".enable_http2", faults);
        if (on.value_or(false))
            faults.error(
                seen.value.offset, owner + ".enable_http2 can only be false: requests are made with HTTP/1.1"
            );
    });
}

} // namespace

void add_http_fields(map_reader& map, http_draft& draft, fault_sink& faults) {
    map.key("basic_auth", [&](entry const& seen) { read_basic_auth(draft, seen, faults); });
    map.key("authorization", [&](entry const& seen) { read_authorization(draft, seen, faults); });
    add_bearer(map, draft, faults);
    map.key("tls_config", [&](entry const& seen) {
        draft.value.tls = read_tls(seen.value, draft.owner + ".tls_config", faults);
    });
    map.key("follow_redirects", [&](entry const& seen) {
        draft.value.follow_redirects =
            read_boolean(seen.value, draft.owner + ".follow_redirects", faults).value_or(true);
    });
    map.key("http_headers", [&](entry const& seen) {
        draft.value.headers = read_headers(seen.value, draft.owner + ".http_headers", faults);
    });
    add_refused(map, draft.owner, faults);
}

void check_http_fields(http_draft const& draft, fault_sink& faults) {
    std::size_t last = 0;
    std::size_t ways = 0;
    for (auto const& at : {draft.basic_at, draft.authorization_at, draft.bearer_at}) {
        last = std::max(last, at.value_or(0));
        ways += at ? 1 : 0;
    }
    if (ways > 1)
        faults.error(
            last, draft.owner + " has more than one of basic_auth, authorization and bearer_token: keep one"
        );
}

} // namespace autoscaler::policy::yaml
