// The ledger of alerts. Alerts are state, not events: the store says what fires now, whoever repeats it how
// often. Pure: time is an argument. Owned by the engine; one thread.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/alert_text.hpp"
#include "policy/core/listed_times.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy {

// An API alert without endsAt ends after this: Alertmanager's default `resolve_timeout`.
inline constexpr duration resolve_timeout = std::chrono::minutes(5);

// A firing notice for an alert that was resolved less than this ago is a late duplicate.
inline constexpr duration late_duplicate_window = std::chrono::seconds(60);

// An alert that has ended is remembered this long: as long as Prometheus repeats a resolved one
// (resolvedRetention of its rules/alerting.go).
inline constexpr duration ended_retention = std::chrono::minutes(15);

// What Prometheus' own list opens ends after this unless it is listed again: the list shows neither external
// labels nor relabelling, so a pushed alert that ends may be another one to us.
inline constexpr duration listed_ttl = std::chrono::minutes(5);

class alert_store {
public:
    using handle = std::uint32_t; // of a label set, until sweep() removes it

    enum class effect {
        opened,    // it did not fire, or was not known, and now it does
        confirmed, // as before
        ended,     // it fired and does not any more
        dropped,   // a late duplicate, or the end of an alert that nobody knew and that has no room
        refused    // a new alert, and the memory for alerts is used up; `which` is no alert
    };

    struct applied {
        handle which = 0;
        effect what = effect::confirmed;
        bool created = false; // the label set was not known
        // Alerts that had to make room, the longest ended first. Their handles may be in use again: for
        // `which`.
        std::vector<handle> forgotten{};
    };

    enum class end { unknown, resolved, expired };

    struct status {
        bool firing = false;
        time_point since;        // firing: the earliest startsAt of what fires
        time_point ends;         // firing: when it runs out unless it is confirmed
        bool by_webhook = false; // firing: nothing of it came by the API
        end ended = end::unknown;
        time_point ended_at; // resolved: when the notice came; expired: when it ran out
        // The last notice, of whatever kind. None: only local storage knows the alert, which has heard of it
        // at `kept_at`.
        std::optional<time_point> heard_at;
        std::optional<time_point> kept_at;
    };

    // `memory`: what all alerts together may take, in bytes.
    explicit alert_store(duration webhook_ttl, std::size_t memory = std::numeric_limits<std::size_t>::max())
        : webhook_ttl_(webhook_ttl), memory_(memory) {}

    void set_webhook_ttl(duration ttl) { webhook_ttl_ = ttl; }

    // Takes in one notice. API alerts are kept per startsAt, so that two Prometheus with the same rules do
    // not flip an alert; webhook alerts are a source of their own. A notice without startsAt speaks of
    // whatever fires.
    applied apply(alert_notice const& notice, time_point now);

    // Takes in an alert that somebody else has kept, our local storage or another autoscaler, and that was
    // heard of at `heard_at` last: one of a webhook unless a webhook has spoken of it since; one of the API
    // that has not run out, unless its stretch is known.
    applied preload(alert_notice const& kept, time_point heard_at, time_point now);

    // A whole list has been applied at `now`: what was listed before and is not any more runs out.
    void end_unlisted(time_point now);

    // Whether an alert with exactly these labels does.
    bool fires(label_set labels, time_point now) const;

    // The same as far as a webhook has said so.
    bool fires_by_webhook(label_set labels, time_point now) const;

    // What others may take over of an alert: what fires, and what a webhook has ended.
    std::vector<alert_stretch> stretches_of(handle which, time_point now) const;

    status status_of(handle which, time_point now) const;

    alert_text const& text_of(handle which) const { return entries_[which].text; }

    // How a list shows the times of an alert that fires.
    listed_times times_of(handle which, time_point now) const;

    // What the alert costs its owner besides, in bytes, instead of what was said before.
    void charge(handle which, std::size_t bytes);

