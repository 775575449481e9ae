#include "policy/yaml/map_reader.hpp"

#include "policy/yaml/spelling.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// Longer lists are read in the reference, not in a message.
constexpr std::size_t max_keys_listed = 8;

} // namespace

void map_reader::key(std::string_view name, handler handle) {
    known_.push_back({name, std::move(handle), {}});
}

void map_reader::misplaced(std::string_view name, std::string text) {
    known_.push_back({name, {}, std::move(text)});
}

bool map_reader::has(std::string_view name) const {
    return key_at(name).has_value();
}

std::optional<std::size_t> map_reader::key_at(std::string_view name) const {
    auto const known = std::ranges::find(known_, name, &known_key::name);
    bool const is_there = known != known_.end() && known->seen != nullptr;
    return is_there ? std::optional(known->seen->offset) : std::nullopt;
}

void map_reader::require(std::string_view name, std::string text) {
    if (!has(name))
        faults_.error(at_, std::move(text));
}

bool map_reader::read(node const& map) {
    at_ = map.offset;
    if (map.what != node::kind::map) {
        auto const found = hides_text_ && map.is_scalar() ? "a text" : describe(map);
        faults_.error(map.offset, what_ + " must be a map of keys and values, not " + found);
        return false;
    }
    // All duplicates first, so that a suggestion never names a key that a later line uses.
    std::map<std::string_view, node const*> seen;
    std::vector<std::size_t> fresh;
    for (std::size_t i = 0; i < map.keys.size() && i < map.items.size(); ++i) {
        node const& key = map.keys[i];
        if (!key.is_scalar() || key.text.empty()) {
            faults_.error(key.offset, "a key must be a name, not " + describe(key));
            continue;
        }
        auto const [first, is_new] = seen.emplace(key.text, &key);
        if (!is_new) {
            faults_.error(
                key.offset,
                "duplicate key " + in_quotes(key.text) + ": it stands already at " +
                    faults_.where(first->second->offset)
            );
            continue;
        }
        fresh.push_back(i);
        auto const known = std::ranges::find(known_, key.text, &known_key::name);
        if (known != known_.end())
            known->seen = &key;
    }
    for (std::size_t const i : fresh)
        read_entry({map.keys[i], map.items[i]});
    return true;
}

void map_reader::read_entry(entry const& one) {
    auto const known = std::ranges::find(known_, one.key.text, &known_key::name);
    if (known == known_.end() && !other_) {
        refuse_unknown(one.key);
    } else if (known != known_.end() && !known->handle) {
        faults_.error(one.key.offset, known->reason);
    } else if (one.value.what == node::kind::empty) {
        faults_.error(one.key.offset, in_quotes(one.key.text) + " has no value");
    } else {
        (known != known_.end() ? known->handle : other_)(one);
    }
}

void map_reader::refuse_unknown(node const& key) {
    std::string text = "unknown key " + in_quotes(key.text);
    std::vector<std::string_view> open;
    for (auto const& one : known_)
        if (one.handle && one.seen == nullptr)
            open.push_back(one.name);
    if (key.text == "<<") {
        text = "merge keys (\"<<\") are not supported: set what policies share once under \"defaults\"";
    } else if (auto const guess = nearest(key.text, open)) {
        text += "; did you mean " + in_quotes(*guess) + "?";
    } else if (open.size() <= max_keys_listed && !open.empty()) {
        text += " in " + what_ + "; expected ";
        for (std::size_t i = 0; i < open.size(); ++i)
            text += (i == 0 ? "" : ", ") + in_quotes(open[i]);
    } else {
        text += " in " + what_;
    }
    faults_.error(key.offset, std::move(text));
}

} // namespace autoscaler::policy::yaml
