// Certificates for tests: an authority and what it issues, made in memory.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace autoscaler::test {

// A key and its certificate, as PEM.
struct identity {
    std::string certificate;
    std::string key;
};

// An authority that exists for one test.
class test_authority {
public:
    test_authority();
    ~test_authority();
    test_authority(test_authority const&) = delete;
    test_authority& operator=(test_authority const&) = delete;

    std::string const& certificate() const;

    // `names` as in a subjectAltName: "DNS:localhost,IP:127.0.0.1". Valid from an hour ago for `validity`.
    // `usage`, as in an extendedKeyUsage, is left out where empty.
    identity issue(
        std::string const& names,
        std::chrono::seconds validity = std::chrono::hours(24),
        std::string const& usage = ""
    ) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::test
