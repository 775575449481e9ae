#include "server/driver/state_label.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace autoscaler::server {

namespace {

using nlohmann::json;
using policy::time_point;

constexpr int format_version = 1;

// A time beyond year 9999, or a count beyond reason, is no state of ours: arithmetic on it would overflow.
constexpr std::int64_t latest_time = 253'402'300'800'000;
constexpr std::int64_t largest_sequence = std::int64_t{1}
                                          << 53; // exact in every JSON reader, and no ++ overflows it
constexpr std::int64_t largest_count = 1'000'000'000'000;

std::int64_t to_number(time_point time) {
    return time.time_since_epoch().count();
}

bool read(json const& from, std::int64_t smallest, std::int64_t largest, std::int64_t& number) {
    if (!from.is_number_integer() || (from.is_number_unsigned() && from.get<std::uint64_t>() > INT64_MAX))
        return false;
    number = from.get<std::int64_t>();
    return number >= smallest && number <= largest;
}

bool read(json const& from, time_point& time) {
    std::int64_t number = 0;
    if (!read(from, 0, latest_time, number))
        return false;
    time = time_point(policy::duration(number));
    return true;
}

bool read_optional(json const& object, char const* key, std::optional<time_point>& time) {
    auto const found = object.find(key);
    if (found == object.end())
        return true;
    time.emplace();
    return read(*found, *time);
}

bool read_changes(json const& list, std::vector<policy::replica_change>& changes) {
    if (!list.is_array())
        return false;
    for (auto const& pair : list) {
        policy::replica_change change;
        if (!pair.is_array() || pair.size() != 2 || !read(pair[0], change.at) ||
            !read(pair[1], -largest_count, largest_count, change.delta))
            return false;
        policy::append(changes, change);
    }
    return true;
}

bool read_episodes(json const& object, std::map<std::string, policy::episode, std::less<>>& episodes) {
    if (!object.is_object())
        return false;
    for (auto const& [name, entry] : object.items()) {
        policy::episode read_here;
        if (!entry.is_object() || !entry.contains("s") || !read(entry["s"], read_here.since) ||
            !entry.contains("c") || !read(entry["c"], 0, largest_count, read_here.start_count) ||
            !read_optional(entry, "a", read_here.acted))
            return false;
        read_here.by_webhook = entry.contains("h");
        episodes.emplace(name, read_here);
    }
    return true;
}

bool read_acts(json const& object, std::map<std::string, time_point, std::less<>>& acts) {
    auto const found = object.find("x");
    if (found == object.end())
        return true;
    if (!found->is_object())
        return false;
    for (auto const& [name, at] : found->items())
        if (!read(at, acts[name]))
            return false;
    return true;
}

json to_json(policy::service_state const& state) {
    // A hostile label may have brought the count to its end; it stays readable there.
    auto const sequence = std::min(state.sequence, static_cast<std::uint64_t>(largest_sequence));
    json object{{"v", format_version}, {"q", sequence}, {"w", state.writer}, {"n", state.last_set}};
    if (state.over_version != 0)
        object["i"] = state.over_version;
    if (state.last_up)
        object["u"] = to_number(*state.last_up);
    if (state.last_down)
        object["d"] = to_number(*state.last_down);
    json changes = json::array();
    for (auto const& change : state.changes)
        changes.push_back({to_number(change.at), change.delta});
    object["e"] = std::move(changes);
    object["p"] = state.policy_hash;
    json episodes = json::object();
    for (auto const& [name, episode] : state.episodes) {
        json entry{{"s", to_number(episode.since)}, {"c", episode.start_count}};
        if (episode.acted)
            entry["a"] = to_number(*episode.acted);
        if (episode.by_webhook)
            entry["h"] = 1;
        episodes[name] = std::move(entry);
    }
    object["r"] = std::move(episodes);
    json acts = json::object();
    for (auto const& [name, at] : state.acts)
        acts[name] = to_number(at);
    if (!acts.empty())
        object["x"] = std::move(acts);
    return object;
}

// Makes the state smaller by its least important part; false when nothing is left to drop.
bool shrink(policy::service_state& state) {
    if (state.changes.size() > 1) {
        policy::merge_oldest(state.changes);
        return true;
    }
    auto const less_important = [](auto const& a, auto const& b) { return a.second.acted < b.second.acted; };
    auto const episode = std::ranges::min_element(state.episodes, less_important);
    bool const acted = episode != state.episodes.end() && episode->second.acted;
    if (episode != state.episodes.end() && !acted) {
        state.episodes.erase(episode);
        return true;
    }
    // What was done once must not be done twice, by rules that scale and by rules that act: the oldest goes.
    auto const older = [](auto const& a, auto const& b) { return a.second < b.second; };
    auto const act = std::ranges::min_element(state.acts, older);
    if (act != state.acts.end() && (!acted || act->second < *episode->second.acted)) {
        state.acts.erase(act);
        return true;
    }
    if (!acted)
        return false;
    state.episodes.erase(episode);
    return true;
}

} // namespace

std::string encode_state(policy::service_state state) {
    for (;;) {
        std::string text = to_json(state).dump(-1, ' ', false, json::error_handler_t::replace);
        if (text.size() <= state_label_limit || !shrink(state))
            return text;
    }
}

std::optional<policy::service_state> decode_state(std::string_view text) {
    // Longer than we ever write: not ours. A NUL ends nlohmann's input, so it is refused by hand.
    if (text.size() > state_label_limit || text.find('\0') != std::string_view::npos)
        return {};
    json const object = json::parse(text, nullptr, false);
    if (!object.is_object() || object.value("v", json()) != format_version || !object.contains("q") ||
        !object.contains("n") || !object.contains("e") || !object.contains("r"))
        return {};
    policy::service_state state;
    auto const& writer = object.value("w", json());
    auto const& hash = object.value("p", json());
    std::int64_t sequence = 0;
    std::int64_t over_version = 0;
    if (!writer.is_string() || !hash.is_string() || !read(object["q"], 0, largest_sequence, sequence) ||
        !read(object["n"], 0, largest_count, state.last_set) || !read_optional(object, "u", state.last_up) ||
        !read_optional(object, "d", state.last_down) || !read_changes(object["e"], state.changes) ||
        !read_episodes(object["r"], state.episodes) || !read_acts(object, state.acts) ||
        (object.contains("i") && !read(object["i"], 0, largest_sequence, over_version)))
        return {};
    state.over_version = static_cast<std::uint64_t>(over_version);
    state.sequence = static_cast<std::uint64_t>(sequence);
    state.writer = writer.get<std::string>();
    state.policy_hash = hash.get<std::string>();
    return state;
}

} // namespace autoscaler::server
