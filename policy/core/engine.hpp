// The engine turns events into actions: it follows alerts and services, asks decide(), and keeps at most one
// inspect or update under way for each service. It owns the alert store and all histories. It reads no clock,
// does no I/O, starts no thread and never throws; one thread calls it.
#pragma once

#include "policy/core/agenda.hpp"
#include "policy/core/alert_store.hpp"
#include "policy/core/event.hpp"
#include "policy/core/listed_alert.hpp"
#include "policy/core/roster.hpp"
#include "policy/core/silence_book.hpp"
#include "policy/core/status.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy {

// Every service is observed at least this often, whatever the events say: they wake us, inspection is the
// truth.
inline constexpr duration resync_interval = std::chrono::seconds(15);

struct engine_options {
    std::string instance; // unique among all autoscalers of the swarm: names the writer in the state label
    bool dry_run = false; // decide and say so, never write
    // A step rule moves a service only on a sample that was taken at least `every` after its last change. Off
    // where each decision brings its own sample: policy tests.
    bool old_samples_wait = true;
    // After a silence of the monitoring: how long it takes until what it does not say is an all-clear. A
    // Prometheus that has restarted needs scrapes, and the rule's `for`, before its alerts fire again.
    duration source_settle = std::chrono::minutes(5);
    // From the first look at a service: how long event::switches_read is waited for before anything is
    // decided.
    duration switches_patience{};
    // By how much the clocks of autoscalers may differ: what another has done counts from so much later than
    // its clock said, at most from when we have seen it. See history.hpp.
    duration clock_tolerance{};
    // Tasks that crash run in between: they count as crashing until none was seen to for so long.
    duration crash_memory{};
    // What all alerts together may take, in bytes. Where a new one does not fit, those that ended longest ago
    // are forgotten, and if that is not enough it is refused.
    std::size_t alert_memory = std::size_t{256} << 20U;
};

struct signal_sum;

class engine {
public:
    engine(engine_options options, std::shared_ptr<policy_set const> policies, time_point now);

    // Applies one event and returns what the driver must do, in order.
    std::vector<any_action> on(any_event const& what);

    // Hands over what local storage has kept of a service: `group` is "" for its live policies, else the
    // policy in dry run. It counts at the first observation of that service, if the state label (or, after a
    // deploy, that of PreviousSpec) is the one that it was kept with, is gone, or is older. Its episodes wait
    // for a word of their sources, unless they are known to have been heard up to now.
    void preload(std::string service_id, std::string group, history saved, bool heard = false);

    // The same of a policy whose services alerts name: it was attached to this one, and stays so until what
    // it began there is done. Nothing where the policies do not know such a pair.
    void preload_attachment(std::string const& policy, std::string const& service);

    // A webhook alert that local storage has kept, last heard of at `heard_at`: its time to live runs from
    // there. It counts as no word of any other source, which loaded episodes still wait for.
    void preload_alert(alert_notice const& kept, time_point heard_at);

    // For the API; a copy, so that answers do not depend on what happens next.
    std::vector<service_status> services(time_point now) const;

    // Whether an alert with exactly these labels fires, silenced or not.
    bool fires(label_set labels, time_point now) const { return store_.fires(labels, now); }

    // The same as far as a webhook has said so.
    bool fires_by_webhook(label_set labels, time_point now) const {
        return store_.fires_by_webhook(labels, now);
    }

    std::size_t active_alerts(time_point now) const { return store_.count_firing(now); }

    // Of those that fire, how many an active silence covers.
    std::size_t silenced_alerts(time_point now) const;

    // How many notices of new alerts were refused because alert_memory is used up, in all.
    std::uint64_t alerts_refused() const { return store_.refused(); }

    // What alerts take now, in bytes, as alert_memory counts it.
    std::size_t alert_bytes() const { return store_.bytes(); }

    // The alerts that fire, in no order; the views live for the call.
    void visit_alerts(time_point now, std::function<void(listed_alert const&)> const& visit) const;

    // What other autoscalers may take over: the alerts that fire, and those that a webhook has ended of late.
    void visit_stretches(
        time_point now, std::function<void(listed_alert const&, std::span<alert_stretch const>)> const& visit
    ) const;

    // What local storage keeps of services that were seen; takes the arguments of preload().
    void visit_memories(
        std::function<void(std::string_view service_id, std::string_view group, history const& memory)> const&
            visit
    ) const;

    // The same of preload_attachment().
    std::set<attachment> const& attachments() const { return attached_; }

    policy_set const& policies() const { return *policies_; }

private:
    // Events.
    void handle(event::alerts_received const& what);
    void handle(event::service_observed const& what);
    void handle(event::update_finished const& what);
    void handle(event::sample_received const& what);
    void handle(event::alerts_listed const& what);
    void handle(event::node_joined const& what);
    void handle(event::post_finished const& what);
    void handle(event::service_changed const& what);
    void handle(event::swarm_reached const& what);
    void handle(event::policy_replaced const& what);
    void handle(event::silences_changed const& what);
    void handle(event::pauses_changed const& what);
    void handle(event::switches_read const& what);
    void handle(event::tick const& what);
    void handle(event::clock_set const& what);

