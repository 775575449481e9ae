#include "server/prometheus/answer.hpp"

#include "server/text/time.hpp"
#include "server/text/utf8.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace autoscaler::server::prometheus {

namespace {

namespace dom = simdjson::dom;

// An error text is for one line of a log.
constexpr std::size_t longest_text = 1000;

std::string one_line(std::string_view words) {
    std::size_t end = std::min(words.size(), longest_text);
    while (end < words.size() && end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80)
        --end; // not inside a character
    std::string line(words.substr(0, end));
    std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return end < words.size() ? line + "..." : line;
}

std::optional<std::string_view> text_of(dom::object const& of, std::string_view key) {
    std::string_view found;
    if (of.at_key(key).get(found) != simdjson::SUCCESS)
        return std::nullopt;
    return found;
}

// "NaN", "+Inf", "-Inf", or a number as Go's strconv writes it.
std::optional<double> number(std::string_view words) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (words == "NaN")
        return std::numeric_limits<double>::quiet_NaN();
    if (words == "+Inf")
        return infinity;
    if (words == "-Inf")
        return -infinity;
    if (words.find_first_not_of("0123456789.+-e") != std::string_view::npos)
        return std::nullopt;
    double value = 0;
    auto const end = std::from_chars(words.data(), words.data() + words.size(), value);
    if (end.ec != std::errc() || end.ptr != words.data() + words.size())
        return std::nullopt;
    return value;
}

// [1435781451.781, "1"]: a time, and a value as text.
std::optional<double> point(dom::element const& from) {
    dom::array pair;
    double time = 0;
    std::string_view words;
    if (from.get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
        pair.at(0).get(time) != simdjson::SUCCESS || pair.at(1).get(words) != simdjson::SUCCESS)
        return std::nullopt;
    return number(words);
}

std::string not_an_answer(std::string_view what) {
    return "the answer is not one of Prometheus: " + std::string(what);
}

// "; "-separated: each is a text about data that may be missing. "" where there are none.
std::string warnings_of(dom::object const& answer) {
    dom::element list;
    if (answer.at_key("warnings").get(list) != simdjson::SUCCESS || list.is_null())
        return {};
    dom::array all;
    if (list.get(all) != simdjson::SUCCESS)
        return not_an_answer("\"warnings\" is no list");
    std::string joined;
    for (dom::element const each : all) {
        std::string_view words;
        if (each.get(words) != simdjson::SUCCESS)
            return not_an_answer("a warning is no text");
        joined += (joined.empty() ? "prometheus warns: " : "; ") + std::string(words);
    }
    return one_line(joined);
}

// What every answer of the API has around its data.
class envelope {
public:
    envelope(unsigned status, std::string const& body) {
        dom::element root;
        auto const fault = parser_.parse(body).get(root);
        bool const is_object = fault == simdjson::SUCCESS && root.get(answer_) == simdjson::SUCCESS;
        auto const said = is_object ? text_of(answer_, "status") : std::nullopt;
        bool const good = status / 100 == 2;
        if (said == "error") {
            error_ = refusal();
            conclusive_ = status == 400 || status == 422; // bad_data and execution: they hold everywhere
        } else if (!good) {
            auto const line = body.substr(0, body.find_first_of("\r\n"));
            error_ = "status " + std::to_string(status) + (line.empty() ? "" : " " + text::in_quotes(line));
        } else if (fault != simdjson::SUCCESS) {
            error_ = not_an_answer(simdjson::error_message(fault));
        } else if (said != "success" || answer_.at_key("data").get(data_) != simdjson::SUCCESS) {
            error_ = not_an_answer("\"status\" or \"data\" is missing");
        }
    }

    // "" where there is data.
    std::string const& error() const { return error_; }

    bool conclusive() const { return conclusive_; }

    dom::object const& answer() const { return answer_; }

    dom::object const& data() const { return data_; }

private:
    std::string refusal() const {
        auto const type = text_of(answer_, "errorType").value_or("error");
        auto const words = text_of(answer_, "error").value_or("no reason given");
        return one_line(std::string(type) + ": " + std::string(words));
    }

    dom::parser parser_; // owns what the others point into
    dom::object answer_;
    dom::object data_;
    std::string error_;
    bool conclusive_ = false;
};

policy::query_answer failed(std::string why) {
    return {{}, std::move(why)};
}

reading<policy::query_answer> malformed(std::string_view what) {
    return {failed(not_an_answer(what)), false};
}

reading<policy::query_answer> conclude(std::string why) {
    return {failed(std::move(why)), true};
}

