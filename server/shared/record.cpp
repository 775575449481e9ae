#include "server/shared/record.hpp"

#include "server/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <tuple>

namespace autoscaler::server::shared {

namespace {

using nlohmann::json;
using policy::matcher;
using policy::pause_mode;
using policy::time_point;

constexpr int format_version = 1;

constexpr std::int64_t latest_time = 253'402'300'800'000; // year 10000, in milliseconds
constexpr std::size_t most_matchers = 1000;               // we write far fewer
constexpr std::size_t longest_name = 64;                  // of a config object: the engine refuses more

struct spelled_operator {
    matcher::op operation;
    std::string_view text;
};

constexpr std::array<spelled_operator, 4> operators{{
    {matcher::op::equal, "="},
    {matcher::op::not_equal, "!="},
    {matcher::op::matches, "=~"},
    {matcher::op::not_matches, "!~"},
}};

constexpr std::array<pause_mode, 3> directions{pause_mode::up, pause_mode::down, pause_mode::both};

json to_number(time_point when) {
    return when.time_since_epoch().count();
}

std::string to_text(json const& content) {
    return content.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Reads the content of one record and keeps the first thing that is wrong with it.
class content {
public:
    content(std::string_view name, swarm::label_map const& labels, std::string_view label) : name_(name) {
        parse(labels, label);
    }

    void fail(std::string const& why) {
        if (fault_.empty())
            fault_ = "config " + text::in_quotes(name_) + " is no record of ours: " + why;
    }

    bool good() const { return fault_.empty(); }

    std::string const& fault() const { return fault_; }

    json const* find(char const* key) const {
        auto const found = good() ? object_.find(key) : object_.end();
        return good() && found != object_.end() ? &*found : nullptr;
    }

    std::string text_of(char const* key) {
        auto const* found = find(key);
        if (found == nullptr || !found->is_string())
            return fail(std::string("\"") + key + "\" is no text"), std::string();
        return found->get<std::string>();
    }

    time_point time_of(char const* key) {
        auto const* found = find(key);
        bool const whole = found != nullptr && found->is_number_integer() &&
                           (!found->is_number_unsigned() || found->get<std::uint64_t>() <= INT64_MAX);
        std::int64_t const number = whole ? found->get<std::int64_t>() : -1;
        if (number < 0 || number > latest_time)
            return fail(std::string("\"") + key + "\" is no time in milliseconds"), time_point();
        return time_point(policy::duration(number));
    }

private:
    void parse(swarm::label_map const& labels, std::string_view label) {
        auto const found = labels.find(label);
        if (found == labels.end())
            return fail("it has no label " + std::string(label));
        // A NUL would end nlohmann's input unseen.
        if (found->second.size() > longest_content || found->second.find('\0') != std::string::npos)
            return fail("its label " + std::string(label) + " is too long or no text");
        object_ = json::parse(found->second, nullptr, false);
        if (!object_.is_object())
            return fail("its label " + std::string(label) + " is no JSON object");
        auto const version = object_.find("v");
        if (version == object_.end() || *version != format_version)
            fail("its version \"v\" is not " + std::to_string(format_version));
    }

    std::string_view name_;
    json object_;
    std::string fault_;
};

// The matcher of [name, operator, value], or what is wrong with it.
std::variant<matcher, std::string> to_matcher(json const& parts) {
    bool const texts = parts.is_array() && parts.size() == 3 &&
                       std::ranges::all_of(parts, [](auto const& each) { return each.is_string(); });
    if (!texts)
        return "a matcher is not [name, operator, value]";
    auto const found = std::ranges::find(operators, parts[1].get<std::string>(), &spelled_operator::text);
    if (found == operators.end())
        return "the operator " + text::in_quotes(parts[1].get<std::string>()) + " is not known";
    return matcher::make(parts[0].get<std::string>(), found->operation, parts[2].get<std::string>());
}

std::vector<matcher> matchers_of(content& from) {
    std::vector<matcher> matchers;
    auto const* list = from.find("matchers");
    if (list == nullptr || !list->is_array() || list->empty() || list->size() > most_matchers) {
        from.fail("\"matchers\" is no list of matchers");
        return matchers;
    }
    for (auto const& parts : *list) {
        auto one = to_matcher(parts);
        if (auto const* fault = std::get_if<std::string>(&one)) {
            from.fail(*fault);
            return matchers;
        }
        matchers.push_back(std::get<matcher>(std::move(one)));
    }
    return matchers;
}

// A name that tells people which service it is, and programs exactly: the engine allows few characters.
std::string pause_name(std::string_view service) {
    std::array<policy::label, 1> const identity{{{"service", service}}};
    std::string const digits = policy::to_hex(policy::fingerprint(identity));
    std::string name(pause_prefix);
    std::size_t const room = longest_name - name.size() - 1 - digits.size();
    for (char const c : service.substr(0, room)) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '_' || c == '-';
        name += plain ? c : '-';
    }
    return name + "-" + digits;
}

std::string silence_content(policy::silence const& what) {
    json matchers = json::array();
    for (auto const& each : what.matchers) {
        auto const spelled = std::ranges::find(operators, each.operation(), &spelled_operator::operation);
        matchers.push_back({each.name(), spelled->text, each.value()});
    }
    return to_text({
        {"v", format_version},
        {"id", what.id},
        {"matchers", std::move(matchers)},
        {"start", to_number(what.starts_at)},
        {"end", to_number(what.ends_at)},
        {"updated", to_number(what.updated_at)},
        {"by", what.created_by},
        {"comment", what.comment},
    });
}

std::string pause_content(policy::service_pause const& what) {
    json object{
        {"v", format_version},
        {"service", what.service},
        {"direction", policy::to_string(what.mode)},
        {"comment", what.comment},
        {"updated", to_number(what.updated_at)},
    };
    if (what.until)
        object["until"] = to_number(*what.until);
    return to_text(object);
}

} // namespace

bool newer(record const& a, record const& b) {
    return std::tie(a.updated_at, a.labels) > std::tie(b.updated_at, b.labels);
}

record to_record(policy::silence const& what) {
    return {
        std::string(silence_prefix) + what.id,
        {{std::string(silence_label), silence_content(what)}},
        what.updated_at,
    };
}

record to_record(policy::service_pause const& what) {
    return {
        pause_name(what.service),
        {{std::string(pause_label), pause_content(what)}},
        what.updated_at,
    };
}

std::variant<policy::silence, std::string> to_silence(std::string_view name, swarm::label_map const& labels) {
    content from(name, labels, silence_label);
    policy::silence what;
    what.id = from.text_of("id");
    what.matchers = matchers_of(from);
    what.starts_at = from.time_of("start");
    what.ends_at = from.time_of("end");
    what.updated_at = from.time_of("updated");
    what.created_by = from.text_of("by");
    what.comment = from.text_of("comment");
    if (name != std::string(silence_prefix) + what.id)
        from.fail("its \"id\" is not that of its name");
    if (what.ends_at < what.starts_at)
        from.fail("it ends before it starts");
    if (!from.good())
        return from.fault();
    return what;
}

std::variant<policy::service_pause, std::string>
to_pause(std::string_view name, swarm::label_map const& labels) {
    content from(name, labels, pause_label);
    policy::service_pause what;
    what.service = from.text_of("service");
    std::string const direction = from.text_of("direction");
    auto const mode =
        std::ranges::find(directions, direction, [](auto each) { return policy::to_string(each); });
    if (mode == directions.end())
        from.fail("the direction " + text::in_quotes(direction) + " is not known");
    else
        what.mode = *mode;
    if (from.find("until") != nullptr)
        what.until = from.time_of("until");
    what.comment = from.text_of("comment");
    what.updated_at = from.time_of("updated");
    if (name != pause_name(what.service))
        from.fail("its \"service\" is not that of its name");
    if (!from.good())
        return from.fault();
    return what;
}

item to_item(policy::silence what) {
    record made = to_record(what);
    return {std::move(made), std::move(what)};
}

item to_item(policy::service_pause what) {
    record made = to_record(what);
    return {std::move(made), std::move(what)};
}

std::variant<item, std::string> to_item(std::string_view name, swarm::label_map const& labels) {
    auto const with = [&](auto value) -> std::variant<item, std::string> {
        if (auto* fault = std::get_if<std::string>(&value))
            return std::move(*fault);
        auto& what = std::get<0>(value);
        policy::time_point const updated_at = what.updated_at;
        return item{{std::string(name), labels, updated_at}, std::move(what)};
    };
    if (name.starts_with(silence_prefix))
        return with(to_silence(name, labels));
    if (name.starts_with(pause_prefix))
        return with(to_pause(name, labels));
    return "config " + text::in_quotes(name) + " is no record of ours: neither a silence nor a pause";
}

bool ended(item const& which, policy::duration ago, policy::time_point now) {
    if (auto const* silence = std::get_if<policy::silence>(&which.value))
        return now - silence->ends_at >= ago;
    auto const& until = std::get<policy::service_pause>(which.value).until;
    return until && now - *until >= ago;
}

} // namespace autoscaler::server::shared
