#include "server/shared/ledger.hpp"

#include <algorithm>

namespace autoscaler::server::shared {

void ledger::load(std::vector<loaded> kept) {
    for (auto& each : kept) {
        std::string name = each.what.what.name;
        entries_.insert_or_assign(
            std::move(name), entry{.what = std::move(each.what), .pending = each.pending}
        );
    }
    rebuild();
}

void ledger::written(item what, bool pending, std::uint64_t reading) {
    auto const known = entries_.find(what.what.name);
    // It may have been read back, or overtaken, before its writer came to say so.
    if (known != entries_.end() && newer(known->second.what.what, what.what))
        return;
    std::string name = what.what.name;
    entries_.insert_or_assign(
        std::move(name), entry{.what = std::move(what), .pending = pending, .confirmed = reading}
    );
    rebuild();
}

bool ledger::seen(item const& what) {
    bool const taken = take(what);
    if (taken)
        rebuild();
    return taken;
}

bool ledger::take(item const& what) {
    auto const known = entries_.find(what.what.name);
    if (known == entries_.end()) {
        entries_.emplace(what.what.name, entry{.what = what});
        return true;
    }
    auto& entry = known->second;
    entry.missing_since.reset();
    if (newer(entry.what.what, what.what))
        return false;
    bool const news = entry.pending || entry.what.what != what.what;
    entry.pending = false;
    entry.what = what;
    return news;
}

news ledger::read(
    std::vector<item> const& listed,
    std::set<std::string> const& unreadable,
    std::uint64_t reading,
    policy::time_point now,
    policy::duration patience
) {
    news found;
    std::set<std::string_view> names(unreadable.begin(), unreadable.end());
    for (auto const& each : listed) {
        names.insert(each.what.name);
        if (take(each))
            found.taken.push_back(each.what);
    }
    for (auto& [name, entry] : entries_) {
        if (entry.pending || entry.confirmed >= reading || names.contains(name))
            continue;
        // A clock that was set back must not make it wait for ever.
        if (!entry.missing_since || *entry.missing_since > now)
            entry.missing_since = now;
        if (now - *entry.missing_since >= patience)
            found.gone.push_back(name);
        else
            found.doubtful = true;
    }
    for (auto const& name : found.gone)
        entries_.erase(name);
    if (!found.taken.empty() || !found.gone.empty())
        rebuild();
    return found;
}

void ledger::forget(std::vector<std::string> const& names) {
    for (auto const& name : names)
        entries_.erase(name);
    if (!names.empty())
        rebuild();
}

item const* ledger::find(std::string_view name) const {
    auto const known = entries_.find(name);
    return known == entries_.end() ? nullptr : &known->second.what;
}

std::vector<item> ledger::pending() const {
    std::vector<item> all;
    for (auto const& [name, entry] : entries_)
        if (entry.pending)
            all.push_back(entry.what);
    return all;
}

std::vector<item> ledger::old(policy::duration retention, std::size_t most, policy::time_point now) const {
    std::vector<item> all;
    std::vector<std::pair<policy::time_point, item const*>> kept;
    for (auto const& [name, entry] : entries_) {
        auto const* const silence = std::get_if<policy::silence>(&entry.what.value);
        if (ended(entry.what, retention, now))
            all.push_back(entry.what);
        else if (silence != nullptr && silence->ends_at <= now)
            kept.emplace_back(silence->ends_at, &entry.what);
    }
    if (kept.size() <= most)
        return all;
    std::ranges::sort(kept);
    kept.resize(kept.size() - most);
    for (auto const& [end, what] : kept)
        all.push_back(*what);
    return all;
}

policy::service_pause const* ledger::pause_of(std::string_view service) const {
    auto const found = std::ranges::find(pauses_, service, &policy::service_pause::service);
    return found == pauses_.end() ? nullptr : &*found;
}

void ledger::rebuild() {
    silences_.clear();
    pauses_.clear();
    for (auto const& [name, entry] : entries_) {
        if (auto const* silence = std::get_if<policy::silence>(&entry.what.value))
            silences_.push_back(*silence);
        else
            pauses_.push_back(std::get<policy::service_pause>(entry.what.value));
    }
}

} // namespace autoscaler::server::shared
