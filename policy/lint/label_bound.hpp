// An upper bound of the labels that a result may carry: never too small, for a false alarm is worse than
// none.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace autoscaler::policy::lint {

class label_bound {
public:
    using names = std::set<std::string, std::less<>>;

    static label_bound all() { return {true, {}}; }

    static label_bound none() { return {false, {}}; }

    static label_bound only(names allowed) { return {false, std::move(allowed)}; }

    static label_bound all_except(names excluded) { return {true, std::move(excluded)}; }

    bool may_carry(std::string_view name) const { return listed_.contains(name) != others_; }

    label_bound complement() const { return {!others_, listed_}; }

    friend label_bound operator&(label_bound const& a, label_bound const& b);
    friend label_bound operator|(label_bound const& a, label_bound const& b);

    // `no label`, `only "job" and "instance"`, `all labels`, `no "instance"`: what an expression keeps.
    std::string text() const;

    friend bool operator==(label_bound const&, label_bound const&) = default;

private:
    label_bound(bool others, names listed) : others_(others), listed_(std::move(listed)) {}

    bool others_; // the labels that are not listed, may come, and the listed ones not; else the reverse
    names listed_;
};

} // namespace autoscaler::policy::lint
