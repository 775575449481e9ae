// An engine under test and the Swarm it talks to, one step at a time: events go in, the actions that come out
// are sorted by kind and checked for the engine's promises (one flight per service).
#pragma once

#include "policy/core/engine.hpp"
#include "support/core_values.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::policy::testing {

class engine_rig {
public:
    explicit engine_rig(
        std::shared_ptr<policy_set const> policies, engine_options options = {.instance = "me"}
    );

    engine machine;
    time_point now = t0;

    // What came out, oldest first; tests take out what they expect.
    std::deque<action::inspect> inspects;
    std::deque<action::update> updates;
    std::deque<decision> records;
    std::deque<action::query> queries;
    std::deque<action::post> posts;
    int lists = 0;                  // asked for and not answered
    std::optional<time_point> wake; // the last wake_at

    // Events, at `now`.
    void tick();
    void hear(std::vector<alert_spec> alerts);
    void changed(std::string id, std::string name = "");
    void reload(std::shared_ptr<policy_set const> policies);
    void silence(std::vector<policy::silence> all);
    void pause(std::vector<service_pause> all);
    void switches_read();
    void clock_was_set(duration by);
    void observe(service_view view, std::string service = "web");
    void not_found(std::string service = "web");
    void unavailable(std::string error, std::string service = "web");
    void finish(event::update_result result, std::string error = "", std::string service = "web");

    void node_joined();
    void posted(decision what, std::string error = "");

    // The answer to `what`, sent and given now unless another time of sending is said.
    void answer(action::query const& what, query_answer answer, std::optional<time_point> asked = {});

    // The answer to the list of alerts that was asked for.
    void list(std::vector<alert_spec> alerts, std::string error = "");

    // Time goes on to the wake-up that was asked for, and the engine is woken.
    void sleep();

    // Takes out the one action that is expected; fails the test where it is not there.
    action::inspect take_inspect();
    action::update take_update();
    decision take_record();
    action::query take_query();
    action::post take_post();

    // Time goes on to `when` and no further, by the wake-ups that were asked for; whatever is asked meanwhile
    // waits.
    void sleep_until(time_point when);

    // No action waits to be taken.
    bool idle() const {
        return inspects.empty() && updates.empty() && records.empty() && queries.empty() && posts.empty() &&
               lists == 0;
    }

    // Asks, shows `view`, and gives back what the engine decided last about the service.
    decision look(service_view view, std::string const& service = "web");

    // A write is expected: Swarm accepts it. Gives back what `view` has become.
    service_view accept(service_view view);

    decision last(std::string const& service = "web") const;

private:
    void on(any_event const& what);

    std::map<std::string, int> under_way_;            // inspects and updates, by service
    std::map<std::array<std::string, 4>, int> asked_; // queries without an answer
};

// What a service becomes by a write.
service_view written(service_view view, action::update const& by);

} // namespace autoscaler::policy::testing
