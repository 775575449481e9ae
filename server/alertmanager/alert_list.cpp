#include "server/alertmanager/alert_list.hpp"

#include "server/alertmanager/filter.hpp"
#include "server/alertmanager/go_regex.hpp"
#include "server/alertmanager/render.hpp"

#include <algorithm>
#include <map>

namespace autoscaler::server::alertmanager {

namespace {

using policy::label;
using policy::label_set;

// Several rules of one policy may want one alert: its receiver is shown once.
std::vector<std::string_view> names_of(std::vector<route const*> const& routes) {
    std::vector<std::string_view> names;
    for (auto const* const each : routes)
        if (std::ranges::find(names, each->receiver) == names.end())
            names.emplace_back(each->receiver);
    return names;
}

// Labels that own their text.
using owned_labels = std::vector<std::pair<std::string, std::string>>;

std::string const* find(owned_labels const& labels, std::string_view name) {
    auto const found = std::ranges::find(labels, name, &owned_labels::value_type::first);
    return found == labels.end() ? nullptr : &found->second;
}

// The order of Prometheus' LabelSet: fewer labels first, then name by name.
bool before(owned_labels const& a, owned_labels const& b) {
    if (a.size() != b.size())
        return a.size() < b.size();
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].first != b[i].first)
            return a[i].first > b[i].first; // the smaller name is missing in the other, which comes first
        if (a[i].second != b[i].second)
            return a[i].second < b[i].second;
    }
    return false;
}

// One alert of the groups: its labels to sort by, and its place in the text of all.
struct row {
    owned_labels labels;
    std::size_t begin = 0;
    std::size_t size = 0;
};

// The order of Alertmanager's AlertSlice.
bool row_before(row const& a, row const& b) {
    for (std::string_view const name : {"job", "instance"}) {
        auto const* const left = find(a.labels, name);
        auto const* const right = find(b.labels, name);
        if (left == nullptr && right == nullptr)
            continue;
        if (left == nullptr || right == nullptr)
            return left != nullptr;
        if (*left != *right)
            return *left < *right;
    }
    return before(a.labels, b.labels);
}

struct group_key {
    owned_labels labels;
    std::string receiver;

    friend bool operator<(group_key const& a, group_key const& b) {
        return a.labels == b.labels ? a.receiver < b.receiver : before(a.labels, b.labels);
    }
};

group_key key_for(route const& by, label_set labels) {
    group_key key{{}, by.receiver};
    for (auto const& each : labels)
        if (std::ranges::find(by.group_by, each.name) != by.group_by.end())
            key.labels.emplace_back(each.name, each.value);
    return key;
}

class grouping {
public:
    grouping(routing const& routes, alert_query const& query) : routes_(routes), query_(query) {}

    void add(policy::listed_alert const& alert);
    std::string json();

private:
    routing const& routes_;
    alert_query const& query_;
    std::string text_;
    std::vector<row> rows_;
    std::map<group_key, std::vector<std::size_t>> groups_; // indices of rows_
};

void grouping::add(policy::listed_alert const& alert) {
    if (!query_.wants(alert))
        return;
    auto routes = routes_for(routes_, alert.labels);
    std::erase_if(routes, [&](auto const* each) { return !query_.wants_receiver(each->receiver); });
    if (routes.empty())
        return;
    auto names = names_of(routes);
    std::ranges::sort(names);
    std::size_t const index = rows_.size();
    auto& made = rows_.emplace_back();
    made.labels.reserve(alert.labels.size());
    for (auto const& each : alert.labels)
        made.labels.emplace_back(each.name, each.value);
    made.begin = text_.size();
    append_alert(text_, alert, names);
    made.size = text_.size() - made.begin;
    for (auto const* const each : routes) {
        auto& members = groups_[key_for(*each, alert.labels)];
        if (members.empty() || members.back() != index)
            members.push_back(index);
    }
}

std::string grouping::json() {
    std::string out;
    out.reserve(text_.size()); // an alert may be in several groups
    append_list(out, groups_, [&](auto& group) {
        std::vector<std::size_t> members = group.second;
        std::ranges::sort(members, [&](std::size_t a, std::size_t b) {
            return row_before(rows_[a], rows_[b]);
        });
        out += R"({"alerts":)";
        append_list(out, members, [&](std::size_t each) {
            out.append(text_, rows_[each].begin, rows_[each].size);
        });
        std::vector<label> labels;
        for (auto const& [name, value] : group.first.labels)
            labels.push_back({name, value});
        out += R"(,"labels":)";
        append_labels(out, labels, false);
        out += R"(,"receiver":)";
        append_receiver(out, group.first.receiver, false);
        out += '}';
    });
    return out;
}

} // namespace

bool alert_query::wants(policy::listed_alert const& alert) const {
    if (alert.silenced_by.empty() ? !active : !silenced)
        return false;
    return std::ranges::all_of(filters, [&](auto const& each) { return each.matches(alert.labels); });
}

bool alert_query::wants_receiver(std::string_view name) const {
    return !receiver || receiver->matches_value(name);
}

std::variant<alert_query, std::string> read_alert_query(url_query const& query) {
    alert_query wanted;
    wanted.active = query.flag("active", true);
    wanted.silenced = query.flag("silenced", true);
    auto filters = read_filters(query.all("filter"));
    if (auto* const fault = std::get_if<std::string>(&filters))
        return std::move(*fault);
    wanted.filters = std::move(std::get<std::vector<policy::matcher>>(filters));
    std::string const pattern(query.last("receiver"));
    if (pattern.empty())
        return wanted;
    auto made = policy::matcher::make("receiver", policy::matcher::op::matches, pattern);
    if (std::holds_alternative<std::string>(made))
        return "failed to parse receiver param: " + anchored_regex_fault(pattern);
    wanted.receiver = std::move(std::get<policy::matcher>(made));
    return wanted;
}

std::string list_alerts(backend const& from, alert_query const& query, policy::time_point now) {
    struct place {
        std::uint64_t fingerprint;
        std::size_t begin;
        std::size_t size;
    };

    std::string rows; // of all alerts as they come: one text grows faster than thousands of them
    std::vector<place> places;
    from.visit_alerts(now, [&](policy::listed_alert const& alert) {
        if (!query.wants(alert))
            return;
        auto const names = names_of(routes_for(from.routes(), alert.labels));
        if (std::ranges::none_of(names, [&](auto name) { return query.wants_receiver(name); }))
            return;
        std::size_t const begin = rows.size();
        append_alert(rows, alert, names);
        places.push_back({policy::fingerprint(alert.labels), begin, rows.size() - begin});
    });
    std::ranges::sort(places, {}, &place::fingerprint);
    std::string out;
    out.reserve(rows.size() + places.size() + 3); // commas, brackets and the line end
    append_list(out, places, [&](place const& each) { out.append(rows, each.begin, each.size); });
    return out;
}

std::string list_groups(backend const& from, alert_query const& query, policy::time_point now) {
    grouping groups(from.routes(), query);
    from.visit_alerts(now, [&](policy::listed_alert const& alert) { groups.add(alert); });
    return groups.json();
}

} // namespace autoscaler::server::alertmanager
