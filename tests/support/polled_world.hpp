// A random world around an engine that uses the whole language: two services, one of them named by alerts
// only; a Prometheus that is slow, dies, and answers nonsense; deploys, operators, nodes, reloads, restarts.
// Every event is kept, so that another engine can be told the same. Everything follows from the seed.
#pragma once

#include "policy/core/engine.hpp"
#include "support/random_policy.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::policy::testing {

class polled_world {
public:
    explicit polled_world(unsigned seed, bool dry_run = false);

    // Lets things happen at random for this long.
    void live(duration time);

    // Broken promises, none in a good run.
    std::vector<std::string> const& violations() const { return violations_; }

    // How often each reason was told, and each kind of action was asked for.
    std::map<reason, int> const& reasons() const { return reasons_; }

    std::map<std::string, int> const& asked() const { return asked_; }

    // Other engines that hear the same events, and whether they ask for the same.
    bool replays() const;

private:
    using listener = std::function<std::vector<any_action>(engine&)>;

    struct told { // one event, and what the engine asked for
        listener event;
        std::string answer;
    };

    struct life { // of one engine, from start to restart
        std::shared_ptr<policy_set const> file;
        time_point began;
        std::vector<told> events;
    };

    struct service {
        service_view view;
        double load = 50;
        std::optional<std::int64_t> seen;      // replicas as the engine knows them
        std::optional<time_point> last_change; // as the engine knows of it
    };

    using rule_key = std::array<std::string, 3>; // service, policy, rule

    struct answered {
        time_point asked;
        query_answer what;
    };

    void at(time_point when, std::function<void()> what);
    void boot();
    std::unique_ptr<engine> start(life const& from) const;
    void tell(listener event);
    void carry_out(action::inspect const& what);
    void carry_out(action::update const& what);
    void carry_out(action::query const& what);
    void carry_out(action::list_alerts const& what);
    void carry_out(action::post const& what);
    void carry_out(action::wake_at const& what);
    void carry_out(action::record const& what);
    bool apply(action::update const& what);
    query_answer answer_to(service const& of);

    void happen();
    void change_alert();
    void change_service(service& which);
    void reload();
    void repeat_alerts();
    void send(std::vector<alert_spec> alerts);

    // The promises: polled_promises.cpp.
    void check(action::update const& what);
    void check_value(action::update const& what);
    std::vector<service_policy const*> policies_of(std::string const& service) const;
    service_policy const* policy_named(std::string const& name) const;
    void broken(std::string const& promise);

    dice random_;
    bool dry_run_;
    time_point now_ = t0;
    std::multimap<time_point, std::function<void()>> agenda_;
    std::array<std::shared_ptr<policy_set const>, 2> files_; // that reloads change between
    std::shared_ptr<policy_set const> file_;
    std::unique_ptr<engine> machine_;
    std::vector<life> lives_;
    std::map<std::string, service> services_;                          // by full name
    std::map<std::pair<std::string, std::string>, alert_spec> firing_; // by alertname and svc
    bool prometheus_lives_ = true;
    std::map<rule_key, answered> answers_;
    std::multiset<std::string> in_flight_;
    std::set<std::string> claimed_; // writers whose webhook write was accepted
    int posts_ = 0;
    int reloads_ = 0;
    int wakes_ = 0;
    std::map<reason, int> reasons_;
    std::map<std::string, int> asked_;
    std::vector<std::string> violations_;
};

} // namespace autoscaler::policy::testing
