#include "server/alertmanager/alert_reader.hpp"

#include "server/alertmanager/go_text.hpp"

namespace autoscaler::server::alertmanager {

namespace dom = simdjson::dom;
using namespace std::string_view_literals;

namespace {

class alert_reader {
public:
    alert_reader(api_version version, alert_fields& into, notice_arena& arena)
        : version_(version), into_(into), arena_(arena) {}

    void read_field(std::string_view key, dom::element value);

    alert_faults take_faults() { return std::move(found_); }

private:
    enum class map { labels, annotations };

    void read_map(dom::element value, map which);
    void read_time(dom::element value, std::string_view name, std::optional<instant>& into);
    void read_generator(dom::element value);

    api_version version_;
    alert_fields& into_;
    notice_arena& arena_;
    alert_faults found_;
};

void alert_reader::read_map(dom::element value, map which) {
    bool const labels = which == map::labels;
    bool const v2 = version_ == api_version::v2;
    // Each pass of v2 has its struct: a nameless one, and Alert.
    std::string_view const field = labels ? "struct field Alert.labels of type "sv
                                   : v2   ? "struct field .annotations of type "sv
                                          : "struct field Alert.annotations of type "sv;
    alert_faults::rank const where = !v2      ? alert_faults::rank::first_at_once
                                     : labels ? alert_faults::rank::second_kept
                                              : alert_faults::rank::first_kept;
    auto const mismatch = [&](dom::element culprit, std::string_view type) {
        found_.add(where, [&] { return cannot_unmarshal(culprit, std::string(field) + std::string(type)); });
    };

    bool const null = value.is_null();
    if (null || !v2) // v2 merges two maps of one name, v1 takes the last
        labels ? arena_.drop_labels() : arena_.drop_annotations();
    dom::object pairs;
    if (labels)
        into_.has_labels = !null;
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
        found_.add(where, [] { return std::string(R"("" is not a valid label name)"); });
}

void alert_reader::read_time(dom::element value, std::string_view name, std::optional<instant>& into) {
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
        found_.add(alert_faults::rank::first_at_once, [&] {
            return cannot_unmarshal(value, "struct field ." + std::string(name) + " of type string");
        });
        return;
    }
    time_reading const read = version_ == api_version::v2 ? read_v2_time(text)
                              : is_text                   ? read_v1_time(json_string(text, false))
                                                          : read_v1_time(simdjson::to_string(value));
    into = read.when;
    if (!read.error.empty())
        found_.add(alert_faults::rank::first_at_once, [&] { return read.error; });
}

void alert_reader::read_generator(dom::element value) {
    bool const v2 = version_ == api_version::v2;
    if (value.is_null()) {
        if (v2)
            into_.generator_url = {};
        return;
    }
    if (value.get(into_.generator_url) == simdjson::SUCCESS)
        return;
    found_.add(v2 ? alert_faults::rank::second_at_once : alert_faults::rank::first_kept, [&] {
        return cannot_unmarshal(value, "struct field Alert.generatorURL of type string");
    });
}

void alert_reader::read_field(std::string_view key, dom::element value) {
    switch (key.size()) {
    case 6:
        if (is_key(key, "labels"))
            read_map(value, map::labels);
        else if (is_key(key, "endsAt"))
            read_time(value, "endsAt", into_.ends_at);
        break;
    case 8:
        if (is_key(key, "startsAt"))
            read_time(value, "startsAt", into_.starts_at);
        break;
    case 11:
        if (is_key(key, "annotations"))
            read_map(value, map::annotations);
        break;
    case 12:
        if (is_key(key, "generatorURL"))
            read_generator(value);
        break;
    default:
        break;
    }
}

} // namespace

std::string cannot_unmarshal(dom::element value, std::string_view into) {
    return "json: cannot unmarshal " + std::string(go_type(value)) + " into Go " + std::string(into);
}

alert_faults
read_alert_fields(api_version version, dom::object alert, alert_fields& into, notice_arena& arena) {
    alert_reader reader(version, into, arena);
    for (auto const [key, value] : alert)
        reader.read_field(key, value);
    return reader.take_faults();
}

} // namespace autoscaler::server::alertmanager
