// The deadlines of a connection, and how it is ended from outside.
#include "server/http/session.hpp"

namespace autoscaler::server::http {

using boost::system::error_code;

void session::arm(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    armed_for_ = request_reader::state::complete;
}

void session::disarm() {
    deadline_ = clock::time_point::max();
    armed_for_ = request_reader::state::complete;
}

// The clock of a phase starts once: bytes that trickle in do not wind it up again.
void session::arm_for_input() {
    waiting_ = true;
    auto const phase = reader_.where();
    if (phase == armed_for_)
        return;
    auto const& limit = core_.chosen.limit;
    switch (phase) {
    case request_reader::state::idle:
        arm(first_ ? limit.time_to_head : limit.idle);
        break;
    case request_reader::state::body:
        arm(limit.time_to_body);
        break;
    default:
        if (!(first_ && armed_for_ == request_reader::state::idle)) // a first head is on time since accept
            arm(limit.time_to_head);
    }
    armed_for_ = phase;
}

void session::expire_if_due(clock::time_point now) {
    if (now < deadline_)
        return;
    expired_ = true;
    disarm();
    error_code ignored;
    stream_.socket().cancel(ignored);
}

void session::stop_if_idle() {
    error_code ignored;
    if (waiting_ && idle())
        stream_.socket().cancel(ignored);
}

void session::cut_off() {
    expired_ = true;
    stream_.close();
}

} // namespace autoscaler::server::http
