// What GET /alerts and /alerts/groups answer: the alerts that a query asks for, in Alertmanager's order, as
// JSON. No state: everything is an argument.
#pragma once

#include "server/alertmanager/backend.hpp"
#include "server/alertmanager/url_query.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace autoscaler::server::alertmanager {

// Which alerts a query wants. Nothing here is inhibited, muted or unprocessed: such flags change nothing.
struct alert_query {
    bool active = true;   // those that no silence covers
    bool silenced = true; // those that one covers
    std::vector<policy::matcher> filters;
    std::optional<policy::matcher> receiver; // on the name of a receiver

    bool wants(policy::listed_alert const& alert) const;
    bool wants_receiver(std::string_view name) const;
};

// The query of a URL, or Alertmanager's words for what is wrong with it.
std::variant<alert_query, std::string> read_alert_query(url_query const& query);

// `[alert,...]` by fingerprint.
std::string list_alerts(backend const& from, alert_query const& query, policy::time_point now);

// `[group,...]` by labels, then receiver; within a group by job, instance and labels.
std::string list_groups(backend const& from, alert_query const& query, policy::time_point now);

} // namespace autoscaler::server::alertmanager
