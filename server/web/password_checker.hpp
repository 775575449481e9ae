// Checks passwords against bcrypt hashes on one worker thread, and remembers verdicts, so that the second
// request of a client costs nothing. Bounded: what waits, and what is remembered. All functions are for the
// executor's thread.
#pragma once

#include "server/web/keyed_hash.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace autoscaler::server::web {

enum class verdict {
    right,
    wrong,
    unknown // too many wait already, or it stops
};

class password_checker {
public:
    explicit password_checker(boost::asio::any_io_executor executor);

    // Waits for the one check that may be under way: some seconds at the highest cost.
    ~password_checker();
    password_checker(password_checker const&) = delete;
    password_checker& operator=(password_checker const&) = delete;

    // What is remembered of these three.
    std::optional<verdict>
    remembered(std::string const& user, std::string const& password, std::string const& hash) const;

    // Ends within 30 s, and with `unknown` when stop() is called, or the checker dies. Equal questions share
    // one check. A `right` is remembered for each user, until forget_others().
    boost::asio::awaitable<verdict> check(std::string user, std::string password, std::string hash);

    // Other users and hashes may be in force now: of what was right, that of users who `stay` is remembered.
    // It is of use only as long as their hash is the same; then whoever floods us with wrong passwords cannot
    // lock them out at a reload.
    void forget_others(std::function<bool(std::string const& user)> const& stay);

    // For good: ends what waits.
    void stop();

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::web
