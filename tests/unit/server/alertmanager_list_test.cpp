// Lists and groups of alerts as JSON.
#include "server/alertmanager/alert_list.hpp"
#include "server/alertmanager/render.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::server::alertmanager;
using nlohmann::json;
using policy::testing::must_match;
using policy::testing::t0;
using namespace std::chrono_literals;

namespace {

struct held_alert {
    std::vector<policy::label> labels;
    std::vector<std::string> silenced_by = {};
    std::vector<policy::label> annotations = {};
    std::string url = {};
};

// Alerts that are simply there.
class shelf final : public backend {
public:
    shelf(std::vector<held_alert> alerts, routing routes)
        : alerts_(std::move(alerts)), routes_(std::move(routes)) {}

    void visit_alerts(policy::time_point, std::function<void(policy::listed_alert const&)> const& visit)
        const override {
        for (auto const& each : alerts_)
            visit({
                .labels = each.labels,
                .annotations = each.annotations,
                .generator_url = each.url,
                .starts_at = t0,
                .ends_at = t0 + 5min,
                .updated_at = t0 + 1min,
                .starts_zone = 120,
                .ends_zone = -570,
                .silenced_by = each.silenced_by,
            });
    }

    std::vector<policy::silence> const& silences() const override { return silences_; }

    boost::asio::awaitable<server::shared::silence_outcome> set_silence(server::shared::silence_draft
    ) override {
        co_return server::shared::silence_outcome{};
    }

    boost::asio::awaitable<server::shared::silence_outcome> expire_silence(std::string) override {
        co_return server::shared::silence_outcome{};
    }

    routing const& routes() const override { return routes_; }

private:
    std::vector<held_alert> alerts_;
    routing routes_;
    std::vector<policy::silence> silences_;
};

routing to_one(std::vector<std::string> group_by = {}) {
    return {{{}, "r", std::move(group_by)}, {}};
}

alert_query query_of(std::string_view query) {
    return std::get<alert_query>(read_alert_query(url_query(query)));
}

// The value of label `x` of each alert listed.
std::vector<std::string> listed(shelf const& from, std::string_view query) {
    std::vector<std::string> names;
    for (auto const& each : json::parse(list_alerts(from, query_of(query), t0)))
        names.push_back(each.at("labels").at("x"));
    std::ranges::sort(names);
    return names;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("an alert is written key by key as Alertmanager writes it", "[list]") {
    shelf const held(
        {{{{"alertname", "<A>"}, {"x", "\xFF\n"}},
          {"id-1", "id-2"},
          {{"a", ""}, {"s", "\xE2\x80\xA8&"}},
          "http://p/?a&b"}},
        to_one()
    );
    CHECK(
        list_alerts(held, {}, t0) ==
        R"([{"annotations":{"a":"","s":"\u2028\u0026"},"endsAt":"2025-12-31T14:35:00.000-09:30",)"
        R"("fingerprint":")" +
            policy::to_hex(
                policy::fingerprint(std::vector<policy::label>{{"alertname", "<A>"}, {"x", "\xFF\n"}})
            ) +
            R"(","receivers":[{"name":"r"}],"startsAt":"2026-01-01T02:00:00.000+02:00",)"
            R"("status":{"inhibitedBy":[],"silencedBy":["id-1","id-2"],"state":"suppressed"},)"
            R"("updatedAt":"2026-01-01T00:01:00.000Z","generatorURL":"http://p/?a\u0026b",)"
            R"("labels":{"alertname":"\u003cA\u003e","x":"\ufffd\n"}}])"
    );
}

TEST_CASE("nothing to list is an empty array", "[list]") {
    shelf const held({}, to_one());
    CHECK(list_alerts(held, {}, t0) == "[]");
    CHECK(list_groups(held, {}, t0) == "[]");
}

