// Who may do what: names of callers against the rights that the file gives them. Values; no clock, no socket.
#pragma once

#include "server/http/guard.hpp"
#include "server/web/config.hpp"
#include "server/web/keyed_hash.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::web {

struct named_token {
    std::string name;
    std::string token;
};

class callers {
public:
    // Everybody may do everything.
    callers() = default;

    callers(config const& from, std::vector<named_token> const& tokens);

    // Whether credentials are looked at.
    bool knows_anybody() const { return !users_.empty() || !tokens_.empty(); }

    bool knows(std::string const& user) const { return users_.contains(user); }

    // The hash of a user; that of nobody, equally slow to check, where there is no such user.
    std::string const& hash_of(std::string const& user) const;

    std::optional<std::string> holder_of(std::string_view token) const;

    // `name`: the user or token that was proved; "" = none was.
    http::guard::ruling decide(http::right needed, std::string_view name, http::peer const& who) const;

    // The answer to wrong credentials.
    http::response unauthorized() const;

private:
    using mask = unsigned;

    mask of(std::string const& name) const;
    void grant(std::vector<std::string> const& names, http::right what);

    keyed_hash hash_;
    std::map<std::string, std::string, std::less<>> users_;
    std::vector<std::pair<std::string, digest>> tokens_;
    std::string decoy_;
    bool limited_ = false; // the file has rights
    std::map<std::string, mask> granted_;
};

} // namespace autoscaler::server::web
