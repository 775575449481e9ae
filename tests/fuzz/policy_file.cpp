// Any bytes as a policy file.
#include "fuzz/faults.hpp"
#include "policy/yaml/load_policy.hpp"

#include <cstdint>

using namespace autoscaler;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(data, data + size);
    auto const loaded = policy::load_policy(text, "policy.yml");
    fuzz::check_faults(text, "policy.yml", loaded.faults);
    fuzz::require(
        loaded.policies.has_value() != policy::has_errors(loaded.faults),
        "a file is either loaded or has an error"
    );
    return 0;
}
