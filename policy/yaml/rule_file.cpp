#include "policy/yaml/rule_file.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace autoscaler::policy {

namespace {

using namespace yaml;

bool is_nothing(node const& value) {
    return value.what == node::kind::empty || value.is_null();
}

// A map with its keys by name. Unlike the policy file's reader it takes a key without a value for no key, as
// Prometheus does.
class fields {
public:
    fields(node const& map, std::string what, fault_sink& faults) : what_(std::move(what)), faults_(faults) {
        if (map.what != node::kind::map) {
            faults_.error(map.offset, what_ + " must be a map of keys and values, not " + describe(map));
            return;
        }
        is_map_ = true;
        for (std::size_t i = 0; i < map.keys.size() && i < map.items.size(); ++i)
            add(map.keys[i], map.items[i]);
    }

    explicit operator bool() const { return is_map_; }

    node const* find(std::string_view name) const {
        auto const found = values_.find(name);
        return found == values_.end() || is_nothing(*found->second) ? nullptr : found->second;
    }

    // The text of a scalar, however it is written.
    std::optional<std::string> text(std::string_view name) const {
        auto const* value = find(name);
        if (value == nullptr)
            return std::nullopt;
        if (value->is_scalar())
            return value->text;
        faults_.error(value->offset, std::string(name) + " must be a text, not " + describe(*value));
        return std::nullopt;
    }

    std::optional<duration> time(std::string_view name) const {
        auto const written = text(name);
        if (!written)
            return std::nullopt;
        auto const parsed = parse_duration(*written);
        if (auto const* wrong = std::get_if<std::string>(&parsed)) {
            faults_.error(find(name)->offset, std::string(name) + ": " + *wrong);
            return std::nullopt;
        }
        return std::get<duration>(parsed);
    }

    // The items of a list; none where the key is not there.
    std::span<node const> list(std::string_view name) const {
        auto const* value = find(name);
        if (value == nullptr)
            return {};
        if (value->what == node::kind::list)
            return value->items;
        faults_.error(value->offset, std::string(name) + " must be a list, not " + describe(*value));
        return {};
    }

    void warn_unknown(std::span<std::string_view const> known) const {
        for (auto const& [name, key] : keys_) {
            if (std::ranges::find(known, name) == known.end())
                faults_.warning(key->offset, "unknown key " + in_quotes(name) + " in " + what_);
        }
    }

private:
    void add(node const& key, node const& value) {
        if (!key.is_scalar() || key.text.empty()) {
            faults_.error(key.offset, "a key must be a name, not " + describe(key));
            return;
        }
        auto const [first, is_new] = keys_.emplace(key.text, &key);
        if (!is_new) {
            faults_.error(
                key.offset,
                "duplicate key " + in_quotes(key.text) + ": it stands already at " +
                    faults_.where(first->second->offset)
            );
            return;
        }
        values_.emplace(key.text, &value);
    }

    std::string what_;
    fault_sink& faults_;
    bool is_map_ = false;
    std::map<std::string_view, node const*> keys_;
    std::map<std::string_view, node const*> values_;
};

constexpr std::string_view file_keys[]{"groups"};
constexpr std::string_view group_keys[]{
    "name", "interval", "query_offset", "limit", "labels", "rules", "partial_response_strategy"
};
constexpr std::string_view rule_keys[]{
    "alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"
};

class rule_file_reader {
public:
    rule_file_reader(std::string_view text, std::string const& file) : file_(file), faults_(text, file) {}

    alert_file read(std::string_view text) {
        if (auto const root = read_yaml(text, faults_)) {
            fields const top(*root, "a rule file", faults_);
            top.warn_unknown(file_keys);
            std::set<std::string> names;
            for (auto const& each : top.list("groups"))
                read_group(each, names);
        }
        made_.faults = faults_.take();
        return std::move(made_);
    }

private:
    // What a rule has from its group.
    struct group {
        std::string name;
        std::optional<duration> interval;
        std::vector<static_label> labels;
    };

