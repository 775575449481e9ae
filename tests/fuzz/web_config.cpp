// Any bytes as a web configuration.
#include "fuzz/faults.hpp"
#include "server/web/read_config.hpp"

#include <cstdint>

using namespace autoscaler;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(data, data + size);
    policy::yaml::fault_sink sink(text, "web.yml");
    auto const read = server::web::read_config(text, sink);
    auto const faults = sink.take();
    fuzz::check_faults(text, "web.yml", faults);
    fuzz::require(read.has_value() != policy::has_errors(faults), "a file is either read or has an error");
    return 0;
}
