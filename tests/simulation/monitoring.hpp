// What really fires and what the load really is, and the Prometheus and the webhooks that tell of it: late,
// twice, in another order, to some autoscalers and not to others, or not at all.
#pragma once

#include "tests/simulation/autoscaler.hpp"
#include "tests/simulation/stage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::simulation {

class monitoring {
public:
    monitoring(stage& on, std::vector<std::string> services);

    void connect(std::vector<std::unique_ptr<autoscaler>> const& all) { all_ = &all; }

    void start();

    // Something begins or ends.
    void happen();

    // An autoscaler hears nothing for this long.
    void deafen(std::size_t which, duration time);

    void die(duration time);

    // Everybody hears everything. From here on just these fire: alert and service.
    void calm_down(std::vector<std::pair<std::string, std::string>> const& fire);

    void query(autoscaler& by, policy::action::query what);
    void list_alerts(autoscaler& by);
    void post(autoscaler& by, policy::action::post what);

    // Since when the alert fires, in truth.
    std::optional<time_point> fires(std::string const& alert, std::string const& service) const;

private:
    struct truth {
        time_point since;
        std::optional<time_point> over;
        bool by_webhook = false;
    };

    using key = std::pair<std::string, std::string>; // alert and service

    void change(key const& which);
    void begin(key const& which, bool by_webhook);
    void repeat();
    void repeat_webhooks();
    void tell(key const& which, truth const& what);
    told_alert notice(key const& which, truth const& what) const;
    void deliver(std::vector<told_alert> const& alerts);
    void deliver_to(std::size_t which, std::vector<told_alert> const& alerts);
    void relay(std::vector<told_alert> const& alerts);
    void wander();
    bool hears(std::size_t which) const;

    stage& stage_;
    std::vector<std::string> services_;
    std::vector<std::unique_ptr<autoscaler>> const* all_ = nullptr;
    std::map<key, truth> alerts_;
    std::map<std::string, double> load_;
    std::map<std::size_t, time_point> deaf_until_;
    time_point dead_until_;
    duration resend_;
    bool webhooks_ = false;
};

} // namespace autoscaler::simulation