    void read_group(node const& item, std::set<std::string>& names) {
        fields const map(item, "a group", faults_);
        if (!map)
            return;
        map.warn_unknown(group_keys);
        group made;
        made.name = map.text("name").value_or("");
        if (made.name.empty())
            faults_.error(item.offset, "the group has no name");
        else if (!names.insert(made.name).second)
            faults_.error(
                item.offset, "two groups of this file are called " + in_quotes(made.name) + ": rename one"
            );
        made.interval = map.time("interval");
        if (made.interval == duration::zero())
            made.interval.reset(); // Prometheus' own
        read_labels(map, "labels", made.labels);
        for (auto const& each : map.list("rules"))
            read_rule(each, made);
    }

    void read_rule(node const& item, group const& home) {
        fields const map(item, "a rule", faults_);
        if (!map)
            return;
        map.warn_unknown(rule_keys);
        bool const recording = map.find("record") != nullptr;
        if (recording == (map.find("alert") != nullptr)) {
            faults_.error(
                item.offset,
                recording ? "the rule has both alert and record" : "the rule has neither alert nor record"
            );
            return;
        }
        auto const expression = map.text("expr");
        if (map.find("expr") == nullptr)
            faults_.error(item.offset, "the rule has no expr");
        std::vector<static_label> labels;
        read_labels(map, "labels", labels);
        if (recording) {
            read_recording(map);
            return;
        }
        auto name = map.text("alert");
        auto const pending = map.time("for");
        static_cast<void>(map.time("keep_firing_for")); // for its faults
        std::vector<static_label> annotations;
        read_labels(map, "annotations", annotations);
        if (!name || !expression)
            return;
        for (auto const& each : home.labels) {
            if (std::ranges::find(labels, each.name, &static_label::name) == labels.end())
                labels.push_back(each);
        }
        std::erase_if(labels, [](static_label const& each) { return each.name == "alertname"; });
        auto const* for_ = map.find("for");
        made_.alerts.push_back(
            {.file = file_,
             .offset = map.find("alert")->offset,
             .line = faults_.line(map.find("alert")->offset),
             .group = home.name,
             .name = *std::move(name),
             .expression = *expression,
             .expression_offset = map.find("expr")->offset,
             .for_ = pending.value_or(duration{}),
             .for_offset = for_ != nullptr ? for_->offset : item.offset,
             .interval = home.interval,
             .labels = std::move(labels)}
        );
    }

    void read_recording(fields const& map) {
        static_cast<void>(map.text("record")); // for its faults
        ++made_.recordings;
        for (std::string_view const key : {"for", "keep_firing_for", "annotations"}) {
            if (auto const* value = map.find(key))
                faults_.error(value->offset, "a recording rule has no " + std::string(key));
        }
    }

    void read_labels(fields const& map, std::string_view name, std::vector<static_label>& labels) {
        auto const* value = map.find(name);
        if (value == nullptr)
            return;
        fields const inner(*value, std::string(name), faults_);
        for (std::size_t i = 0; inner && i < value->keys.size() && i < value->items.size(); ++i) {
            node const& item = value->items[i];
            if (!item.is_scalar() && !is_nothing(item)) {
                faults_.error(
                    item.offset,
                    in_quotes(value->keys[i].text) + " in " + std::string(name) + " must be a text, not " +
                        describe(item)
                );
                continue;
            }
            std::string const text = is_nothing(item) ? "" : item.text;
            labels.push_back({value->keys[i].text, text, text.find("{{") != std::string::npos});
        }
    }

    std::string const& file_;
    fault_sink faults_;
    alert_file made_;
};

} // namespace

bool looks_like_rule_file(std::string_view text) {
    fault_sink faults(text, "");
    auto const root = read_yaml(text, faults);
    auto const has = [&](std::string_view name) {
        return std::ranges::find(root->keys, name, &node::text) != root->keys.end();
    };
    return root && has("groups") && !has("policies");
}

alert_file read_rule_file(std::string_view text, std::string const& file_name) {
    return rule_file_reader(text, file_name).read(text);
}

} // namespace autoscaler::policy
