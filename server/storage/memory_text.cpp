#include "server/storage/memory_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace autoscaler::server::storage {

namespace {

using nlohmann::json;
using policy::time_point;

// A time beyond year 9999, or a count beyond reason, is none of ours: arithmetic on it would overflow.
constexpr std::int64_t latest_time = 253'402'300'800'000;
constexpr std::int64_t largest_count = 1'000'000'000'000;

json to_json(time_point when) {
    return when.time_since_epoch().count();
}

json to_json(policy::episode const& what) {
    json object{{"since", to_json(what.since)}, {"start", what.start_count}, {"by_webhook", what.by_webhook}};
    if (what.acted)
        object["acted"] = to_json(*what.acted);
    return object;
}

void add(json& object, char const* key, std::optional<time_point> const& when) {
    if (when)
        object[key] = to_json(*when);
}

json to_json(policy::rule_memory const& what) {
    json object{{"settled", what.settled}};
    if (what.open)
        object["open"] = to_json(*what.open);
    add(object, "unheard_since", what.unheard_since);
    if (what.resolved)
        object["resolved"] = {{"of", to_json(what.resolved->of)}, {"expired", what.resolved->expired}};
    json& holding = object["holding_since"] = json::array();
    for (auto const& each : what.holding_since)
        holding.push_back(each ? to_json(*each) : json());
    add(object, "missing_since", what.missing_since);
    add(object, "last_act", what.last_act);
    add(object, "joined", what.joined);
    add(object, "acted_stamp", what.acted_stamp);
    add(object, "act_stamp", what.act_stamp);
    return object;
}

// Reads one JSON value after the other and remembers whether one of them was no good.
class reader {
public:
    bool good() const { return good_; }

    void read(json const& from, bool& flag) {
        if (expect(from.is_boolean()))
            flag = from.get<bool>();
    }

    void read(json const& from, std::string& text) {
        if (expect(from.is_string()))
            text = from.get<std::string>();
    }

    void read(json const& from, std::uint64_t& number) {
        if (expect(from.is_number_unsigned()))
            number = from.get<std::uint64_t>();
    }

    void read(json const& from, std::int64_t& number) {
        number = bounded(from, -largest_count, largest_count);
    }

    void read(json const& from, time_point& when) {
        when = time_point(policy::duration(bounded(from, 0, latest_time)));
    }

    template<class T>
    void read(json const& from, std::optional<T>& value) {
        if (!from.is_null())
            read(from, value.emplace());
    }

    void read(json const& from, policy::replica_change& what) {
        if (!expect(from.is_array() && (from.size() == 2 || from.size() == 3)))
            return;
        read(from[0], what.at);
        read(from[1], what.delta);
        if (from.size() == 3)
            read(from[2], what.stamp);
    }

    void read(json const& from, policy::wish_record& what) {
        if (!expect(from.is_array() && from.size() == 2))
            return;
        read(from[0], what.at);
        read(from[1], what.replicas);
    }

    void read(json const& from, policy::episode& what) {
        field(from, "since", what.since);
        field(from, "start", what.start_count);
        field(from, "acted", what.acted);
        field(from, "by_webhook", what.by_webhook);
    }

    void read(json const& from, policy::pending_resolved& what) {
        field(from, "of", what.of);
        field(from, "expired", what.expired);
    }

    void read(json const& from, policy::rule_memory& what) {
        field(from, "open", what.open);
        field(from, "unheard_since", what.unheard_since);
        field(from, "settled", what.settled);
        field(from, "resolved", what.resolved);
        field(from, "holding_since", what.holding_since);
        field(from, "missing_since", what.missing_since);
        field(from, "last_act", what.last_act);
        field(from, "joined", what.joined);
        field(from, "acted_stamp", what.acted_stamp);
        field(from, "act_stamp", what.act_stamp);
    }

    void read(json const& from, policy::history& what) {
        field(from, "last_set", what.last_set);
        field(from, "last_up", what.last_up);
        field(from, "last_down", what.last_down);
        field(from, "boot", what.boot);
        field(from, "changes", what.changes);
        field(from, "wishes", what.wishes);
        field(from, "rules", what.rules);
        field(from, "busy", what.busy);
        field(from, "changed_by_other", what.changed_by_other);
        field(from, "up_stamp", what.up_stamp);
        field(from, "down_stamp", what.down_stamp);
        field(from, "seen_version", what.seen_version);
        field(from, "sequence", what.sequence);
        field(from, "writer", what.writer);
    }

    template<class T>
    void read(json const& from, std::vector<T>& list) {
        if (expect(from.is_array()))
            for (auto const& each : from)
                read(each, list.emplace_back());
    }

    template<class T>
    void read(json const& from, std::map<std::string, T, std::less<>>& map) {
        if (expect(from.is_object()))
            for (auto const& [name, each] : from.items())
                read(each, map[name]);
    }

private:
    bool expect(bool condition) {
        good_ = good_ && condition;
        return good_;
    }

    std::int64_t bounded(json const& from, std::int64_t smallest, std::int64_t largest) {
        if (!expect(from.is_number_integer()) ||
            !expect(!from.is_number_unsigned() || from.get<std::uint64_t>() <= INT64_MAX))
            return 0;
        auto const number = from.get<std::int64_t>();
        return expect(number >= smallest && number <= largest) ? number : 0;
    }

    // What the object lacks keeps its value.
    template<class T>
    void field(json const& object, char const* key, T& value) {
        if (!expect(object.is_object()))
            return;
        if (auto const found = object.find(key); found != object.end())
            read(*found, value);
    }

    bool good_ = true;
};

} // namespace

std::string encode_memory(policy::history const& memory) {
    json object{
        {"boot", to_json(memory.boot)},
        {"changed_by_other", memory.changed_by_other},
        {"seen_version", memory.seen_version},
        {"sequence", memory.sequence},
        {"writer", memory.writer},
    };
    if (memory.last_set)
        object["last_set"] = *memory.last_set;
    add(object, "last_up", memory.last_up);
    add(object, "last_down", memory.last_down);
    add(object, "up_stamp", memory.up_stamp);
    add(object, "down_stamp", memory.down_stamp);
    json& changes = object["changes"] = json::array();
    for (auto const& each : memory.changes)
        changes.push_back(
            each.stamp ? json{to_json(each.at), each.delta, to_json(*each.stamp)}
                       : json{to_json(each.at), each.delta}
        );
    json& wishes = object["wishes"] = json::array();
    for (auto const& each : memory.wishes)
        wishes.push_back({to_json(each.at), each.replicas});
    json& rules = object["rules"] = json::object();
    for (auto const& [key, rule] : memory.rules)
        rules[key] = to_json(rule);
    json& busy = object["busy"] = json::object();
    for (auto const& [policy, when] : memory.busy)
        busy[policy] = to_json(when);
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<policy::history> decode_memory(std::string_view text) {
    json const object = json::parse(text, nullptr, false);
    policy::history memory;
    reader from;
    if (!object.is_object())
        return {};
    from.read(object, memory);
    if (!from.good())
        return {};
    return memory;
}

} // namespace autoscaler::server::storage
