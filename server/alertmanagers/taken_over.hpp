// The alerts that another Alertmanager had when we began to ask it, until each of them ends. Alerts that come
// up there later are for its webhook to bring. That one is not listed any more says nothing: an Alertmanager
// that has restarted lists none. It runs out then. Pure: bodies in, notices out.
#pragma once

#include "policy/core/alert.hpp"
#include "server/alertmanager/alert_decoder.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::alertmanagers {

class taken_over {
public:
    using deliver = std::function<void(std::span<policy::alert_notice const>)>;

    // `body`: an answer to GET /api/v2/alerts. What is told to `to`, as views for that call: the first time
    // every alert, later those of them that are still listed. One that is not ends when it was said to, or
    // after policy::resolve_timeout if that is sooner. Returns "" or what is wrong with the body, which then
    // changes nothing.
    std::string read(std::string const& body, policy::time_point now, deliver const& to);

    // Something was read: from now on the alerts are asked for that are silenced or inhibited there, too. A
    // silence over there ends nothing.
    bool begun() const { return begun_; }

    // All of them have ended.
    bool over() const { return begun_ && open_.empty(); }

private:
    using label_list = std::vector<std::pair<std::string, std::string>>; // sorted by name

    struct stretch {
        policy::time_point since; // its startsAt, by which it ends
        policy::time_point ends_at;
        bool listed = true; // by the last answer
    };

    static void
    tell_end(label_list const& labels, stretch const& of, policy::time_point ends_at, deliver const& to);
    void run_out(policy::time_point now, deliver const& to);

    alertmanager::alert_decoder decoder_;
    bool begun_ = false;
    std::map<label_list, stretch> open_;
};

} // namespace autoscaler::server::alertmanagers
