#include "operate_samples.hpp"
#include "server/api/api.hpp"
#include "server/log/log.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace std::chrono_literals;
using policy::reason;
using samples::held;
using samples::nine;

namespace {

using names = std::vector<std::string>;

// Three services, some decisions, and the API's answers about them at nine and a half.
struct recorded {
    recorded() {
        log::start({}, &lines);
        book.record(held("patient", reason::swarm_unavailable, nine));
        book.record(held("hosp_patient", reason::no_signal, nine + 1min));
        book.record(held("web", reason::service_not_found, nine + 2min));
        book.record(held("gone", reason::no_signal, nine + 3min));
    }

    ~recorded() { log::start({}); }

    recorded(recorded const&) = delete;
    recorded& operator=(recorded const&) = delete;

    http::response ask(std::string_view query) const {
        return api::decisions(book, services, query, nine + 30min);
    }

    // The services of the decisions found, newest first.
    names found(std::string_view query) const {
        auto const answer = ask(query);
        INFO(answer.body);
        CHECK(answer.status == 200);
        names all;
        auto const body = nlohmann::json::parse(answer.body);
        for (auto const& each : body.at("decisions"))
            all.push_back(each.at("service"));
        return all;
    }

    std::string fault(std::string_view query) const {
        auto const answer = ask(query);
        CHECK(answer.status == 400);
        return nlohmann::json::parse(answer.body).at("error");
    }

    std::ostringstream lines;
    metrics counters{{.version = "1", .revision = ""}};
    journal book{counters};
    std::vector<policy::service_status> services{samples::patient(), samples::missing("web")};
};

} // namespace

TEST_CASE("all decisions are listed newest first", "[api]") {
    recorded const all;
    CHECK(all.found("") == names{"gone", "web", "hosp_patient", "patient"});
    CHECK(all.found("limit=1") == names{"gone"});
}

TEST_CASE("a service is found by each of its names, before and after it was first seen", "[api]") {
    recorded const all;
    CHECK(all.found("service=patient") == names{"hosp_patient", "patient"});
    CHECK(all.found("service=hosp_patient") == names{"hosp_patient", "patient"});
    CHECK(all.found("service=gone") == names{"gone"});
    CHECK(all.found("service=nobody").empty());
}

TEST_CASE("decisions are listed by reason and time", "[api]") {
    recorded const all;
    CHECK(all.found("reason=no_signal") == names{"gone", "hosp_patient"});
    CHECK(all.found("reason=return").empty());
    CHECK(all.found("since=28m") == names{"gone", "web"});
    CHECK(all.found("since=2026-11-20T09:02:00Z") == names{"gone", "web"});
    CHECK(all.found("since=2026-11-20T10:02:00%2B01:00") == names{"gone", "web"});
    CHECK(all.found("since=2026-11-20T10:02:00+01:00") == names{"gone", "web"});
    CHECK(all.found("since=1m").empty());
    CHECK(all.found("since=292y").size() == 4);
}

TEST_CASE("a bad parameter is named, with what was expected", "[api]") {
    recorded const all;
    CHECK(all.fault("limit=0") == R"(bad parameter limit="0": expected a whole number from 1 to 1000)");
    CHECK(all.fault("limit=1001") == R"(bad parameter limit="1001": expected a whole number from 1 to 1000)");
    CHECK(all.fault("limit=-1") == R"(bad parameter limit="-1": expected a whole number from 1 to 1000)");
    CHECK(all.fault("limit=5x") == R"(bad parameter limit="5x": expected a whole number from 1 to 1000)");
    CHECK(all.fault("limit=") == R"(bad parameter limit="": expected a whole number from 1 to 1000)");
    CHECK(
        all.fault("limit=99999999999999999999") ==
        R"(bad parameter limit="99999999999999999999": expected a whole number from 1 to 1000)"
    );
    CHECK(
        all.fault("since=yesterday") ==
        R"(bad parameter since="yesterday": expected a time as in 2026-11-20T09:00:00Z, or a duration as in 15m)"
    );
    CHECK(
        all.fault("since=-5m") ==
        R"(bad parameter since="-5m": expected a time as in 2026-11-20T09:00:00Z, or a duration as in 15m)"
    );
    CHECK(
        all.fault("reason=cooldown-up") ==
        R"(bad parameter reason="cooldown-up": expected a reason code; did you mean "cooldown_up"?)"
    );
    CHECK(all.fault("reason=") == R"(bad parameter reason="": expected a reason code, as in "alert")");
    CHECK(all.fault("service=") == R"(bad parameter service="": expected the name of a service)");
    CHECK(all.fault("sevice=web") == R"(unknown parameter "sevice"; did you mean "service"?)");
    CHECK(
        all.fault("format=json") == R"(unknown parameter "format": expected service, reason, since or limit)"
    );
}

TEST_CASE("every fault of a query is in the details", "[api]") {
    recorded const all;
    CHECK(
        all.ask("limit=x&since=y").body ==
        R"({"error":"bad parameter limit=\"x\": expected a whole number from 1 to 1000","details":[)"
        R"("bad parameter limit=\"x\": expected a whole number from 1 to 1000",)"
        R"("bad parameter since=\"y\": expected a time as in 2026-11-20T09:00:00Z, or a duration as in 15m"]})"
    );
}
