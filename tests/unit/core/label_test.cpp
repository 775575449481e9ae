#include "policy/core/label.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

TEST_CASE("a fingerprint is the one that Alertmanager gives", "[label]") {
    std::vector<label> const one{{"foo", "bar"}};
    std::vector<label> const three{{"alertname", "DiskFull"}, {"node", "bar"}, {"team", "ops"}};
    CHECK(to_hex(fingerprint(one)) == "3fff2c2d7595e046");
    CHECK(to_hex(fingerprint(three)) == "f6d739e95ee29d6a");
    CHECK(to_hex(fingerprint({})) == "cbf29ce484222325"); // the offset basis of FNV-64a
}

TEST_CASE("a fingerprint does not confuse where a name ends and its value begins", "[label]") {
    std::vector<label> const a{{"ab", "c"}};
    std::vector<label> const b{{"a", "bc"}};
    CHECK(fingerprint(a) != fingerprint(b));
}

TEST_CASE("a fingerprint is shown with all its sixteen digits", "[label]") {
    CHECK(to_hex(0) == "0000000000000000");
    CHECK(to_hex(0xABC) == "0000000000000abc");
    CHECK(to_hex(~std::uint64_t{0}) == "ffffffffffffffff");
}

TEST_CASE("a label that is missing has no value", "[label]") {
    std::vector<label> const set{{"a", "1"}, {"c", "3"}};
    CHECK(value_of(set, "a") == "1");
    CHECK(value_of(set, "c") == "3");
    CHECK(value_of(set, "b").empty());
    CHECK(value_of(set, "d").empty());
    CHECK(value_of({}, "a").empty());
}
