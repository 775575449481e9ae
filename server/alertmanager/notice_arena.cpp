#include "server/alertmanager/notice_arena.hpp"

#include "server/alertmanager/go_text.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace autoscaler::server::alertmanager {

namespace {

// Tables of a body with up to 1000 alerts stay; a larger one's are given back.
constexpr std::size_t kept_entries = 20'000;

std::string limit_text(std::size_t limit) {
    return " (limit: " + std::to_string(limit) + ")";
}

std::string too_many(std::string_view what, std::size_t count, std::size_t limit) {
    return "too many " + std::string(what) + ": " + std::to_string(count) + limit_text(limit);
}

// The first name or value that is too long.
std::string
too_long(std::string_view what, std::span<policy::label const> pairs, alert_limits const& limits) {
    for (auto const& each : pairs) {
        if (each.name.size() > limits.name)
            return std::string(what) + " name too long: " + std::to_string(each.name.size()) + " bytes" +
                   limit_text(limits.name);
        if (each.value.size() > limits.value)
            return "value of " + std::string(what) + " " + quoted(each.name) +
                   " too long: " + std::to_string(each.value.size()) + " bytes" + limit_text(limits.value);
    }
    return {};
}

} // namespace

// Sorts the entries from `begin` on by name; of equal names the last one stays.
void notice_arena::sort_unique(std::vector<policy::label>& entries, std::size_t begin) {
    std::span<policy::label const> const added = std::span(entries).subspan(begin);
    // Go marshals maps sorted, so the senders we know are through here.
    auto const unsorted =
        std::ranges::adjacent_find(added, [](auto const& a, auto const& b) { return a.name >= b.name; });
    if (unsorted == added.end())
        return;
    order_.resize(added.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
        return std::tie(added[a].name, a) < std::tie(added[b].name, b);
    });
    sorted_.clear();
    for (std::size_t i = 0; i < order_.size(); ++i)
        if (i + 1 == order_.size() || added[order_[i]].name != added[order_[i + 1]].name)
            sorted_.push_back(added[order_[i]]);
    entries.resize(begin);
    entries.insert(entries.end(), sorted_.begin(), sorted_.end());
}

void notice_arena::clear() {
    labels_.clear();
    annotations_.clear();
    kept_.clear();
    notices_.clear();
    current_ = {};
}

void notice_arena::begin() {
    current_.labels.begin = kept_.empty() ? 0 : kept_.back().labels.end;
    current_.annotations.begin = kept_.empty() ? 0 : kept_.back().annotations.end;
    drop_labels();
    drop_annotations();
}

void notice_arena::add_label(std::string_view name, std::string_view value) {
    labels_.push_back({name, value});
}

void notice_arena::add_annotation(std::string_view name, std::string_view value) {
    annotations_.push_back({name, value});
}

void notice_arena::drop_labels() {
    labels_.resize(current_.labels.begin);
}

void notice_arena::drop_annotations() {
    annotations_.resize(current_.annotations.begin);
}

void notice_arena::settle() {
    sort_unique(labels_, current_.labels.begin);
    sort_unique(annotations_, current_.annotations.begin);
    auto const first = labels_.begin() + static_cast<std::ptrdiff_t>(current_.labels.begin);
    labels_.erase(
        std::remove_if(first, labels_.end(), [](auto const& each) { return each.value.empty(); }),
        labels_.end()
    );
}

bool notice_arena::has_labels() const {
    return labels_.size() > current_.labels.begin;
}

bool notice_arena::nameless_label() const {
    return has_labels() && labels_[current_.labels.begin].name.empty();
}

bool notice_arena::nameless_annotation() const {
    return annotations_.size() > current_.annotations.begin &&
           annotations_[current_.annotations.begin].name.empty();
}

std::string notice_arena::beyond(alert_limits const& limits) const {
    auto const labels = std::span(labels_).subspan(current_.labels.begin);
    auto const annotations = std::span(annotations_).subspan(current_.annotations.begin);
    if (labels.size() > limits.labels)
        return too_many("labels", labels.size(), limits.labels);
    if (annotations.size() > limits.annotations)
        return too_many("annotations", annotations.size(), limits.annotations);
    std::string fault = too_long("label", labels, limits);
    return fault.empty() ? too_long("annotation", annotations, limits) : fault;
}

void notice_arena::keep(policy::alert_notice const& notice) {
    current_.labels.end = labels_.size();
    current_.annotations.end = annotations_.size();
    kept_.push_back(current_);
    notices_.push_back(notice);
}

std::span<policy::alert_notice const> notice_arena::finish() {
    for (std::size_t i = 0; i < notices_.size(); ++i) {
        auto const& [labels, annotations] = kept_[i];
        notices_[i].labels = policy::label_set(labels_).subspan(labels.begin, labels.end - labels.begin);
        notices_[i].annotations =
            policy::label_set(annotations_).subspan(annotations.begin, annotations.end - annotations.begin);
    }
    return notices_;
}

void notice_arena::trim() {
    clear();
    if (labels_.capacity() > kept_entries || annotations_.capacity() > kept_entries)
        *this = {};
}

} // namespace autoscaler::server::alertmanager
