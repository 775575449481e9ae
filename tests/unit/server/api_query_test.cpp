#include "server/api/query.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server;
using api::parameters;

namespace {

parameters read(std::string_view query) {
    auto const result = api::parse_query(query);
    REQUIRE(std::holds_alternative<parameters>(result));
    return std::get<parameters>(result);
}

std::string fault(std::string_view query) {
    auto const result = api::parse_query(query);
    REQUIRE(std::holds_alternative<std::string>(result));
    return std::get<std::string>(result);
}

} // namespace

TEST_CASE("percent-encoding is undone", "[api]") {
    CHECK(api::decode("hosp_patient") == "hosp_patient");
    CHECK(api::decode("a%2Fb%2fc") == "a/b/c");
    CHECK(api::decode("gr%C3%B6%C3%9Fe") == "größe");
    CHECK(api::decode("a+b") == "a+b");
    CHECK(api::decode("").value() == "");
    CHECK(api::decode("%00").value() == std::string(1, '\0'));
}

TEST_CASE("broken escapes and what is no UTF-8 are refused", "[api]") {
    auto const text = GENERATE("%", "%2", "a%2", "%zz", "%2g", "%%20", "%FF", "%C3", "%ED%A0%80", "\xFF");
    CAPTURE(text);
    CHECK_FALSE(api::decode(text));
}

TEST_CASE("a query is read into its parameters", "[api]") {
    CHECK(read("").empty());
    CHECK(read("service=web&limit=5") == parameters{{"service", "web"}, {"limit", "5"}});
    CHECK(read("a=b+c%2Bd&&e") == parameters{{"a", "b c+d"}, {"e", ""}});
    CHECK(read("a=b=c") == parameters{{"a", "b=c"}});
    CHECK(read("a=1&") == parameters{{"a", "1"}});
}

TEST_CASE("a query with a broken escape is refused, and the parameter named", "[api]") {
    CHECK(
        fault("limit=5&service=%zz") ==
        R"(bad escape in the parameter "service=%zz": expected percent-encoded UTF-8, as in service=a%2Fb)"
    );
}

TEST_CASE("a parameter given twice is refused", "[api]") {
    CHECK(fault("limit=5&limit=6") == R"(parameter "limit" is given twice: expected it once)");
    CHECK(fault("a=1&%61=2") == R"(parameter "a" is given twice: expected it once)");
}
