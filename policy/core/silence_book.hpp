// Which alerts are silenced. Each silence is matched with each alert once, when either of them becomes known;
// asking costs nothing of that. Pure: time is an argument. Owned by the engine; one thread.
#pragma once

#include "policy/core/alert_store.hpp"
#include "policy/core/silence.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// Silences by a label that they ask for exactly, the one that fewest others are found by: almost all ask for
// one, and it spares trying every silence. Views into silences that outlive it.
class silence_index {
public:
    void add(std::uint32_t slot, silence const& what);

    // Calls `visit` with the slot of each silence that may cover an alert with these labels.
    void candidates(label_set labels, std::function<void(std::uint32_t)> const& visit) const;

private:
    std::map<std::string_view, std::map<std::string_view, std::vector<std::uint32_t>>> by_label_;
    std::vector<std::uint32_t> others_;
};

class silence_book {
public:
    using handle = alert_store::handle;
    using visitor = std::function<void(handle, label_set)>;
    using all_alerts = std::function<void(visitor const&)>; // hands every known alert to the visitor

    // From now on there are these silences; none stands for an empty list. Returns the alerts whose state
    // this changes, as advance() does, in rising order.
    std::vector<handle>
    replace(std::shared_ptr<std::vector<silence> const> silences, all_alerts const& alerts, time_point now);

    // The clock was set back: what had expired may hold again.
    std::vector<handle> set_back(all_alerts const& alerts, time_point now);

    // Silences begin and end. At any time, also where nothing is due: that costs nothing.
    std::vector<handle> advance(time_point now);

    // When the next silence begins or ends.
    std::optional<time_point> next_change() const { return next_change_; }

    // An alert becomes known, or is forgotten. Its state is not told: it is new.
    void enlist(handle which, label_set labels, time_point now);

    void forget(handle which) { covers_.erase(which); }

    // Whether an active silence covers the alert, by the last advance().
    bool is_silenced(handle which) const;

    // The silences that cover it and are active at `now`, by id, sorted.
    void ids_of(handle which, time_point now, std::vector<std::string>& out) const;

    // Of those that silences active at `now` cover, how many `counts` says yes to.
    std::size_t count(time_point now, std::function<bool(handle)> const& counts) const;

private:
    // The silences that match one alert, whatever their state.
    struct cover {
        std::vector<std::uint32_t> slots;
        bool active = false;
    };

    bool is_active(cover const& what, time_point now) const;
    std::vector<handle> settle(time_point now);
    void match(silence_index const& with, handle which, label_set labels);

    std::shared_ptr<std::vector<silence> const> silences_;
    std::vector<silence const*> slots_; // those of silences_ that had not expired when they came
    silence_index index_;
    std::map<handle, cover> covers_; // of alerts that any silence matches
    std::optional<time_point> next_change_;
};

} // namespace autoscaler::policy
