#include "server/alertmanager/alert_decoder.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/go_time.hpp"
#include "server/alertmanager/json_document.hpp"
#include "server/alertmanager/notice_arena.hpp"
#include "server/alertmanager/request_uri.hpp"

namespace autoscaler::server::alertmanager {

namespace {

namespace dom = simdjson::dom;
using namespace std::string_view_literals;

// Alertmanager's default of global.resolve_timeout: the end of an alert that says none.
constexpr std::int64_t resolve_timeout_seconds = 300;

// Go's name of the type that each element of a v2 body is decoded into first.
constexpr std::string_view v2_element =
    R"(struct { Annotations models.LabelSet "json:\"annotations,omitempty\""; EndsAt strfmt.DateTime )"
    R"("json:\"endsAt,omitempty\""; StartsAt strfmt.DateTime "json:\"startsAt,omitempty\"" })";

// Which of several faults of one alert Alertmanager reports. API v2 decodes an alert in two passes, and
// within one a fault of a field with a decoder of its own ends it at once, while one of another type is kept
// until its end.
enum class rank { first_at_once, first_kept, second_at_once, second_kept, count };

class faults {
public:
    template<typename Text>
    void add(rank where, Text text) {
        auto& place = texts_[static_cast<std::size_t>(where)];
        if (place.empty())
            place = text();
    }

    std::string const& at(rank where) const { return texts_[static_cast<std::size_t>(where)]; }

    std::string first() const {
        for (auto const& each : texts_)
            if (!each.empty())
                return each;
        return {};
    }

private:
    std::array<std::string, static_cast<std::size_t>(rank::count)> texts_;
};

std::string cannot_unmarshal(dom::element value, std::string_view into) {
    return "json: cannot unmarshal " + std::string(go_type(value)) + " into Go " + std::string(into);
}

http::response v2_error(unsigned status, int code, std::string_view message) {
    std::string body = R"({"code":)" + std::to_string(code) + R"(,"message":)";
    append_json_string(body, message, true);
    body += '}';
    return http::json(status, std::move(body));
}

http::response v1_error(std::string_view message) {
    std::string body = R"({"status":"error","errorType":"bad_data","error":)";
    append_json_string(body, message, true);
    body += '}';
    return http::json(400, std::move(body));
}

http::response unreadable(api_version version, std::string_view because) {
    return version == api_version::v1
               ? v1_error(because)
               : v2_error(400, 400, "parsing alerts body from \"\" failed, because " + std::string(because));
}

// The fields of one alert, as far as they are not in the arena.
struct alert_fields {
    bool has_labels = false; // a map was given, perhaps an empty one
    std::optional<instant> starts_at;
    std::optional<instant> ends_at;
    std::string_view generator_url;
};

std::optional<policy::time_point> to_notice(std::optional<instant> const& when) {
    return when ? std::optional(when->rounded_down()) : std::nullopt;
}

} // namespace

std::string_view to_string(api_version version) {
    return version == api_version::v1 ? "v1" : "v2";
}

class alert_decoder::state {
public:
    decoded_alerts decode(api_version version, std::string_view body, policy::time_point now, bool single);

    void trim() {
        arena_.trim();
        document_.trim();
    }

private:
    enum class map { labels, annotations };

    std::string read_body(dom::element root, bool single);
    std::string read_alert(dom::element alert);
    void read_field(std::string_view key, dom::element value, alert_fields& into, faults& found);
    void read_map(dom::element value, map which, alert_fields& into, faults& found);
    void read_time(dom::element value, std::string_view name, std::optional<instant>& into, faults& found);
    void read_generator(dom::element value, alert_fields& into, faults& found);
    void end_single(dom::element alert, alert_fields& into) const;
    void judge(alert_fields const& alert);
    std::string reason_against(alert_fields const& alert);
    http::response answer() const;

    json_document document_;
    notice_arena arena_;
    // Of the body at hand:
    api_version version_ = api_version::v2;
    instant now_;
    bool single_ = false;
    std::size_t index_ = 0;
    std::string kept_fault_; // v1: told only when nothing stops the decoding earlier
    http::response
        unprocessable_; // v2: a fault of the whole batch, told only when all of it could be decoded
    std::vector<std::string> refused_;
};

void alert_decoder::state::read_map(dom::element value, map which, alert_fields& into, faults& found) {
    bool const labels = which == map::labels;
    bool const v2 = version_ == api_version::v2;
    // Each pass of v2 has its struct: a nameless one, and Alert.
    std::string_view const field = labels ? "struct field Alert.labels of type "sv
                                   : v2   ? "struct field .annotations of type "sv
                                          : "struct field Alert.annotations of type "sv;
    rank const where = !v2 ? rank::first_at_once : labels ? rank::second_kept : rank::first_kept;
    auto const mismatch = [&](dom::element culprit, std::string_view type) {
        found.add(where, [&] { return cannot_unmarshal(culprit, std::string(field) + std::string(type)); });
    };

    bool const null = value.is_null();
    if (null || !v2) // v2 merges two maps of one name, v1 takes the last
        labels ? arena_.drop_labels() : arena_.drop_annotations();
    dom::object pairs;
    if (labels)
        into.has_labels = !null;
    if (null)
        return;
    if (value.get(pairs) != simdjson::SUCCESS)
        return mismatch(value, v2 ? "models.LabelSet"sv : "map[model.LabelName]model.LabelValue"sv);
    bool nameless = false;
    for (auto const [name, text] : pairs) {
        std::string_view content;
        if (!text.is_null() && text.get(content) != simdjson::SUCCESS)
            mismatch(text, v2 ? "string"sv : "model.LabelValue"sv);
        nameless |= name.empty();
        labels ? arena_.add_label(name, content) : arena_.add_annotation(name, content);
    }
    if (nameless && !v2) // v1 looks at the names of each map as soon as it is read
        found.add(where, [] { return std::string(R"("" is not a valid label name)"); });
}

