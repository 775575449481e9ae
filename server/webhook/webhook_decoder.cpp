#include "server/webhook/webhook_decoder.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/go_time.hpp"
#include "server/alertmanager/json_document.hpp"
#include "server/alertmanager/notice_arena.hpp"

namespace autoscaler::server::webhook {

namespace {

namespace dom = simdjson::dom;
using alertmanager::is_key;
using alertmanager::quoted;

// A value as a message shows it: texts are quoted, of the rest the type is enough.
std::string shown(dom::element value) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS)
        return quoted(text);
    return std::string(alertmanager::go_type(value));
}

std::string expected(std::string_view what, dom::element got) {
    return ": expected " + std::string(what) + ", got " + shown(got);
}

} // namespace

class webhook_decoder::state {
public:
    explicit state(alertmanager::alert_limits const& limits) : limits_(limits) {}

    decoded_webhook decode(std::string_view body);

    void trim() {
        arena_.trim();
        document_.trim();
    }

private:
    struct alert_fields {
        policy::alert_notice notice;
        bool has_status = false;
    };

    using add_pair = void (alertmanager::notice_arena::*)(std::string_view, std::string_view);

    decoded_webhook read_root(dom::object root);
    std::string read_alert(dom::element alert);
    std::string read_field(std::string_view key, dom::element value, alert_fields& into);
    std::string read_map(std::string_view name, dom::element value, add_pair add);

    static std::string read_time(
        std::string_view name, dom::element value, std::optional<policy::time_point>& into, std::int16_t& zone
    );
    static std::string read_status(dom::element value, alert_fields& into);

    alertmanager::alert_limits limits_;
    alertmanager::json_document document_{limits_.nesting};
    alertmanager::notice_arena arena_;
};

// Each reader of a part returns what is wrong, beginning with the part's place, or "".

std::string webhook_decoder::state::read_map(std::string_view name, dom::element value, add_pair add) {
    dom::object pairs;
    if (value.is_null())
        return {};
    if (value.get(pairs) != simdjson::SUCCESS)
        return std::string(name) + expected("an object of strings", value);
    for (auto const [key, content] : pairs) {
        std::string_view text;
        if (content.get(text) != simdjson::SUCCESS)
            return std::string(name) + "[" + quoted(key) + "]" + expected("a string", content);
        if (key.empty())
            return std::string(name) + ": a name is empty";
        (arena_.*add)(key, text);
    }
    return {};
}

std::string webhook_decoder::state::read_time(
    std::string_view name, dom::element value, std::optional<policy::time_point>& into, std::int16_t& zone
) {
    std::string_view text;
    alertmanager::instant when;
    into.reset();
    if (value.is_null())
        return {};
    if (value.get(text) != simdjson::SUCCESS || !alertmanager::read_rfc3339(text, when))
        return std::string(name) + expected("a time such as \"2026-01-02T15:04:05Z\"", value);
    if (!when.is_zero()) {
        into = when.rounded_down();
        zone = when.zone;
    }
    return {};
}

std::string webhook_decoder::state::read_status(dom::element value, alert_fields& into) {
    std::string_view text;
    bool const known = value.get(text) == simdjson::SUCCESS && (text == "firing" || text == "resolved");
    if (!known)
        return "status" + expected("\"firing\" or \"resolved\"", value);
    into.has_status = true;
    into.notice.resolved = text == "resolved";
    return {};
}

std::string webhook_decoder::state::read_field(std::string_view key, dom::element value, alert_fields& into) {
    if (is_key(key, "status"))
        return read_status(value, into);
    if (is_key(key, "labels"))
        return read_map("labels", value, &alertmanager::notice_arena::add_label);
    if (is_key(key, "annotations"))
        return read_map("annotations", value, &alertmanager::notice_arena::add_annotation);
    if (is_key(key, "startsAt"))
        return read_time("startsAt", value, into.notice.starts_at, into.notice.starts_zone);
    if (is_key(key, "endsAt"))
        return read_time("endsAt", value, into.notice.ends_at, into.notice.ends_zone);
    if (is_key(key, "generatorURL") && !value.is_null() &&
        value.get(into.notice.generator_url) != simdjson::SUCCESS)
        return "generatorURL" + expected("a string", value);
    return {};
}

