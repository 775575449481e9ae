// Any bytes as the query of a list of alerts or silences, and as names in the configuration that we show.
#include "fuzz/faults.hpp"
#include "server/alertmanager/alert_list.hpp"
#include "server/alertmanager/filter.hpp"
#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/silence_list.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::server::alertmanager;

namespace {

constexpr policy::time_point now{std::chrono::seconds(1767225600)};

// Two alerts, one of which a silence covers.
class two_alerts final : public backend {
public:
    explicit two_alerts(routing routes) : routes_(std::move(routes)) {}

    void visit_alerts(policy::time_point, std::function<void(policy::listed_alert const&)> const& visit)
        const override {
        std::vector<policy::label> const first{{"alertname", "A"}, {"job", "j"}};
        std::vector<policy::label> const second{{"alertname", "B"}};
        std::vector<std::string> const ids{"id"};
        visit(
            {.labels = first,
             .annotations = {},
             .generator_url = {},
             .starts_at = now,
             .ends_at = now,
             .updated_at = now,
             .silenced_by = {}}
        );
        visit(
            {.labels = second,
             .annotations = {},
             .generator_url = {},
             .starts_at = now,
             .ends_at = now,
             .updated_at = now,
             .silenced_by = ids}
        );
    }

    std::vector<policy::silence> const& silences() const override { return none_; }

    boost::asio::awaitable<shared::silence_outcome> set_silence(shared::silence_draft) override {
        co_return shared::silence_outcome{};
    }

    boost::asio::awaitable<shared::silence_outcome> expire_silence(std::string) override {
        co_return shared::silence_outcome{};
    }

    routing const& routes() const override { return routes_; }

private:
    routing routes_;
    std::vector<policy::silence> none_;
};

void check_json(std::string const& text) {
    fuzz::require(nlohmann::json::accept(text), "what is listed is JSON");
}

// A matcher that was read is read again from its own text.
void check_filters(std::vector<policy::matcher> const& filters) {
    for (auto const& each : filters) {
        auto const again = policy::matcher::parse(each.text());
        bool const plain = each.name().find_first_of(" =!\t\n\r\f\v") == std::string::npos;
        fuzz::require(
            !plain || std::holds_alternative<policy::matcher>(again), "a matcher reads its own text"
        );
        if (plain)
            fuzz::require(std::get<policy::matcher>(again) == each, "and is the same");
    }
}

// Text as the API would show it: broken bytes are replaced.
std::string mended(std::string_view text) {
    return nlohmann::json::parse(json_string(text, false)).get<std::string>();
}

void check_configuration(routing const& routes) {
    auto const read = YAML::Load(to_configuration(routes));
    fuzz::require(
        read["route"]["receiver"].as<std::string>() == mended(routes.root.receiver),
        "the configuration names the receiver as it is"
    );
    fuzz::require(read["receivers"].size() == receivers_of(routes).size(), "and lists all of them");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(data, data + size);
    url_query const query(text);
    routing routes{{{}, text, {"alertname"}}, {}};
    auto const alerts = read_alert_query(query);
    if (auto const* const wanted = std::get_if<alert_query>(&alerts)) {
        check_filters(wanted->filters);
        routes.routes.push_back({wanted->filters, "r", {}});
        two_alerts const held(routes);
        check_json(list_alerts(held, *wanted, now));
        check_json(list_groups(held, *wanted, now));
    } else
        check_json(json_string(std::get<std::string>(alerts), false));
    check_configuration(routes);

    auto const silences = read_silence_query(query);
    if (auto const* const wanted = std::get_if<silence_query>(&silences))
        check_json(list_silences({{"id", wanted->filters, now, now, now, text, text}}, *wanted, now));
    return 0;
}
