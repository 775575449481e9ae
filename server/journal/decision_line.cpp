#include "server/journal/decision_line.hpp"

#include "policy/core/label.hpp"

namespace autoscaler::server {

namespace {

std::string joined(std::vector<std::uint64_t> const& fingerprints) {
    std::string text;
    for (auto const each : fingerprints) {
        if (!text.empty())
            text += ',';
        text += policy::to_hex(each);
    }
    return text;
}

} // namespace

log::level level_of(policy::decision const& what) {
    switch (what.why) {
    case policy::reason::swarm_unavailable:
    case policy::reason::service_not_found:
    case policy::reason::not_replicated:
    case policy::reason::bounds_conflict:
    case policy::reason::action_failed:
        return log::level::warn;
    default:
        return log::level::info;
    }
}

std::string_view message_of(policy::decision const& what) {
    switch (what.action) {
    case policy::decided_action::up:
    case policy::decided_action::down:
        return "scaled";
    case policy::decided_action::restart:
        return "restarted";
    case policy::decided_action::webhook:
        return "webhook called";
    case policy::decided_action::hold:
        break;
    }
    if (what.why == policy::reason::action_failed)
        return "webhook failed";
    return what.why == policy::reason::dry_run ? "dry run" : "held";
}

decision_fields::decision_fields(policy::decision const& what) : alerts_(joined(what.alerts)) {
    fields_ = {
        {"service", what.service},
        {"policy", what.policy},
        {"rule", what.rule},
        {"action", to_string(what.action)},
        {"from", what.from},
        {"to", what.to},
        {"reason", to_string(what.why)},
        {"alert", alerts_},
    };
    if (what.would)
        fields_.push_back({"would", *what.would});
    if (what.dry_run)
        fields_.push_back({"dry_run", "true"});
    if (what.version != 0)
        fields_.push_back({"version", what.version});
    if (!what.error.empty())
        fields_.push_back({"error", what.error});
}

} // namespace autoscaler::server