std::string webhook_decoder::state::read_alert(dom::element alert) {
    dom::object fields;
    if (alert.get(fields) != simdjson::SUCCESS)
        return expected("an object", alert);
    arena_.begin();
    alert_fields read;
    read.notice.source = policy::alert_source::webhook;
    for (auto const [key, value] : fields)
        if (std::string fault = read_field(key, value, read); !fault.empty())
            return "." + fault;
    if (!read.has_status)
        return R"(.status: expected "firing" or "resolved", but it is missing)";
    arena_.settle();
    if (!arena_.has_labels())
        return ".labels: expected at least one label with a value";
    if (std::string const fault = arena_.beyond(limits_); !fault.empty())
        return ": " + fault;
    if (std::size_t const size = read.notice.generator_url.size(); size > limits_.value)
        return ".generatorURL: too long: " + std::to_string(size) +
               " bytes (limit: " + std::to_string(limits_.value) + ")";
    if (!read.notice.resolved)
        read.notice.ends_at.reset(); // firing has no end here: its status says so, and the zero time does
    arena_.keep(read.notice);
    return {};
}

decoded_webhook webhook_decoder::state::read_root(dom::object root) {
    decoded_webhook result;
    dom::element alerts;
    dom::element version;
    auto const refuse = [&](std::string fault) {
        result.faults.push_back(std::move(fault));
        return std::move(result);
    };
    if (root.at_key("alerts").get(alerts) != simdjson::SUCCESS) {
        if (root.at_key("labels").error() == simdjson::SUCCESS) {
            result.what = decoded_webhook::kind::alert;
            return result;
        }
        return refuse("alerts: expected an array of alerts, but it is missing");
    }
    // "4" is Alertmanager's, "1" is what Grafana writes over the same shape.
    if (root.at_key("version").get(version) == simdjson::SUCCESS) {
        std::string_view text;
        if (version.get(text) != simdjson::SUCCESS || (text != "4" && text != "1"))
            return refuse("version" + expected("\"4\" or \"1\"", version));
    }
    dom::array list;
    if (alerts.get(list) != simdjson::SUCCESS)
        return refuse("alerts" + expected("an array", alerts));
    if (list.size() > limits_.alerts) {
        result.what = decoded_webhook::kind::too_many;
        return refuse(
            "alerts: too many: " + std::to_string(list.size()) +
            " in one body (limit: " + std::to_string(limits_.alerts) + ")"
        );
    }

    result.what = decoded_webhook::kind::message;
    std::size_t index = 0;
    for (auto const each : list) {
        if (std::string const fault = read_alert(each); !fault.empty())
            result.faults.push_back("alerts[" + std::to_string(index) + "]" + fault);
        ++index;
    }
    result.notices = arena_.finish();
    return result;
}

decoded_webhook webhook_decoder::state::decode(std::string_view body) {
    decoded_webhook result;
    arena_.clear();
    switch (document_.read(body)) {
    case alertmanager::go_json::kind::empty:
        result.faults.emplace_back("the body is empty: expected an Alertmanager webhook message");
        return result;
    case alertmanager::go_json::kind::invalid:
        result.faults.push_back("the body is no JSON: " + document_.error());
        return result;
    case alertmanager::go_json::kind::value:
        break;
    }
    dom::object root;
    if (document_.root().get(root) == simdjson::SUCCESS)
        return read_root(root);
    if (document_.root().is_array())
        result.what = decoded_webhook::kind::array;
    else
        result.faults.push_back(
            "the body" + expected("an Alertmanager webhook message or an array of alerts", document_.root())
        );
    return result;
}

webhook_decoder::webhook_decoder(alertmanager::alert_limits limits)
    : state_(std::make_unique<state>(limits)) {}

webhook_decoder::~webhook_decoder() = default;

decoded_webhook webhook_decoder::decode(std::string_view body) {
    return state_->decode(body);
}

void webhook_decoder::trim() {
    state_->trim();
}

} // namespace autoscaler::server::webhook
