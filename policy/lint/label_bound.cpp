#include "policy/lint/label_bound.hpp"

#include "policy/yaml/fault_sink.hpp"

#include <algorithm>
#include <iterator>

namespace autoscaler::policy::lint {

namespace {

label_bound::names united(label_bound::names a, label_bound::names const& b) {
    a.insert(b.begin(), b.end());
    return a;
}

template<typename Keep>
label_bound::names filtered(label_bound::names const& from, Keep keep) {
    label_bound::names kept;
    std::ranges::copy_if(from, std::inserter(kept, kept.end()), keep);
    return kept;
}

} // namespace

label_bound operator&(label_bound const& a, label_bound const& b) {
    if (a.others_ && b.others_)
        return {true, united(a.listed_, b.listed_)};
    label_bound const& listing = a.others_ ? b : a;
    label_bound const& other = a.others_ ? a : b;
    return {false, filtered(listing.listed_, [&](auto const& name) { return other.may_carry(name); })};
}

label_bound operator|(label_bound const& a, label_bound const& b) {
    return (a.complement() & b.complement()).complement();
}

std::string label_bound::text() const {
    if (listed_.empty())
        return others_ ? "all labels" : "no label";
    std::string text = others_ ? "no " : "only ";
    std::size_t left = listed_.size();
    for (auto const& name : listed_) {
        text += yaml::in_quotes(name);
        --left;
        if (left > 0)
            text += left > 1 ? ", " : others_ ? " or " : " and ";
    }
    return text;
}

} // namespace autoscaler::policy::lint
