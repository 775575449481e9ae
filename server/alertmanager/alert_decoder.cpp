#include "server/alertmanager/alert_decoder.hpp"

#include "server/alertmanager/alert_reader.hpp"
#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/request_uri.hpp"

namespace autoscaler::server::alertmanager {

namespace {

namespace dom = simdjson::dom;

// Alertmanager's default of global.resolve_timeout: the end of an alert that says none.
constexpr std::int64_t resolve_timeout_seconds = 300;

// Go's name of the type that each element of a v2 body is decoded into first.
constexpr std::string_view v2_element =
    R"(struct { Annotations models.LabelSet "json:\"annotations,omitempty\""; EndsAt strfmt.DateTime )"
    R"("json:\"endsAt,omitempty\""; StartsAt strfmt.DateTime "json:\"startsAt,omitempty\"" })";

http::response v1_error(std::string_view message, unsigned status = 400) {
    std::string body = R"({"status":"error","errorType":"bad_data","error":)";
    append_json_string(body, message, true);
    body += '}';
    return http::json(status, std::move(body));
}

http::response unreadable(api_version version, std::string_view because) {
    return version == api_version::v1
               ? v1_error(because)
               : v2_fault(400, 400, "parsing alerts body from \"\" failed, because " + std::string(because));
}

std::optional<policy::time_point> to_notice(std::optional<instant> const& when) {
    return when ? std::optional(when->rounded_down()) : std::nullopt;
}

} // namespace

std::string_view to_string(api_version version) {
    return version == api_version::v1 ? "v1" : "v2";
}

class alert_decoder::state {
public:
    explicit state(alert_limits const& limits) : limits_(limits) {}

    decoded_alerts decode(api_version version, std::string_view body, policy::time_point now, bool single);

    void trim() {
        arena_.trim();
        document_.trim();
    }

private:
    std::string read_body(dom::element root, bool single);
    std::string read_alert(dom::element alert);
    void end_single(dom::element alert, alert_fields& into) const;
    void judge(alert_fields const& alert);
    std::string reason_against(alert_fields const& alert);
    http::response answer() const;

    alert_limits limits_;
    json_document document_{limits_.nesting};
    notice_arena arena_;
    // Of the body at hand:
    api_version version_ = api_version::v2;
    instant now_;
    bool single_ = false;
    bool too_many_ = false; // alerts
    std::size_t index_ = 0;
    std::string kept_fault_; // v1: told only when nothing stops the decoding earlier
    http::response
        unprocessable_; // v2: a fault of the whole batch, told only when all of it could be decoded
    std::vector<std::string> refused_;
};

// A single alert is written by hand, and whoever writes "resolved" means it; in an array the word is unknown,
// as Alertmanager has it.
void alert_decoder::state::end_single(dom::element alert, alert_fields& into) const {
    std::string_view status;
    if (alert["status"].get(status) == simdjson::SUCCESS && status == "resolved" && !into.ends_at)
        into.ends_at = now_;
}

// Returns the fault for which the whole body is refused, or "".
std::string alert_decoder::state::read_alert(dom::element alert) {
    arena_.begin();
    dom::object fields;
    if (alert.is_null()) {
        refused_.push_back("alert " + std::to_string(index_) + " is null, expected an object with labels");
        return {};
    }
    if (alert.get(fields) != simdjson::SUCCESS) {
        std::string fault = cannot_unmarshal(
            alert, "value of type " + std::string(version_ == api_version::v2 ? v2_element : "types.Alert")
        );
        if (version_ == api_version::v2)
            return fault;
        if (kept_fault_.empty())
            kept_fault_ = std::move(fault);
        return {};
    }

    alert_fields read;
    alert_faults const found = read_alert_fields(version_, fields, read, arena_);
    if (single_)
        end_single(alert, read);
    if (version_ == api_version::v2) {
        if (std::string fault = found.first(); !fault.empty())
            return fault;
    } else {
        if (!found.at(alert_faults::rank::first_at_once).empty())
            return found.at(alert_faults::rank::first_at_once);
        if (kept_fault_.empty())
            kept_fault_ = found.at(alert_faults::rank::first_kept);
    }
    judge(read);
    return {};
}

std::string alert_decoder::state::reason_against(alert_fields const& alert) {
    instant const start = alert.starts_at.value_or(alert.ends_at.value_or(now_));
    instant const end =
        alert.ends_at.value_or(instant{now_.seconds + resolve_timeout_seconds, now_.nanoseconds, 0});
    if (end < start)
        return "start time must be before end time";
    arena_.settle();
    if (arena_.nameless_label())
        return R"(invalid label set: invalid name "")";
    if (!arena_.has_labels())
        return "at least one label pair required";
    if (arena_.nameless_annotation())
        return R"(invalid annotations: invalid name "")";
    if (std::string fault = arena_.beyond(limits_); !fault.empty())
        return fault;
    if (alert.generator_url.size() > limits_.value)
        return "generatorURL too long: " + std::to_string(alert.generator_url.size()) +
               " bytes (limit: " + std::to_string(limits_.value) + ")";
    return {};
}

