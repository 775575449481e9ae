#include "swarm_client/simulated/answers.hpp"

#include "swarm_client/simulated/go_json.hpp"

#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

answer json_answer(unsigned status, json const& body) {
    return {status, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", {}};
}

answer refused(api_error const& error) {
    return error_answer(error.status, error.message);
}

answer too_large_answer() {
    return error_answer(
        500, "rpc error: code = Unknown desc = raft: raft message is too large and can't be sent"
    );
}

std::variant<json, api_error> read_body(std::string const& body) {
    constexpr std::size_t largest_message = 4'194'304;
    if (body.find_first_not_of(" \t\r\n") == std::string::npos)
        return api_error{400, "got EOF while reading request body"};
    auto parsed = parse_go(body);
    if (!parsed.error.empty())
        return api_error{400, parsed.error};
    if (body.size() > largest_message)
        return api_error{
            500,
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (" +
                std::to_string(body.size()) + " vs. " + std::to_string(largest_message) + ")"
        };
    return std::move(parsed.value);
}

} // namespace autoscaler::swarm::simulated
