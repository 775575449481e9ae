// Memory for the notices of one body: label tables that keep their capacity from body to body. Owns no text:
// the views point into the parsed document.
#pragma once

#include "policy/core/alert.hpp"
#include "server/alertmanager/alert_limits.hpp"

#include <string>
#include <vector>

namespace autoscaler::server::alertmanager {

class notice_arena {
public:
    void clear();

    // Begins the next notice. Pairs may come in any order and more than once: the last value of a name wins.
    void begin();
    void add_label(std::string_view name, std::string_view value);
    void add_annotation(std::string_view name, std::string_view value);
    void drop_labels();
    void drop_annotations();

    // Sorts what was added and drops labels without a value. The tables are the notice's from now on, but not
    // yet in its spans.
    void settle();
    bool has_labels() const;
    // After settle(): some name is "".
    bool nameless_label() const;
    bool nameless_annotation() const;

    // After settle(): what of the notice is beyond the limits, or "".
    std::string beyond(alert_limits const& limits) const;

    // Keeps the notice that was begun; without this call the next begin() forgets it.
    void keep(policy::alert_notice const& notice);

    // All notices kept, in order. Void after the next clear().
    std::span<policy::alert_notice const> finish();

    // Gives the memory back that an unusually large body has left.
    void trim();

private:
    struct range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    struct kept {
        range labels;
        range annotations;
    };

    void sort_unique(std::vector<policy::label>& entries, std::size_t begin);

    std::vector<policy::label> labels_;
    std::vector<policy::label> annotations_;
    std::vector<kept> kept_; // beside notices_: the tables may move while they grow
    std::vector<policy::alert_notice> notices_;
    kept current_;                      // begin only
    std::vector<std::size_t> order_;    // while sorting
    std::vector<policy::label> sorted_; // while sorting
};

} // namespace autoscaler::server::alertmanager
