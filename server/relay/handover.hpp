// What an autoscaler that starts takes over from a peer: the peer's list of alerts with one more key,
// `stretches`, which says of each alert who has told of it and when. An API alert goes on as one of the API,
// with its own end; one of a webhook stays one, so that a resolved message ends it. Pure: text and values.
#pragma once

#include "policy/core/engine.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::server::relay {

// The answer to a peer.
std::string render_handover(policy::engine const& from, policy::time_point now);

class handover {
public:
    // `body` is followed by http::body_padding bytes. What cannot be read of it is left out.
    handover(std::string body, policy::time_point now);
    ~handover();
    handover(handover const&) = delete;
    handover& operator=(handover const&) = delete;
    handover(handover&&) noexcept;
    handover& operator=(handover&&) noexcept;

    // "", or why the body is no such list.
    std::string const& error() const { return error_; }

    // Both with heard_at; views into this object.
    std::span<policy::alert_notice const> firing() const { return firing_; }

    std::span<policy::alert_notice const> resolved() const { return resolved_; } // of webhooks

private:
    class reader;
    std::unique_ptr<reader> reader_;
    std::string error_;
    std::span<policy::alert_notice const> firing_;
    std::span<policy::alert_notice const> resolved_;
};

} // namespace autoscaler::server::relay