TEST_CASE("times are written with milliseconds, and years have four digits", "[list]") {
    auto const text = [](policy::time_point when, std::int16_t zone = 0) {
        std::string out;
        append_time(out, when, zone);
        return out;
    };
    CHECK(text(t0 - 1ms) == R"("2025-12-31T23:59:59.999Z")");
    CHECK(text(policy::time_point::min() + 48h) == R"("0000-01-01T00:00:00.000Z")");
    CHECK(text(policy::time_point::max() - 48h) == R"("9999-12-31T23:59:59.999Z")");
    CHECK(text(std::chrono::sys_days(std::chrono::year(1) / 1 / 1)) == R"("0001-01-01T00:00:00.000Z")");
    CHECK(text(t0, 1439) == R"("2026-01-01T23:59:00.000+23:59")");
}

TEST_CASE("alerts are listed by fingerprint, silenced ones as the flags say", "[list]") {
    std::vector<held_alert> alerts;
    for (std::string_view const x : {"1", "2", "3", "4"})
        alerts.push_back({{{"x", x}}});
    alerts[1].silenced_by = {"id"};
    shelf const held(alerts, to_one());
    std::string previous;
    for (auto const& each : json::parse(list_alerts(held, {}, t0))) {
        CHECK(previous < each.at("fingerprint").get<std::string>());
        previous = each.at("fingerprint");
    }
    CHECK(listed(held, "") == names{"1", "2", "3", "4"});
    CHECK(listed(held, "active=false") == names{"2"});
    CHECK(listed(held, "silenced=false") == names{"1", "3", "4"});
    CHECK(listed(held, "active=0&silenced=0").empty());
    CHECK(listed(held, "inhibited=false&muted=false&unprocessed=false").size() == 4);
    CHECK(listed(held, "filter=x%3D~%5B12%5D&filter=x!%3D1") == names{"2"});
    CHECK(listed(held, "filter=y%3D").size() == 4);
    CHECK(listed(held, "receiver=").size() == 4);
    CHECK(listed(held, "receiver=r|s").size() == 4);
    CHECK(listed(held, "receiver=rr").empty());
}

TEST_CASE("a query that is wrong is told its first fault, filters before the receiver", "[list]") {
    auto const fault = [](std::string_view query) {
        return std::get<std::string>(read_alert_query(url_query(query)));
    };
    CHECK(fault("receiver=(&filter=x") == "bad matcher format: x");
    CHECK(
        fault("receiver=(") ==
        "failed to parse receiver param: error parsing regexp: missing closing ): `^(?:()$`"
    );
}

TEST_CASE("groups are ordered by labels and receiver, their alerts by job, instance and labels", "[list]") {
    shelf const held(
        {
            {{{"alertname", "B"}, {"x", "1"}}},
            {{{"alertname", "A"}, {"instance", "b"}, {"job", "j"}, {"x", "2"}}},
            {{{"alertname", "A"}, {"instance", "a"}, {"job", "j"}, {"x", "3"}}},
            {{{"alertname", "A"}, {"x", "4"}}},
            {{{"x", "5"}}},
            {{{"alertname", "A"}, {"x", "0"}}},
        },
        {{{}, "root", {"alertname"}},
         {{{must_match("alertname=A")}, "web", {"alertname"}},
          {{must_match("x=~[34]")}, "web", {"alertname"}},
          {{must_match("alertname=~A|B")}, "all", {}}}}
    );
    std::vector<std::string> shown;
    for (auto const& group : json::parse(list_groups(held, {}, t0))) {
        std::string line =
            group.at("labels").dump() + " " + group.at("receiver").at("name").get<std::string>() + ":";
        for (auto const& each : group.at("alerts")) {
            line += " " + each.at("labels").at("x").get<std::string>() + "@";
            for (auto const& receiver : each.at("receivers"))
                line += receiver.at("name").get<std::string>() + ",";
        }
        shown.push_back(std::move(line));
    }
    CHECK(
        shown ==
        names{
            "{} all: 3@all,web, 2@all,web, 0@all,web, 4@all,web, 1@all,",
            "{} root: 5@root,",
            R"({"alertname":"A"} web: 3@all,web, 2@all,web, 0@all,web, 4@all,web,)",
        }
    );
    auto const of_web = json::parse(list_groups(held, query_of("receiver=web"), t0));
    REQUIRE(of_web.size() == 1);
    CHECK(of_web[0].at("alerts")[0].at("receivers").size() == 1); // of the groups that are asked for
}