    // Removes alerts that ended long ago, telling each before it goes, and notes expiries.
    void sweep(time_point now, std::function<void(handle)> const& on_removed);

    // An alert may have run out since the last sweep: only a sweep can tell.
    bool sweep_due(time_point now) const { return earliest_end_ && *earliest_end_ <= now; }

    // The latest moment, up to the last sweep, at which any alert ran out without a resolved notice.
    std::optional<time_point> latest_expiry() const { return latest_expiry_; }

    // The clock was set back to `now`: nothing was heard after it.
    void set_back(time_point now);

    // The clock was set, forward or back, `by` this much: what fires goes on as long as it would have, and
    // what its sender says next is understood also where his clock was not set.
    void shift(duration by);

    std::size_t size() const { return known_; }

    // What it takes, in bytes, and how many notices of new alerts were refused for want of memory.
    std::size_t bytes() const { return bytes_; }

    std::uint64_t refused() const { return refused_; }

    std::size_t count_firing(time_point now) const;

    // Visits every known label set.
    void for_each(std::function<void(handle)> const& visit) const;

private:
    static constexpr time_point never = time_point::min(); // compared only

    // One stretch of firing that one source told us of.
    struct activation {
        time_point starts_at;
        time_point ends_at;
        std::optional<time_point> resolved_at; // when the resolved notice came
        alert_source source = alert_source::api;
        bool explicit_end = false;
        bool superseded = false;  // a listed one that was pushed since: its end says nothing
        duration offset{};        // by which our clock was set since it began: a sender's may not have been
        duration validity{};      // how far ahead of us its sender has last said that it ends
        time_point heard_at{};    // of a webhook: its last word
        time_point first_heard{}; // it has fired since then, whatever clock its start was told by
    };

    struct entry {
        alert_text text;
        std::size_t hash;
        std::vector<activation> activations{};         // few: one per startsAt that is alive or was of late
        time_point heard_at = never;                   // never: only kept by local storage
        std::optional<time_point> resolved_heard_at{}; // the last resolved notice, repeated ones too
        listed_times listed{};
        time_point ended_at = never; // its place in ended_; never: none, it fires
        std::uint32_t charged = 0;
    };

    static std::size_t hash_of(label_set labels);
    static std::size_t cost_of(entry const& what);
    static bool fires(entry const& what, time_point now);
    static status status_of(entry const& what, time_point now);
    static time_point end_of(activation& of, time_point told, time_point now);
    static void apply_api(entry& to, alert_notice const& notice, time_point now, bool& dropped);
    void apply_webhook(entry& to, alert_notice const& notice, time_point now, bool& dropped) const;
    static void end_timeouts(entry& of, time_point ends_at, time_point now);
    static void apply_listed(entry& to, time_point now, bool& dropped);
    void supersede_listed(label_set pushed, time_point now);
    void take_in(entry& to, alert_notice const& notice, time_point now, bool& dropped);
    void note_end(entry const& of, time_point now);
    void note_times(entry& of, alert_notice const& notice, time_point now);
    void note_ended(handle which, time_point now);
    handle find(label_set labels, std::size_t hash) const; // nobody: not known
    bool find_or_add(alert_notice const& notice, applied& result, time_point now);
    bool make_room(std::size_t bytes, std::vector<handle>& forgotten, time_point now);
    void remove(handle which);
    void grow_index();
    void insert_into_index(handle which);
    void remove_from_index(handle which);

    duration webhook_ttl_;
    std::size_t memory_;
    std::vector<entry> entries_;
    std::vector<handle> listed_; // entries that a list has opened
    std::vector<handle> free_;   // places in entries_ that were removed
    // Open addressing with linear probing; a power of two of places, at most half full.
    std::vector<handle> index_;
    std::set<std::pair<time_point, handle>> ended_; // those that do not fire, the longest ended first
    std::size_t known_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t refused_ = 0;
    std::optional<time_point> latest_expiry_;
    std::optional<time_point> earliest_end_; // no firing alert runs out before this
};

} // namespace autoscaler::policy