void alert_decoder::state::judge(alert_fields const& alert) {
    if (version_ == api_version::v2 && unprocessable_.status == 200) {
        std::string const place = std::to_string(index_);
        if (!alert.generator_url.empty() && !is_request_uri(alert.generator_url))
            unprocessable_ = v2_fault(
                422, 601, place + ".generatorURL in body must be of type uri: " + quoted(alert.generator_url)
            );
        else if (!alert.has_labels)
            unprocessable_ = v2_fault(422, 602, place + ".labels in body is required");
    }

    alert_fields said = alert;
    for (auto* const when : {&said.starts_at, &said.ends_at})
        if (*when && (*when)->is_zero())
            when->reset();
    if (std::string reason = reason_against(said); !reason.empty()) {
        refused_.push_back(std::move(reason));
        return;
    }
    policy::alert_notice notice;
    notice.source = policy::alert_source::api;
    notice.generator_url = said.generator_url;
    notice.starts_at = to_notice(said.starts_at);
    notice.ends_at = to_notice(said.ends_at);
    notice.ends_zone = said.ends_at ? said.ends_at->zone : std::int16_t{0};
    // An alert without a start begins when it ends, to Alertmanager.
    notice.starts_zone = said.starts_at ? said.starts_at->zone : notice.ends_zone;
    arena_.keep(notice);
}

std::string alert_decoder::state::read_body(dom::element root, bool single) {
    if (root.is_null())
        return {};
    single_ = single && root.is_object();
    index_ = 0;
    if (single_)
        return read_alert(root);
    dom::array alerts;
    if (root.get(alerts) != simdjson::SUCCESS)
        return cannot_unmarshal(
            root,
            version_ == api_version::v2 ? "value of type models.PostableAlerts"
                                        : "value of type []*types.Alert"
        );
    too_many_ = alerts.size() > limits_.alerts;
    if (too_many_)
        return "too many alerts: " + std::to_string(alerts.size()) +
               " in one body (limit: " + std::to_string(limits_.alerts) + ")";
    for (auto const each : alerts) {
        if (std::string fault = read_alert(each); !fault.empty())
            return fault;
        ++index_;
    }
    return kept_fault_;
}

http::response alert_decoder::state::answer() const {
    bool const v2 = version_ == api_version::v2;
    if (refused_.empty())
        return v2 ? http::response{} : http::json(200, R"({"status":"success"})");
    std::string reasons;
    for (auto const& each : refused_)
        reasons += (reasons.empty() ? "" : "; ") + each;
    return v2 ? http::json(400, json_string(reasons, false) + "\n") : v1_error(reasons);
}

decoded_alerts alert_decoder::state::decode(
    api_version version, std::string_view body, policy::time_point now, bool single
) {
    version_ = version;
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
    now_ = {
        seconds.time_since_epoch().count(),
        static_cast<std::int32_t>(std::chrono::nanoseconds(now - seconds).count()),
        0
    };
    arena_.clear();
    kept_fault_.clear();
    refused_.clear();
    unprocessable_ = {};

    decoded_alerts result;
    auto const refuse = [&](http::response answer) {
        result.unreadable = true;
        result.answer = std::move(answer);
        return std::move(result);
    };
    switch (document_.read(body)) {
    case go_json::kind::empty:
        return refuse(
            version == api_version::v1 ? v1_error("EOF") : v2_fault(422, 602, "alerts in body is required")
        );
    case go_json::kind::invalid:
        return refuse(unreadable(version, document_.error()));
    case go_json::kind::value:
        break;
    }
    too_many_ = false;
    std::string const fault = read_body(document_.root(), single);
    if (too_many_)
        return refuse(version == api_version::v1 ? v1_error(fault, 413) : v2_fault(413, 413, fault));
    if (!fault.empty())
        return refuse(unreadable(version, fault));
    if (unprocessable_.status != 200)
        return refuse(std::move(unprocessable_));
    result.notices = arena_.finish();
    result.answer = answer();
    result.refused = std::move(refused_);
    return result;
}

alert_decoder::alert_decoder(alert_limits limits) : state_(std::make_unique<state>(limits)) {}

alert_decoder::~alert_decoder() = default;

decoded_alerts
alert_decoder::decode(api_version version, std::string_view body, policy::time_point now, bool single) {
    return state_->decode(version, body, now, single);
}

void alert_decoder::trim() {
    state_->trim();
}

} // namespace autoscaler::server::alertmanager
