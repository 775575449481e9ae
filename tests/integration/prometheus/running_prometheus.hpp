// A real Prometheus on a free port of loopback, in a directory of its own, that scrapes itself every second.
// Ends with the object that started it, and with the test program at the latest.
#pragma once

#include "server/prometheus/client.hpp"

#include <boost/asio/io_context.hpp>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace autoscaler::test {

struct prometheus_setup {
    std::string rules;      // a rule file; "" = none
    std::string web_config; // for --web.config.file; DIR stands for the directory of `files`; "" = none
    std::vector<std::pair<std::string, std::string>> files{}; // name and content
};

class running_prometheus {
public:
    explicit running_prometheus(prometheus_setup const& how = {});
    ~running_prometheus();
    running_prometheus(running_prometheus const&) = delete;
    running_prometheus& operator=(running_prometheus const&) = delete;

    // "http://127.0.0.1:PORT", or with that scheme.
    std::string url(std::string_view scheme = "http") const;

    // Kills it, and starts it again on the same port.
    void kill();
    void start();

    // Runs the context until `finished`, which may ask this Prometheus; fails if it ends, or after 30 s.
    void wait_until(std::function<bool()> const& finished);

private:
    std::string directory_;
    std::uint16_t port_ = 0;
    bool web_config_ = false;
    pid_t process_ = -1;
};

} // namespace autoscaler::test
