#include "server/alertmanager/silence_decoder.hpp"

#include "server/alertmanager/alert_reader.hpp"
#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/go_regex.hpp"
#include "server/alertmanager/go_text.hpp"

namespace autoscaler::server::alertmanager {

namespace {

namespace dom = simdjson::dom;
using rank = alert_faults::rank;

// A matcher as it is posted; what is missing is to be told.
struct posted_matcher {
    bool is_null = false;
    std::optional<bool> is_equal;
    std::optional<bool> is_regex;
    std::optional<std::string_view> name;
    std::optional<std::string_view> value;
};

struct posted_silence {
    std::string_view id;
    std::optional<std::string_view> comment;
    std::optional<std::string_view> created_by;
    std::optional<instant> starts_at;
    std::optional<instant> ends_at;
    std::optional<std::vector<posted_matcher>> matchers;
};

// Reads fields as Go does: those of the wrong type are noted, and the first of them is told at the end.
class silence_reader {
public:
    explicit silence_reader(posted_silence& into) : into_(into) {}

    void read(dom::object silence) {
        for (auto const [key, value] : silence)
            read_field(key, value);
    }

    std::string fault() const { return faults_.first(); }

private:
    void read_field(std::string_view key, dom::element value);
    void read_time(std::string_view name, dom::element value, std::optional<instant>& into);
    void read_matchers(dom::element value);
    posted_matcher read_matcher(dom::element value);

    template<typename Value>
    void read_value(
        std::string_view field, std::string_view type, dom::element value, std::optional<Value>& into
    ) {
        Value read{};
        if (value.is_null())
            into.reset();
        else if (value.get(read) == simdjson::SUCCESS)
            into = read;
        else
            mismatch(rank::second_kept, value, field, type);
    }

    void mismatch(rank where, dom::element value, std::string_view field, std::string_view type) {
        faults_.add(where, [&] {
            return cannot_unmarshal(
                value, "struct field " + std::string(field) + " of type " + std::string(type)
            );
        });
    }

    posted_silence& into_;
    alert_faults faults_;
};

void silence_reader::read_time(std::string_view name, dom::element value, std::optional<instant>& into) {
    into.reset();
    if (value.is_null())
        return;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS)
        return mismatch(rank::second_at_once, value, "Silence." + std::string(name), "string");
    auto const reading = read_v2_time(text);
    into = reading.when;
    if (!reading.error.empty())
        faults_.add(rank::second_at_once, [&] { return reading.error; });
}

posted_matcher silence_reader::read_matcher(dom::element value) {
    posted_matcher read;
    dom::object fields;
    read.is_null = value.is_null();
    if (read.is_null)
        return read;
    if (value.get(fields) != simdjson::SUCCESS) {
        mismatch(rank::second_kept, value, "Silence.matchers", "models.Matcher");
        return read;
    }
    for (auto const [key, content] : fields) {
        if (is_key(key, "isEqual"))
            read_value("Matcher.matchers.isEqual", "bool", content, read.is_equal);
        else if (is_key(key, "isRegex"))
            read_value("Matcher.matchers.isRegex", "bool", content, read.is_regex);
        else if (is_key(key, "name"))
            read_value("Matcher.matchers.name", "string", content, read.name);
        else if (is_key(key, "value"))
            read_value("Matcher.matchers.value", "string", content, read.value);
    }
    return read;
}

void silence_reader::read_matchers(dom::element value) {
    into_.matchers.reset();
    if (value.is_null())
        return;
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS)
        return mismatch(rank::second_kept, value, "Silence.matchers", "models.Matchers");
    into_.matchers.emplace();
    for (auto const each : list)
        into_.matchers->push_back(read_matcher(each));
}

void silence_reader::read_field(std::string_view key, dom::element value) {
    if (is_key(key, "id")) {
        if (!value.is_null() && value.get(into_.id) != simdjson::SUCCESS)
            mismatch(rank::first_kept, value, ".id", "string");
    } else if (is_key(key, "comment"))
        read_value("Silence.comment", "string", value, into_.comment);
    else if (is_key(key, "createdBy"))
        read_value("Silence.createdBy", "string", value, into_.created_by);
    else if (is_key(key, "startsAt"))
        read_time("startsAt", value, into_.starts_at);
    else if (is_key(key, "endsAt"))
        read_time("endsAt", value, into_.ends_at);
    else if (is_key(key, "matchers"))
        read_matchers(value);
}

