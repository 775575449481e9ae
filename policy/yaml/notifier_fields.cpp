#include "policy/yaml/notifier_fields.hpp"

#include "policy/yaml/action_fields.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/spelling.hpp"
#include "policy/yaml/url.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// Each policy that takes over `defaults` has its own copy; each notifier its own queue of messages.
constexpr std::size_t max_names = 20;
constexpr std::size_t max_notifiers = 100;

webhook_target read_target(node const& value, fault_sink& faults) {
    if (!value.is_scalar())
        return read_webhook(value, faults);
    webhook_target made;
    made.url = read_url(value, "webhook", faults, true).value_or("");
    return made;
}

std::set<occasion> read_occasions(node const& value, fault_sink& faults) {
    std::set<occasion> found;
    if (value.what != node::kind::list || value.items.empty()) {
        faults.error(
            value.offset,
            "on must be a list such as [scaled, at_max], not " +
                (value.what == node::kind::list ? std::string("an empty list") : describe(value))
        );
        return found;
    }
    for (auto const& item : value.items) {
        auto const word = read_word(item, "on", occasion_words, faults);
        if (word && !found.insert(static_cast<occasion>(*word)).second)
            faults.error(item.offset, "on: " + in_quotes(item.text) + " is listed twice");
    }
    return found;
}

notifier read_notifier(std::string const& name, node const& value, fault_sink& faults) {
    notifier made;
    made.name = name;
    for (std::size_t i = 0; i < occasion_words.size(); ++i)
        made.on.insert(static_cast<occasion>(i));
    std::string const what = "notifier " + in_quotes(name);
    map_reader map(faults, what);
    map.hide_text();
    map.key("webhook", [&](entry const& seen) { made.target = read_target(seen.value, faults); });
    map.key("on", [&](entry const& seen) { made.on = read_occasions(seen.value, faults); });
    if (map.read(value))
        map.require("webhook", what + " has no \"webhook\": where are its messages posted?");
    return made;
}

} // namespace

std::vector<notifier> read_notifiers(node const& value, std::vector<std::string>& names, fault_sink& faults) {
    std::vector<notifier> made;
    map_reader map(faults, "notifiers");
    map.other_keys([&](entry const& seen) {
        names.push_back(seen.key.text);
        made.push_back(read_notifier(seen.key.text, seen.value, faults));
        if (made.size() == max_notifiers + 1)
            faults.error(
                seen.key.offset, "notifiers has more than " + std::to_string(max_notifiers) + " entries"
            );
    });
    map.read(value);
    return made;
}

std::vector<placed_name> read_notify(node const& value, fault_sink& faults) {
    std::vector<placed_name> names;
    if (value.what != node::kind::list) {
        faults.error(
            value.offset, "notify must be a list of notifiers such as [ops], not " + describe(value)
        );
        return names;
    }
    if (!check_length(value, "notify", max_names, faults))
        return names;
    for (auto const& item : value.items) {
        auto name = read_text(item, "notify", faults);
        if (!name)
            continue;
        if (std::ranges::find(names, *name, &placed_name::name) != names.end())
            faults.error(item.offset, "notify: " + in_quotes(*name) + " is listed twice");
        else
            names.push_back({std::move(*name), item.offset});
    }
    return names;
}

void check_notify(
    std::span<placed_name const> written, std::span<std::string const> names, fault_sink& faults
) {
    std::vector<std::string_view> const known(names.begin(), names.end());
    for (auto const& one : written) {
        if (std::ranges::find(known, one.name) != known.end())
            continue;
        std::string text = "notify: there is no notifier " + in_quotes(one.name);
        if (auto const guess = nearest(one.name, known))
            text += "; did you mean " + in_quotes(*guess) + "?";
        else if (known.empty())
            text += "; write it under \"notifiers\" at the top of the file";
        faults.error(one.at, std::move(text));
    }
}

} // namespace autoscaler::policy::yaml
