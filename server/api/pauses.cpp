#include "server/api/pauses.hpp"

#include "policy/yaml/duration.hpp"
#include "server/api/api.hpp"
#include "server/api/query.hpp"
#include "server/api/service_names.hpp"
#include "server/api/values.hpp"
#include "server/http/router.hpp"
#include "server/shared/shared_state.hpp"
#include "server/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace autoscaler::server::api {

namespace {

using json = nlohmann::json;
using outcome_kind = shared::pause_outcome::kind;

constexpr std::string_view pattern = "/autoscaler/v1/services/{name}/pause";

std::string place_of(std::string_view body, std::size_t byte) {
    auto const before = body.substr(0, std::min(byte, body.size()));
    auto const line = std::ranges::count(before, '\n') + 1;
    auto const column = before.size() - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
    return "body:" + std::to_string(line) + ":" + std::to_string(column);
}

// Keys of the outermost object that come twice: the tree keeps only one of them.
class seen_keys {
public:
    bool operator()(int depth, json::parse_event_t event, json const& parsed) {
        if (event == json::parse_event_t::key && depth == 1 &&
            !keys_.insert(parsed.get<std::string>()).second)
            twice_.insert(parsed.get<std::string>());
        return true;
    }

    std::set<std::string> const& twice() const { return twice_; }

private:
    std::set<std::string> keys_;
    std::set<std::string> twice_;
};

class body_reader {
public:
    void read(std::string_view key, json const& value) {
        if (key != "direction" && key != "for" && key != "comment")
            return fail(key, "unknown key; known are \"direction\", \"for\" and \"comment\"");
        if (!value.is_string())
            return fail(key, "expected a text, got " + std::string(value.type_name()));
        auto const text = value.get<std::string>();
        if (key == "direction")
            read_direction(text);
        else if (key == "for")
            read_duration(text);
        else
            read_comment(text);
    }

    void fail(std::string_view key, std::string const& what) {
        faults.push_back("body: " + text::in_quotes(key) + ": " + what);
    }

    wanted_pause wanted;
    body_faults faults;

private:
    void read_direction(std::string const& text) {
        for (auto const mode : {policy::pause_mode::up, policy::pause_mode::down, policy::pause_mode::both}) {
            if (text == policy::to_string(mode)) {
                wanted.direction = mode;
                return;
            }
        }
        fail("direction", "expected \"up\", \"down\" or \"both\", got " + text::in_quotes(text));
    }

    void read_duration(std::string const& text) {
        auto const parsed = policy::yaml::parse_duration(text);
        if (auto const* fault = std::get_if<std::string>(&parsed))
            return fail("for", *fault);
        wanted.how_long = std::get<policy::duration>(parsed);
        if (*wanted.how_long == policy::duration{})
            fail("for", "expected more than 0, as in \"2h\"; leave it out for a pause without an end");
    }

    void read_comment(std::string const& text) {
        if (text.size() > longest_comment)
            return fail("comment", "longer than " + std::to_string(longest_comment) + " bytes");
        wanted.comment = text;
    }
};

} // namespace

std::variant<wanted_pause, body_faults> read_pause(std::string_view body) {
    constexpr std::string_view blanks = " \t\r\n";
    if (body.find_first_not_of(blanks) == std::string_view::npos)
        return wanted_pause{};
    // A NUL would end nlohmann's input unseen.
    if (auto const nul = body.find('\0'); nul != std::string_view::npos)
        return body_faults{place_of(body, nul) + ": bad JSON: a NUL byte"};
    seen_keys keys;
    json parsed;
    try {
        parsed = json::parse(body, std::ref(keys));
    } catch (json::parse_error const& failure) {
        auto const byte = failure.byte > 0 ? failure.byte - 1 : 0;
        return body_faults{
            place_of(body, byte) + R"(: bad JSON: expected an object such as {"direction":"both","for":"2h"})"
        };
    }
    if (!parsed.is_object())
        return body_faults{
            R"(body: expected an object such as {"direction":"both","for":"2h"}, got )" +
            std::string(parsed.type_name())
        };
    body_reader reader;
    for (auto const& key : keys.twice())
        reader.fail(key, "the key is there twice");
    for (auto const& [key, value] : parsed.items())
        reader.read(key, value);
    if (!reader.faults.empty())
        return std::move(reader.faults);
    return std::move(reader.wanted);
}

http::response to_response(shared::pause_outcome const& outcome, std::string_view service) {
    if (outcome.what == outcome_kind::not_found)
        return fail(404, "no pause of " + text::in_quotes(service) + " by the API is in force");
    if (outcome.what == outcome_kind::unavailable)
        return fail(503, "the pause cannot be kept: " + outcome.text);
    return http::json(200, dump(to_json(outcome.pause)));
}

pauses::pauses(
    shared::shared_state& in,
    std::function<std::vector<policy::service_status>()> services,
    std::function<policy::time_point()> now
)
    : in_(in), services_(std::move(services)), now_(std::move(now)) {}

void pauses::add_to(http::router& routes) {
    routes.add_async("PUT", std::string(pattern), [this](http::request const& asked) {
        return put(asked.parameters[0], asked.body);
    });
    routes.add_async("DELETE", std::string(pattern), [this](http::request const& asked) {
        return lift(asked.parameters[0]);
    });
}

std::variant<std::string, http::response> pauses::full_name(std::string_view name, bool to_lift) const {
    auto const wanted = decode(name);
    if (!wanted)
        return fail(400, "bad escape in the service's name: expected percent-encoded UTF-8");
    auto const all = services_();
    auto const found = find_services(all, *wanted);
    if (found.size() > 1)
        return ambiguous(*wanted, found);
    if (found.size() == 1 && found.front()->view)
        return found.front()->view->name;
    // A pause outlives its service, and the policy that named it: it can be lifted by its full name.
    if (to_lift &&
        std::ranges::find(in_.pauses(), *wanted, &policy::service_pause::service) != in_.pauses().end())
        return *wanted;
    if (found.empty())
        return fail(404, "no policy names the service " + text::in_quotes(*wanted));
    return fail(404, "the service " + text::in_quotes(*wanted) + " was not found in Swarm yet");
}

boost::asio::awaitable<http::response> pauses::put(std::string_view name, std::string_view body) {
    auto const service = full_name(name, false);
    if (auto const* refusal = std::get_if<http::response>(&service))
        co_return *refusal;
    auto read = read_pause(body);
    if (auto const* faults = std::get_if<body_faults>(&read))
        co_return fail(400, faults->front(), *faults);
    auto& asked = std::get<wanted_pause>(read);
    policy::service_pause wanted;
    wanted.service = std::get<std::string>(service);
    wanted.mode = asked.direction;
    if (asked.how_long)
        wanted.until = now_() + *asked.how_long;
    wanted.comment = std::move(asked.comment);
    auto const outcome = co_await in_.set_pause(std::move(wanted));
    co_return to_response(outcome, std::get<std::string>(service));
}

boost::asio::awaitable<http::response> pauses::lift(std::string_view name) {
    auto const service = full_name(name, true);
    if (auto const* refusal = std::get_if<http::response>(&service))
        co_return *refusal;
    auto const outcome = co_await in_.lift_pause(std::get<std::string>(service));
    co_return to_response(outcome, std::get<std::string>(service));
}

} // namespace autoscaler::server::api
