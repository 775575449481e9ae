#include "swarm_client/endpoint_book.hpp"

#include <utility>

namespace autoscaler::swarm {

namespace {

constexpr std::size_t longest_cause = 200; // of one endpoint among several

// Dialling one that is silent takes long, and what a person has to mend will not be mended in a second.
bool is_slow(error_kind kind) {
    using enum error_kind;
    return kind == timeout || kind == authentication || kind == tls_mismatch || kind == permission ||
           kind == protocol || kind == rejected;
}

} // namespace

bool tells_of_endpoint(error_kind kind) {
    using enum error_kind;
    return kind == unreachable || kind == permission || kind == authentication || kind == tls_mismatch ||
           kind == not_in_swarm || kind == not_a_manager || kind == locked || kind == no_leader;
}

endpoint_book::endpoint_book(std::vector<std::string> names, limits const& bounds, std::uint64_t seed)
    : bounds_(bounds) {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15ULL; // an odd one: no two seeds are equal
    for (auto& name : names)
        pages_.push_back({.name = std::move(name), .gate = breaker(seed += step)});
    if (pages_.size() == 1)
        serving_ = 0;
}

std::optional<std::size_t> endpoint_book::serving() const {
    return serving_;
}

std::vector<std::size_t> endpoint_book::candidates() const {
    std::vector<std::size_t> found;
    for (bool const doubtful : {false, true})
        for (std::size_t i = 0; i < pages_.size(); ++i)
            if (is_closed(i) && pages_[i].doubtful == doubtful)
                found.push_back(i);
    return found;
}

std::vector<std::size_t> endpoint_book::due(time_point now) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < pages_.size(); ++i)
        if (pages_[i].gate.due(now))
            found.push_back(i);
    return found;
}

std::vector<std::size_t> endpoint_book::spares_to_check(time_point now) const {
    std::vector<std::size_t> found;
    for (std::size_t const i : candidates())
        if (i != serving_ &&
            (!pages_[i].known || pages_[i].doubtful || now - pages_[i].looked_at >= bounds_.spare_check))
            found.push_back(i);
    return found;
}

void endpoint_book::checking(std::size_t which, time_point now) {
    pages_[which].looked_at = now;
    if (pages_[which].gate.at() == breaker::position::open)
        pages_[which].gate.try_out();
}

bool endpoint_book::passed(std::size_t which, time_point now) {
    page& of = pages_[which];
    bool const news = of.last.has_value();
    of.gate.succeeded(now);
    of.last.reset();
    of.doubtful = false;
    of.known = true;
    if (pages_.size() == 1)
        serving_ = 0;
    return news;
}

bool endpoint_book::failed(std::size_t which, error const& why, time_point now) {
    page& of = pages_[which];
    bool const news = !of.last || of.last->kind != why.kind;
    of.gate.failed(
        now, {bounds_.first_retry, is_slow(why.kind) ? bounds_.longest_slow_retry : bounds_.longest_retry}
    );
    of.last = why;
    of.doubtful = false;
    of.known = true;
    if (serving_ == which)
        serving_.reset();
    return news;
}

void endpoint_book::doubt(std::size_t which) {
    if (pages_.size() == 1)
        return;
    pages_[which].doubtful = true;
    if (serving_ == which)
        serving_.reset();
}

endpoint_state endpoint_book::state(std::size_t which) const {
    page const& of = pages_[which];
    endpoint_state made{.endpoint = of.name, .up = of.known && !of.last, .cause = ""};
    if (of.last) {
        error bare = *of.last;
        bare.operation.clear();
        bare.endpoint.clear();
        bare.maybe_applied = false; // was about some write of then
        made.cause = describe(bare);
    }
    return made;
}

error endpoint_book::why_none(std::string operation) const {
    std::optional<error> told;
    for (auto const& each : pages_) {
        if (!each.last)
            continue;
        if (!told)
            told = each.last;
        else
            told->message += "; " + each.name + " is " + std::string(to_string(each.last->kind)) + ": " +
                             each.last->message.substr(0, longest_cause);
    }
    if (!told)
        return swarm::failed(error_kind::timeout, std::move(operation), "no manager was found in time");
    told->operation = std::move(operation);
    told->maybe_applied = false; // nothing was sent
    return *told;
}

} // namespace autoscaler::swarm
