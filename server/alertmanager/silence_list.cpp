#include "server/alertmanager/silence_list.hpp"

#include "server/alertmanager/filter.hpp"
#include "server/alertmanager/render.hpp"

#include <algorithm>
#include <tuple>

namespace autoscaler::server::alertmanager {

namespace {

using policy::silence_state;

// What is less comes first.
auto rank(policy::silence const& which, policy::time_point now) {
    auto const key = [&](int place, policy::duration order) {
        return std::make_tuple(place, order, std::string_view(which.id));
    };
    switch (policy::state_of(which, now)) {
    case silence_state::active:
        return key(0, which.ends_at.time_since_epoch());
    case silence_state::pending:
        return key(1, which.starts_at.time_since_epoch());
    case silence_state::expired:
        break;
    }
    return key(2, -which.ends_at.time_since_epoch());
}

} // namespace

bool silence_query::wants(policy::silence const& which, policy::time_point now) const {
    switch (policy::state_of(which, now)) {
    case silence_state::active:
        if (!active)
            return false;
        break;
    case silence_state::pending:
        if (!pending)
            return false;
        break;
    case silence_state::expired:
        if (!expired)
            return false;
        break;
    }
    return std::ranges::all_of(filters, [&](auto const& each) {
        return std::ranges::find(which.matchers, each) != which.matchers.end();
    });
}

std::variant<silence_query, std::string> read_silence_query(url_query const& query) {
    silence_query wanted;
    wanted.active = query.flag("active", true);
    wanted.pending = query.flag("pending", true);
    wanted.expired = query.flag("expired", true);
    auto filters = read_filters(query.all("filter"));
    if (auto* const fault = std::get_if<std::string>(&filters))
        return std::move(*fault);
    wanted.filters = std::move(std::get<std::vector<policy::matcher>>(filters));
    return wanted;
}

std::string
list_silences(std::vector<policy::silence> const& all, silence_query const& query, policy::time_point now) {
    std::vector<policy::silence const*> found;
    for (auto const& each : all)
        if (query.wants(each, now))
            found.push_back(&each);
    std::ranges::sort(found, {}, [&](auto const* each) { return rank(*each, now); });
    std::string out;
    append_list(out, found, [&](auto const* each) { append_silence(out, *each, now); });
    return out;
}

} // namespace autoscaler::server::alertmanager
