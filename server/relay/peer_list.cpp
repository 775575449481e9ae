#include "server/relay/peer_list.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::relay {

namespace {

std::string joined(std::vector<std::string> const& texts) {
    std::string all;
    for (auto const& each : texts)
        all += (all.empty() ? "" : " ") + each;
    return all;
}

} // namespace

std::string to_string(peer_address const& where) {
    bool const brackets = where.address.find(':') != std::string::npos;
    return (brackets ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

peer_list::peer_list(std::vector<peer_name> names, std::chrono::milliseconds keep)
    : names_(std::move(names)), keep_(keep), known_(names_.size()) {}

std::string peer_list::take(std::size_t index, looked_up const& found, steady_time now) {
    known& of = known_[index];
    std::string says;
    if (found.error.empty()) {
        of.addresses = found.addresses;
        of.found_at = now;
        says = joined(found.addresses);
    } else if (of.found_at && now - *of.found_at < keep_) {
        says = found.error + "; the old addresses stay for a while: " + joined(of.addresses);
    } else {
        of.addresses.clear();
        says = found.error;
    }
    return std::exchange(of.said, says) == says ? "" : says;
}

std::vector<peer_address> peer_list::all() const {
    std::vector<peer_address> found;
    for (std::size_t i = 0; i < names_.size(); ++i)
        for (auto const& each : known_[i].addresses)
            found.push_back({each, names_[i].port, names_[i].tls, names_[i].host});
    // Two names may lead to one address.
    std::ranges::sort(found);
    auto const same = std::ranges::unique(found, [](auto const& a, auto const& b) {
        return a.address == b.address && a.port == b.port;
    });
    found.erase(same.begin(), same.end());
    return found;
}

} // namespace autoscaler::server::relay