void alert_decoder::state::read_time(
    dom::element value, std::string_view name, std::optional<instant>& into, faults& found
) {
    if (value.is_null())
        return;
    std::string_view text;
    bool const is_text = value.get(text) == simdjson::SUCCESS;
    instant when;
    if (is_text && read_rfc3339(text, when)) {
        into = when;
        return;
    }
    if (version_ == api_version::v2 && !is_text) {
        found.add(rank::first_at_once, [&] {
            return cannot_unmarshal(value, "struct field ." + std::string(name) + " of type string");
        });
        return;
    }
    time_reading const read = version_ == api_version::v2 ? read_v2_time(text)
                              : is_text                   ? read_v1_time(json_string(text, false))
                                                          : read_v1_time(simdjson::to_string(value));
    into = read.when;
    if (!read.error.empty())
        found.add(rank::first_at_once, [&] { return read.error; });
}

void alert_decoder::state::read_generator(dom::element value, alert_fields& into, faults& found) {
    bool const v2 = version_ == api_version::v2;
    if (value.is_null()) {
        if (v2)
            into.generator_url = {};
        return;
    }
    if (value.get(into.generator_url) == simdjson::SUCCESS)
        return;
    found.add(v2 ? rank::second_at_once : rank::first_kept, [&] {
        return cannot_unmarshal(value, "struct field Alert.generatorURL of type string");
    });
}

void alert_decoder::state::read_field(
    std::string_view key, dom::element value, alert_fields& into, faults& found
) {
    switch (key.size()) {
    case 6:
        if (is_key(key, "labels"))
            read_map(value, map::labels, into, found);
        else if (is_key(key, "endsAt"))
            read_time(value, "endsAt", into.ends_at, found);
        break;
    case 8:
        if (is_key(key, "startsAt"))
            read_time(value, "startsAt", into.starts_at, found);
        break;
    case 11:
        if (is_key(key, "annotations"))
            read_map(value, map::annotations, into, found);
        break;
    case 12:
        if (is_key(key, "generatorURL"))
            read_generator(value, into, found);
        break;
    default:
        break;
    }
}

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
    faults found;
    for (auto const [key, value] : fields)
        read_field(key, value, read, found);
    if (single_)
        end_single(alert, read);
    if (version_ == api_version::v2) {
        if (std::string fault = found.first(); !fault.empty())
            return fault;
    } else {
        if (!found.at(rank::first_at_once).empty())
            return found.at(rank::first_at_once);
        if (kept_fault_.empty())
            kept_fault_ = found.at(rank::first_kept);
    }
    judge(read);
    return {};
}

std::string alert_decoder::state::reason_against(alert_fields const& alert) {
    instant const start = alert.starts_at.value_or(alert.ends_at.value_or(now_));
    instant const end =
        alert.ends_at.value_or(instant{now_.seconds + resolve_timeout_seconds, now_.nanoseconds});
    if (end < start)
        return "start time must be before end time";
    arena_.settle();
    if (arena_.nameless_label())
        return R"(invalid label set: invalid name "")";
    if (!arena_.has_labels())
        return "at least one label pair required";
    if (arena_.nameless_annotation())
        return R"(invalid annotations: invalid name "")";
    return {};
}

void alert_decoder::state::judge(alert_fields const& alert) {
    if (version_ == api_version::v2 && unprocessable_.status == 200) {
        std::string const place = std::to_string(index_);
        if (!alert.generator_url.empty() && !is_request_uri(alert.generator_url))
            unprocessable_ = v2_error(
                422, 601, place + ".generatorURL in body must be of type uri: " + quoted(alert.generator_url)
            );
        else if (!alert.has_labels)
            unprocessable_ = v2_error(422, 602, place + ".labels in body is required");
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
        static_cast<std::int32_t>(std::chrono::nanoseconds(now - seconds).count())
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
            version == api_version::v1 ? v1_error("EOF") : v2_error(422, 602, "alerts in body is required")
        );
    case go_json::kind::invalid:
        return refuse(unreadable(version, document_.error()));
    case go_json::kind::value:
        break;
    }
    if (std::string const fault = read_body(document_.root(), single); !fault.empty())
        return refuse(unreadable(version, fault));
    if (unprocessable_.status != 200)
        return refuse(std::move(unprocessable_));
    result.notices = arena_.finish();
    result.answer = answer();
    result.refused = std::move(refused_);
    return result;
}

alert_decoder::alert_decoder() : state_(std::make_unique<state>()) {}

alert_decoder::~alert_decoder() = default;

decoded_alerts
alert_decoder::decode(api_version version, std::string_view body, policy::time_point now, bool single) {
    return state_->decode(version, body, now, single);
}

void alert_decoder::trim() {
    state_->trim();
}

} // namespace autoscaler::server::alertmanager
