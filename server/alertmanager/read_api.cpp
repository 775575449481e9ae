#include "server/alertmanager/read_api.hpp"

#include "server/alertmanager/alert_list.hpp"
#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/render.hpp"

namespace autoscaler::server::alertmanager {

read_api::read_api(backend const& knows, identity self, wall_clock now, peer_list_answer for_peers)
    : knows_(knows), self_(std::move(self)), now_(std::move(now)), for_peers_(std::move(for_peers)) {}

http::response read_api::status() const {
    std::string out;
    auto const add = [&](std::string_view before, std::string_view text) {
        out += before;
        append_json_string(out, text, false);
    };
    add(R"({"cluster":{"name":)", self_.name);
    add(R"(,"peers":[{"address":)", self_.address);
    add(R"(,"name":)", self_.name);
    add(R"(}],"status":"ready"},"config":{"original":)", to_configuration(knows_.routes()));
    out += R"(},"uptime":)";
    append_time(out, self_.started);
    add(R"(,"versionInfo":{"branch":"","buildDate":)", self_.build_date);
    add(R"(,"buildUser":"","goVersion":"","revision":)", self_.revision);
    add(R"(,"version":)", self_.version);
    out += "}}";
    return v2_value(std::move(out));
}

http::response read_api::receivers() const {
    std::string out;
    append_list(out, receivers_of(knows_.routes()), [&](auto const& name) {
        append_receiver(out, name, false);
    });
    return v2_value(std::move(out));
}

http::response read_api::alerts(http::request const& asked) const {
    if (for_peers_)
        if (auto answer = for_peers_(asked))
            return *std::move(answer);
    auto const query = read_alert_query(url_query(asked.query));
    if (auto const* const fault = std::get_if<std::string>(&query))
        return v2_said(400, *fault);
    return v2_value(list_alerts(knows_, std::get<alert_query>(query), now_()));
}

http::response read_api::groups(http::request const& asked) const {
    auto const query = read_alert_query(url_query(asked.query));
    if (auto const* const fault = std::get_if<std::string>(&query))
        return v2_said(400, *fault);
    return v2_value(list_groups(knows_, std::get<alert_query>(query), now_()));
}

void read_api::add_to(http::router& routes) const {
    using request = http::request;
    routes.add("GET", "/api/v2/status", v2_reading("GET", [this](request const&) { return status(); }));
    routes.add("GET", "/api/v2/receivers", v2_reading("GET", [this](request const&) { return receivers(); }));
    routes.add("GET", "/api/v2/alerts", v2_reading("GET,POST", [this](request const& asked) {
                   return alerts(asked);
               }));
    routes.add("GET", "/api/v2/alerts/groups", v2_reading("GET", [this](request const& asked) {
                   return groups(asked);
               }));
}

} // namespace autoscaler::server::alertmanager
