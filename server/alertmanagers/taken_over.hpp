// The alerts that another Alertmanager had when we began to ask it, until each of them ends. Alerts that come
// up there later are for its webhook to bring. Pure: bodies in, notices out.
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
    // every alert, later those of them that are still listed, and as resolved those that are not. Returns ""
    // or what is wrong with the body, which then changes nothing.
    std::string read(std::string const& body, policy::time_point now, deliver const& to);

    // All of them have ended.
    bool over() const { return begun_ && open_.empty(); }

private:
    using label_list = std::vector<std::pair<std::string, std::string>>; // sorted by name

    void tell_resolved(
        label_list const& labels, policy::time_point since, policy::time_point now, deliver const& to
    ) const;

    alertmanager::alert_decoder decoder_;
    bool begun_ = false;
    std::map<label_list, policy::time_point> open_; // with its startsAt, by which it ends
};

} // namespace autoscaler::server::alertmanagers