    // One service: engine_service.cpp.
    void observed(track& of, service_view view);
    bool decided_elsewhere(track& of, service_view const& view);
    bool is_stale(track& of, service_view const& view);
    bool remember(track& of, service_view const& view);
    history first_memory(group const& of, service_view const& view);
    void settle_overwritten(track& of, service_view const& view);
    void settle_doubtful_write(track& of, service_view const& view);
    void note_deploy(track& of, service_view const& view);
    void note_rollbacks(track& of, service_view const& view);
    void note_stuck(track& of, service_view& view);
    std::optional<time_point> next_count(track const& of) const;
    std::optional<time_point> decide_group(track& of, group& which, service_view const& view, bool joined);
    bool decide_acts(track& of, group& which, std::vector<decision> acts);
    void write(track& of, group& live, decision chosen);
    action::post message_of(track const& of, decision const& what) const;
    void report_act(group& which, decision made);
    void accepted(track& of);
    void missed(track& of, reason why, std::string const& error, duration retry);
    void report(group& which, decision made);
    bool is_ours_to_tell(group const& which, decision const& made) const;
    void add_value(rule_signal& signal, query_source const& query, poll const& of) const;
    std::vector<policy_input> inputs_of(track const& of, group const& which) const;
    rule_signal signal_of(rule const& what, track const& of) const;
    void add_signal(signal_sum& sum, rule_slot const& slot) const;

    // What is shown: engine_status.cpp.
    service_status status_of(track const& of, time_point now) const;

    // What is listed: engine_listing.cpp.
    struct listing_space {
        std::vector<label> labels;
        std::vector<label> annotations;
        std::vector<std::string> silenced_by;
    };

    listed_alert listed(alert_store::handle which, time_point now, listing_space& space) const;

    // Alerts.
    void hear_liveness(alert_notice const& notice, alert_store::applied const& applied);
    void admit(alert_store::applied const& applied);
    void enlist(alert_store::handle which);
    void touch_owners(alert_store::handle which);
    void touch_services_of(std::vector<alert_store::handle> const& news);
    void sweep();
    void rebuild();

    // What people have switched off: engine_silences.cpp.
    using pause_list = std::shared_ptr<std::vector<service_pause> const>;

    bool waits_for_switches();
    silence_book::all_alerts known_alerts();
    static std::optional<service_pause>
    pause_in_force(pause_list const& among, std::string_view service, time_point now);

    // Prometheus: engine_sources.cpp.
    bool live() const;
    void note_life(std::optional<time_point> last, duration patience);
    bool after_expiry(time_point sign) const;
    void plan_polls(track& of);
    void delay_polls(track& of);
    void ask_queries(track& of);
    void ask_for_alerts();
    bool watches_prometheus() const;
    void schedule_polls(track const& of);

    // Policies whose services alerts name: engine_attach.cpp.
    bool attach(alert_store::handle which);
    bool attach_firing();
    void detach();
    bool is_done(attachment const& what);

    // Whom to ask, and when.
    void set_back(time_point now);
    void replan(time_point now);
    void touch(track& of);
    void ask(track& of, bool tasks);

    void wake(track const& of, time_point when) { agenda_.set(of.index, when); }

    duration back_off(track const& of, unsigned failures, duration first, duration last) const;
    bool needs_tasks(track const& of) const;

    engine_options options_;
    std::shared_ptr<policy_set const> policies_;
    alert_store store_;
    roster roster_;
    std::map<std::pair<std::string, std::string>, history> saved_; // by service ID and group
    agenda agenda_;                                                // of inspections
    agenda polls_;                                                 // of queries
    silence_book silences_;
    pause_list pauses_;
    bool switches_read_ = false;
    std::optional<time_point> first_look_;             // at any service
    std::vector<std::vector<std::uint32_t>> slots_of_; // by alert handle: the rule slots that it matches
    std::set<attachment> attached_;
    std::optional<time_point> last_liveness_;
    std::optional<time_point> listed_at_;  // the last time that Prometheus has listed its alerts
    std::optional<time_point> life_since_; // the first sign of life after the latest expiry of any alert
    std::optional<time_point> list_due_;
    std::optional<time_point> reconcile_due_; // from when on a list opens and confirms alerts
    bool listing_ = false;                    // a list is under way
    bool old_list_ = false;                   // it was asked of another Prometheus than the present one
    std::optional<time_point> latest_expiry_; // of any alert
    time_point last_sweep_;
    std::optional<time_point> woken_at_; // the last action::wake_at
    std::uint64_t writes_ = 0;           // the COUNTER of the writer's name

    time_point now_; // of the event at hand
    std::vector<any_action> actions_;
    std::vector<label> scratch_;
};

} // namespace autoscaler::policy
