// Turns the body of POST /api/v2/silences into a draft, and knows Alertmanager's answer to each that is none.
// No clock, no socket, no state.
#pragma once

#include "server/http/message.hpp"
#include "server/shared/silence_rules.hpp"

#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

struct decoded_silence {
    // With another status than 200 there is no draft.
    http::response refusal;
    shared::silence_draft draft;
    // What is wrong with the first matcher that is none, in Alertmanager's words; the draft lacks it and
    // those behind it then. Alertmanager looks at times and id first.
    std::string matcher_fault;
};

// Behind `body`, http::body_padding bytes must be readable.
decoded_silence decode_silence(std::string_view body, shared::silence_limits const& limits);

} // namespace autoscaler::server::alertmanager
