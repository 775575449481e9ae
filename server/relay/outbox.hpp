// What waits to be sent to one peer: bodies in their order, bounded by number and bytes. The text of a body
// is shared by all peers. Pure: time is an argument. One thread.
#pragma once

#include "server/relay/options.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace autoscaler::server::relay {

using steady_time = std::chrono::steady_clock::time_point;

// One request's body as it came in.
struct relayed_body {
    std::shared_ptr<std::string const> text;
    std::string path; // below the route prefix
    std::string content_type;
    // Of a webhook: nobody sends it again, so it stays longest.
    bool webhook = false;
    // Some of its alerts were refused here, with 400: so they will be there.
    bool partly = false;
    steady_time heard;
    // From then on what it says of firing alerts would be read as their end.
    std::optional<steady_time> useless_from{};
};

class outbox {
public:
    explicit outbox(limits const& bounds) : bounds_(bounds) {}

    // Puts it behind the others. Returns how many bodies had to go, perhaps this one: the oldest of the API,
    // and where there are none, the oldest. Never the one that is under way.
    std::size_t push(relayed_body body);

    // The first that is still of use, or null. It is under way until done(). Adds to `dropped` those that
    // time has made useless.
    relayed_body const* next(steady_time now, std::size_t& dropped);

    // The one under way has ended, whatever came of it.
    void done();

    // Everything goes. Returns how many bodies that were.
    std::size_t clear();

    bool empty() const { return waiting_.empty(); }

    std::size_t size() const { return waiting_.size(); }

    std::size_t bytes() const { return bytes_; }

private:
    void remove(std::deque<relayed_body>::iterator which);
    void make_way();

    limits bounds_;
    std::deque<relayed_body> waiting_;
    std::size_t bytes_ = 0;
    bool under_way_ = false; // the first one
};

} // namespace autoscaler::server::relay
