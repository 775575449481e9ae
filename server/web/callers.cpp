#include "server/web/callers.hpp"

#include "server/web/bcrypt.hpp"

#include <algorithm>

namespace autoscaler::server::web {

namespace {

constexpr unsigned bit(http::right what) {
    return 1U << static_cast<unsigned>(what);
}

constexpr unsigned everything = bit(http::right::ingest) | bit(http::right::read) | bit(http::right::change);

http::response forbidden(http::right needed) {
    std::string_view const what = needed == http::right::ingest   ? "bring alerts"
                                  : needed == http::right::read   ? "read"
                                  : needed == http::right::change ? "change anything"
                                                                  : "do anything";
    return http::text(403, "403 Forbidden: this caller has no right to " + std::string(what) + " here\n");
}

} // namespace

callers::callers(config const& from, std::vector<named_token> const& tokens)
    : limited_(from.rights.has_value()) {
    int cost = 0;
    for (auto const& each : from.users) {
        users_.emplace(each.name, each.hash);
        cost = std::max(cost, bcrypt_cost(each.hash).value_or(0));
    }
    if (cost != 0)
        decoy_ = decoy_hash(cost);
    for (auto const& each : tokens)
        tokens_.emplace_back(each.name, hash_({each.token}));
    if (!limited_)
        return;
    grant(from.rights->ingest, http::right::ingest);
    grant(from.rights->read, http::right::read);
    grant(from.rights->change, http::right::change);
}

void callers::grant(std::vector<std::string> const& names, http::right what) {
    for (auto const& each : names)
        granted_[each] |= bit(what);
}

std::string const& callers::hash_of(std::string const& user) const {
    auto const found = users_.find(user);
    return found != users_.end() ? found->second : decoy_;
}

std::optional<std::string> callers::holder_of(std::string_view token) const {
    auto const asked = hash_({token});
    std::optional<std::string> holder;
    for (auto const& [name, each] : tokens_) // all of them, whichever it is
        if (same_digest(each, asked))
            holder = name;
    return holder;
}

callers::mask callers::of(std::string const& name) const {
    auto const found = granted_.find(name);
    return found != granted_.end() ? found->second : 0;
}

http::guard::ruling callers::decide(http::right needed, std::string_view name, http::peer const& who) const {
    if (needed == http::right::open)
        return {};
    mask may = 0;
    bool known = !name.empty();
    if (!limited_) {
        may = known || !knows_anybody() ? everything : 0;
    } else {
        known = known || who.certified;
        may = of(anonymous_name) | (known ? of(everybody_known) : 0);
        if (!name.empty())
            may |= of(std::string(name));
        for (auto const& each : who.names)
            may |= of(certificate_prefix + each);
    }
    if ((may & (needed == http::right::any ? everything : bit(needed))) != 0)
        return {};
    return known || !knows_anybody() ? forbidden(needed) : unauthorized();
}

http::response callers::unauthorized() const {
    auto answer = http::text(401, "Unauthorized\n");
    if (!users_.empty())
        answer.fields.emplace_back("WWW-Authenticate", "Basic realm=\"swarm-autoscaler\"");
    if (!tokens_.empty())
        answer.fields.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
}

} // namespace autoscaler::server::web
