#include "server/http_client/fields.hpp"

#include "server/http_client/secret.hpp"
#include "server/text/utf8.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace autoscaler::server::http_client {

namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

// A token of RFC 9110.
bool is_name(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [marks](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

// Fields that say where a message ends, or that are the connection's own.
bool is_ours(std::string_view lower_name) {
    constexpr std::array<std::string_view, 7> ours{
        "connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade", "te"
    };
    return std::ranges::find(ours, lower_name) != ours.end();
}

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL ends it with a zero byte
    auto const* from = reinterpret_cast<unsigned char const*>(text.data());
    int const size =
        ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), from, static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string basic(std::string const& user, std::string const& password) {
    return "Basic " + base64(user + ":" + password);
}

result<std::string> basic_of(policy::basic_auth const& auth) {
    auto const user = read_secret(auth.username);
    if (!user)
        return user.error();
    auto const password = read_secret(auth.password);
    if (!password)
        return password.error();
    return basic(*user, *password);
}

// "" where there is nothing to authorize with.
result<std::string> authorization_of(policy::http_config const& how, url const& where) {
    if (where.user)
        return basic(*where.user, where.password);
    if (how.basic)
        return basic_of(*how.basic);
    if (!how.credentials)
        return std::string();
    auto const secret = read_secret(how.credentials->credentials);
    if (!secret)
        return secret.error();
    return how.credentials->type + " " + *secret;
}

class field_set {
public:
    // The later value of a name replaces the former. "" or what is wrong; the value is never shown.
    std::string set(std::string const& name, std::string const& value) {
        if (!is_name(name))
            return "the header " + text::in_quotes(name) + " has a name that HTTP does not allow";
        if (is_ours(lower(name)))
            return "the header " + text::in_quotes(name) + " is set by the client itself";
        if (!is_value(value))
            return "the value of the header " + text::in_quotes(name) +
                   " has a line break or another control character";
        auto const same =
            std::ranges::find(fields_, lower(name), [](auto const& each) { return lower(each.first); });
        if (same == fields_.end())
            fields_.emplace_back(name, value);
        else
            same->second = value;
        return {};
    }

    bool has(std::string_view lower_name) const {
        return std::ranges::any_of(fields_, [lower_name](auto const& each) {
            return lower(each.first) == lower_name;
        });
    }

    field_list take() { return std::move(fields_); }

private:
    field_list fields_;
};

} // namespace

result<field_list> fields_of(request const& what, policy::http_config const& how, url const& where) {
    field_set all;
    std::string wrong = all.set("User-Agent", "swarm-autoscaler");
    for (auto const* list : {&how.headers, &what.headers})
        for (auto const& [name, value] : *list)
            if (wrong.empty())
                wrong = all.set(name, value);
    if (!wrong.empty())
        return error{error_kind::invalid, "", wrong};
    if (!all.has("authorization")) {
        auto const secret = authorization_of(how, where);
        if (!secret)
            return secret.error();
        if (!secret->empty())
            wrong = all.set("Authorization", *secret);
        if (!wrong.empty())
            return error{error_kind::secret, "", wrong};
    }
    return all.take();
}

request for_strangers(request what) {
    std::erase_if(what.headers, [](auto const& each) { return lower(each.first) != "accept"; });
    what.body.clear();
    what.shared_body.reset();
    return what;
}

policy::http_config for_strangers(policy::http_config how) {
    how.basic.reset();
    how.credentials.reset();
    how.headers.clear();
    how.tls.certificate = {};
    how.tls.key = {};
    how.tls.server_name.clear(); // it is the name of the other host
    return how;
}

} // namespace autoscaler::server::http_client
