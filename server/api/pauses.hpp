// PUT and DELETE /autoscaler/v1/services/NAME/pause: pauses that every autoscaler obeys and no deploy erases.
// What a body means and what an answer says are pure functions; the class only brings them together with the
// shared state, which it borrows. One thread.
#pragma once

#include "policy/core/pause.hpp"
#include "policy/core/status.hpp"
#include "server/http/message.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autoscaler::server::http {
class router;
}

namespace autoscaler::server::shared {
class shared_state;
struct pause_outcome;
} // namespace autoscaler::server::shared

namespace autoscaler::server::api {

// Longer comments are refused: every list of configs carries them.
inline constexpr std::size_t longest_comment = 1024;

// What the body of a PUT asks for.
struct wanted_pause {
    policy::pause_mode direction = policy::pause_mode::both;
    std::optional<policy::duration> how_long; // none: until it is lifted
    std::string comment;

    friend bool operator==(wanted_pause const&, wanted_pause const&) = default;
};

// Everything that is wrong with a body: where, what, and what was expected. At least one line.
using body_faults = std::vector<std::string>;

// {"direction":"up|down|both","for":"2h","comment":"..."}: each may be missing, an empty body asks for
// nothing special. `for` is a duration as the policy file has them.
std::variant<wanted_pause, body_faults> read_pause(std::string_view body);

// {"service":...,"direction":...,"until":... or null,"comment":...,"updated_at":...}
http::response to_response(shared::pause_outcome const& outcome, std::string_view service);

class pauses {
public:
    // `services` and `now` are asked with each request; `in` outlives the requests under way.
    pauses(
        shared::shared_state& in,
        std::function<std::vector<policy::service_status>()> services,
        std::function<policy::time_point()> now
    );

    void add_to(http::router& routes);

    // `name` is still percent-encoded: the full name, the name as a policy writes it, or, where only one
    // service has it, the name without its stack.
    boost::asio::awaitable<http::response> put(std::string_view name, std::string_view body);
    boost::asio::awaitable<http::response> lift(std::string_view name);

private:
    // The full name, or the answer that refuses it.
    std::variant<std::string, http::response> full_name(std::string_view name, bool to_lift) const;

    shared::shared_state& in_;
    std::function<std::vector<policy::service_status>()> services_;
    std::function<policy::time_point()> now_;
};

} // namespace autoscaler::server::api
