// Any bytes as a Prometheus rule file, and each expression in it as PromQL.
#include "policy/yaml/rule_file.hpp"

#include "fuzz/faults.hpp"
#include "policy/lint/promql.hpp"

#include <cstdint>
#include <string>

using namespace autoscaler;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(data, data + size);
    auto const read = policy::read_rule_file(text, "rules.yml");
    fuzz::check_faults(text, "rules.yml", read.faults);
    for (auto const& alert : read.alerts) {
        fuzz::require(alert.line >= 1 && alert.offset <= text.size(), "an alert stands in its file");
        policy::lint::read_promql(alert.expression);
    }
    policy::lint::read_promql(text);
    return 0;
}