http::response missing(std::string_view what) {
    return v2_fault(422, 602, std::string(what) + " in body is required");
}

http::response unreadable(std::string_view because) {
    return v2_fault(400, 400, "parsing silence body from \"\" failed, because " + std::string(because));
}

// What the schema says, in the order in which Alertmanager checks it.
http::response judge(posted_silence const& silence) {
    if (!silence.comment)
        return missing("comment");
    if (!silence.created_by)
        return missing("createdBy");
    if (!silence.ends_at)
        return missing("endsAt");
    if (!silence.matchers)
        return missing("matchers");
    if (silence.matchers->empty())
        return v2_fault(422, 612, "matchers in body should have at least 1 items");
    for (std::size_t i = 0; i < silence.matchers->size(); ++i) {
        auto const& each = (*silence.matchers)[i];
        std::string const place = "matchers." + std::to_string(i);
        if (each.is_null)
            return missing(place);
        if (!each.is_regex)
            return missing(place + ".isRegex");
        if (!each.name)
            return missing(place + ".name");
        if (!each.value)
            return missing(place + ".value");
    }
    if (!silence.starts_at)
        return missing("startsAt");
    return {};
}

policy::matcher::op operation_of(posted_matcher const& posted) {
    using op = policy::matcher::op;
    if (posted.is_equal.value_or(true))
        return *posted.is_regex ? op::matches : op::equal;
    return *posted.is_regex ? op::not_matches : op::not_equal;
}

// Adds the matchers up to the first that is none, and returns what is wrong with it.
std::string add_matchers(
    std::vector<posted_matcher> const& posted,
    std::vector<policy::matcher>& into,
    shared::silence_limits const& limits
) {
    if (posted.size() > limits.matchers)
        return "silence invalid: exceeded maximum number of matchers: " + std::to_string(posted.size()) +
               " (limit: " + std::to_string(limits.matchers) + ")";
    for (std::size_t i = 0; i < posted.size(); ++i) {
        auto const& each = posted[i];
        std::string const place = "silence invalid: invalid label matcher " + std::to_string(i) + ": ";
        if (each.name->empty())
            return place + R"(invalid label name "")";
        if (each.name->size() + each.value->size() > limits.largest)
            return place +
                   "exceeded maximum size: " + std::to_string(each.name->size() + each.value->size()) +
                   " bytes (limit: " + std::to_string(limits.largest) + " bytes)";
        auto made =
            policy::matcher::make(std::string(*each.name), operation_of(each), std::string(*each.value));
        if (std::holds_alternative<std::string>(made))
            return place + "invalid regular expression " + quoted(*each.value) + ": " +
                   regex_fault(*each.value).value_or("expression too large");
        into.push_back(std::move(std::get<policy::matcher>(made)));
    }
    return {};
}

} // namespace

decoded_silence decode_silence(std::string_view body, shared::silence_limits const& limits) {
    json_document document;
    decoded_silence result;
    auto const refuse = [&](http::response answer) {
        result.refusal = std::move(answer);
        return std::move(result);
    };
    switch (document.read(body)) {
    case go_json::kind::empty:
        return refuse(missing("silence"));
    case go_json::kind::invalid:
        return refuse(unreadable(document.error()));
    case go_json::kind::value:
        break;
    }
    posted_silence posted;
    dom::object fields;
    if (document.root().get(fields) == simdjson::SUCCESS) {
        silence_reader reader(posted);
        reader.read(fields);
        if (std::string const fault = reader.fault(); !fault.empty())
            return refuse(unreadable(fault));
    } else if (!document.root().is_null())
        return refuse(unreadable(
            cannot_unmarshal(document.root(), R"(value of type struct { ID string "json:\"id,omitempty\"" })")
        ));
    if (auto answer = judge(posted); answer.status != 200)
        return refuse(std::move(answer));

    result.draft.id = posted.id;
    result.draft.comment = *posted.comment;
    result.draft.created_by = *posted.created_by;
    result.draft.starts_at = posted.starts_at->rounded_down();
    result.draft.ends_at = posted.ends_at->rounded_down();
    result.matcher_fault = add_matchers(*posted.matchers, result.draft.matchers, limits);
    return result;
}

} // namespace autoscaler::server::alertmanager
