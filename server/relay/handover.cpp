#include "server/relay/handover.hpp"

#include "server/alertmanager/go_time.hpp"
#include "server/alertmanager/json_document.hpp"
#include "server/alertmanager/notice_arena.hpp"
#include "server/alertmanager/render.hpp"
#include "server/http/message.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace autoscaler::server::relay {

namespace am = alertmanager;
namespace dom = simdjson::dom;

namespace {

void append_stretch(std::string& out, policy::alert_stretch const& of, policy::time_point now) {
    bool const webhook = of.source == policy::alert_source::webhook;
    out += R"({"source":")";
    out += webhook ? "webhook" : "api";
    out += R"(","startsAt":)";
    am::append_time(out, of.starts_at);
    out += R"(,"endsAt":)";
    am::append_time(out, of.ends_at);
    out += R"(,"resolved":)";
    out += of.resolved ? "true" : "false";
    // An age, for the clocks of two machines differ.
    out += R"(,"ageMs":)" + std::to_string(std::max<std::int64_t>((now - of.heard_at).count(), 0)) + '}';
}

// What stretches say is of use for as long as nothing is older than this.
constexpr std::int64_t longest_age = policy::duration(std::chrono::hours(24 * 365)).count();

bool read_time(dom::element value, policy::time_point& into) {
    std::string_view text;
    am::instant when;
    if (value.get(text) != simdjson::SUCCESS || !am::read_rfc3339(text, when))
        return false;
    into = when.rounded_down();
    return true;
}

// Nothing where it is none of ours.
bool read_stretch(dom::element value, policy::time_point now, policy::alert_notice& into) {
    std::string_view source;
    dom::element starts;
    dom::element ends;
    policy::time_point starts_at;
    policy::time_point ends_at;
    std::int64_t age = 0;
    if (value["source"].get(source) != simdjson::SUCCESS || (source != "api" && source != "webhook") ||
        value["startsAt"].get(starts) != simdjson::SUCCESS || !read_time(starts, starts_at) ||
        value["endsAt"].get(ends) != simdjson::SUCCESS || !read_time(ends, ends_at) ||
        value["resolved"].get(into.resolved) != simdjson::SUCCESS ||
        value["ageMs"].get(age) != simdjson::SUCCESS || age < 0 || age > longest_age)
        return false;
    into.source = source == "api" ? policy::alert_source::api : policy::alert_source::webhook;
    into.starts_at = starts_at;
    into.ends_at = ends_at;
    into.heard_at = now - policy::duration(age);
    return into.source == policy::alert_source::webhook || !into.resolved;
}

} // namespace

std::string render_handover(policy::engine const& from, policy::time_point now) {
    std::string out = "[";
    from.visit_stretches(now, [&](policy::listed_alert const& alert, auto stretches) {
        if (out.size() > 1)
            out += ',';
        am::append_alert(out, alert, {});
        out.back() = ','; // in the place of the closing brace
        out += R"("stretches":)";
        am::append_list(out, stretches, [&](auto const& each) { append_stretch(out, each, now); });
        out += '}';
    });
    out += "]\n";
    return out;
}

class handover::reader {
public:
    explicit reader(std::string body) : body_(std::move(body)) {}

    std::string read(policy::time_point now);

    std::span<policy::alert_notice const> finish(bool resolved) {
        return (resolved ? resolved_ : firing_).finish();
    }

private:
    static void add_pairs(dom::object alert, am::notice_arena& to);
    void read_alert(dom::element alert, policy::time_point now);

    std::string body_; // the document points into it
    am::json_document document_;
    am::notice_arena firing_;
    am::notice_arena resolved_;
};

void handover::reader::add_pairs(dom::object alert, am::notice_arena& to) {
    dom::object pairs;
    std::string_view text;
    to.begin();
    if (alert["labels"].get(pairs) == simdjson::SUCCESS)
        for (auto const [name, value] : pairs)
            if (value.get(text) == simdjson::SUCCESS && !name.empty())
                to.add_label(name, text);
    if (alert["annotations"].get(pairs) == simdjson::SUCCESS)
        for (auto const [name, value] : pairs)
            if (value.get(text) == simdjson::SUCCESS && !name.empty())
                to.add_annotation(name, text);
    to.settle();
}

void handover::reader::read_alert(dom::element alert, policy::time_point now) {
    dom::object fields;
    dom::array stretches;
    if (alert.get(fields) != simdjson::SUCCESS || fields["stretches"].get(stretches) != simdjson::SUCCESS)
        return;
    for (auto const each : stretches) {
        policy::alert_notice notice;
        if (!read_stretch(each, now, notice))
            continue;
        if (fields["generatorURL"].get(notice.generator_url) != simdjson::SUCCESS)
            notice.generator_url = {};
        auto& arena = notice.resolved ? resolved_ : firing_;
        add_pairs(fields, arena);
        if (arena.has_labels())
            arena.keep(notice);
    }
}

std::string handover::reader::read(policy::time_point now) {
    auto const text =
        std::string_view(body_).substr(0, body_.size() - std::min(body_.size(), http::body_padding));
    dom::array alerts;
    if (document_.read(text) != am::go_json::kind::value || document_.root().get(alerts) != simdjson::SUCCESS)
        return "the answer is no list of alerts";
    for (auto const each : alerts)
        read_alert(each, now);
    return "";
}

handover::handover(std::string body, policy::time_point now)
    : reader_(std::make_unique<reader>(std::move(body)))
    , error_(reader_->read(now))
    , firing_(reader_->finish(false))
    , resolved_(reader_->finish(true)) {}

handover::~handover() = default;
handover::handover(handover&&) noexcept = default;
handover& handover::operator=(handover&&) noexcept = default;

} // namespace autoscaler::server::relay