reading<policy::query_answer> read_vector(dom::element const& from) {
    dom::array all;
    if (from.get(all) != simdjson::SUCCESS)
        return malformed("a vector that is no list");
    policy::query_answer made;
    for (dom::element const each : all) {
        dom::object series;
        dom::element value;
        if (each.get(series) != simdjson::SUCCESS)
            return malformed("a series that is no object");
        if (series.at_key("value").get(value) != simdjson::SUCCESS) {
            if (series.at_key("histogram").get(value) == simdjson::SUCCESS)
                return conclude("a native histogram where a number is wanted: take a number of it, such as "
                                "histogram_quantile(0.9, ...)");
            return malformed("a series without a value");
        }
        auto const read = point(value);
        if (!read)
            return malformed("a value that is no number");
        made.series.push_back(*read);
    }
    return {std::move(made), true};
}

// {"labels": ...} as a sorted list. False where it is no object of texts.
bool read_pairs(dom::object const& of, std::string_view key, label_list& to) {
    dom::object pairs;
    if (of.at_key(key).get(pairs) != simdjson::SUCCESS)
        return false;
    std::map<std::string_view, std::string_view> sorted;
    for (auto const [name, value] : pairs) {
        std::string_view words;
        if (value.get(words) != simdjson::SUCCESS)
            return false;
        sorted.emplace(name, words);
    }
    to.assign(sorted.begin(), sorted.end());
    return true;
}

void add_external(label_list& labels, label_list const& external) {
    for (auto const& each : external) {
        auto const place = std::ranges::lower_bound(labels, each.first, {}, &label_list::value_type::first);
        bool const there = place != labels.end() && place->first == each.first;
        if (!there && !each.second.empty())
            labels.insert(place, each);
    }
}

// "" or what is wrong. Alerts that do not fire are left out.
std::string read_alert(dom::element const& from, label_list const& external, std::vector<listed_alert>& to) {
    dom::object alert;
    if (from.get(alert) != simdjson::SUCCESS)
        return "an alert that is no object";
    auto const state = text_of(alert, "state");
    if (!state)
        return "an alert without a state";
    if (*state != "firing")
        return {};
    listed_alert made;
    if (!read_pairs(alert, "labels", made.labels))
        return "an alert without labels";
    std::erase_if(made.labels, [](auto const& each) { return each.second.empty(); });
    if (made.labels.empty())
        return "an alert without labels";
    add_external(made.labels, external);
    if (alert.at_key("annotations").error() != simdjson::NO_SUCH_FIELD &&
        !read_pairs(alert, "annotations", made.annotations))
        return "annotations that are no texts";
    if (auto const since = text_of(alert, "activeAt")) {
        made.active_at = text::parse_rfc3339(*since);
        if (!made.active_at)
            return "an activeAt that is no time";
    }
    to.push_back(std::move(made));
    return {};
}

} // namespace

reading<policy::query_answer> read_query(unsigned status, std::string const& body) {
    envelope const around(status, body);
    if (!around.error().empty())
        return {failed(around.error()), around.conclusive()};
    auto const type = text_of(around.data(), "resultType");
    dom::element result;
    if (!type || around.data().at_key("result").get(result) != simdjson::SUCCESS)
        return malformed("\"resultType\" or \"result\" is missing");
    if (auto warnings = warnings_of(around.answer()); !warnings.empty())
        return conclude(std::move(warnings));
    if (*type == "vector")
        return read_vector(result);
    if (*type == "matrix")
        return conclude(
            "a range vector where an instant value is wanted: wrap it in a function such as rate() or "
            "avg_over_time(), or leave its range out"
        );
    if (*type == "string")
        return conclude("a string where a number is wanted");
    if (*type != "scalar")
        return malformed("unknown resultType " + text::in_quotes(*type));
    auto const read = point(result);
    if (!read)
        return malformed("a scalar that is no number");
    return {{{*read}, {}}, true};
}

reading<alerts_result> read_alerts(unsigned status, std::string const& body, label_list const& external) {
    envelope const around(status, body);
    if (!around.error().empty())
        return {{{}, around.error()}, around.conclusive()};
    dom::array all;
    if (around.data().at_key("alerts").get(all) != simdjson::SUCCESS)
        return {{{}, not_an_answer("\"alerts\" is missing")}, false};
    alerts_result made;
    for (dom::element const each : all)
        if (auto const wrong = read_alert(each, external, made.firing); !wrong.empty())
            return {{{}, not_an_answer(wrong)}, false};
    return {std::move(made), true};
}

listed_notices::listed_notices(std::vector<listed_alert> const& of) {
    std::size_t count = 0;
    for (auto const& each : of)
        count += each.labels.size() + each.annotations.size();
    labels_.reserve(count); // the spans below point into it
    auto const views = [this](label_list const& pairs) {
        std::size_t const begin = labels_.size();
        for (auto const& [name, value] : pairs)
            labels_.push_back({name, value});
        return policy::label_set(labels_).subspan(begin);
    };
    for (auto const& each : of) {
        policy::alert_notice notice;
        notice.source = policy::alert_source::listed;
        notice.labels = views(each.labels);
        notice.annotations = views(each.annotations);
        notice.starts_at = each.active_at;
        notices_.push_back(notice);
    }
}

} // namespace autoscaler::server::prometheus
