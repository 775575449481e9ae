// Looks whether other autoscalers of the swarm follow the same policy file: each write names it in the state
// label. Tells in the log when one does not, and when that is over. One thread.
#pragma once

#include "policy/core/service_view.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace autoscaler::server {

class policy_watch {
public:
    // `instance`: as in policy::engine_options.
    explicit policy_watch(std::string instance) : writer_prefix_(std::move(instance) + ".") {}

    // The policy file in force from now on; what was found of the one before is forgotten.
    void follow(std::string hash);

    // A service was observed. What was written before it was seen for the first time may be of an older file
    // of our own, so it says nothing.
    void seen(policy::service_view const& view);

    // Services whose last write came from an autoscaler with another policy file.
    std::size_t mismatches() const;

private:
    struct known {
        std::uint64_t sequence = 0;
        bool differs = false;
    };

    std::string writer_prefix_;
    std::string hash_;
    std::map<std::string, known, std::less<>> services_; // by ID
};

} // namespace autoscaler::server
