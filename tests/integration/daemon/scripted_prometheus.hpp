// A Prometheus that a test scripts: one value for every query, and the alerts that it lists.
#pragma once

#include "loop.hpp"
#include "support/scripted_server.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace autoscaler::tests {

enum class mood {
    answers,
    empty, // no series
    fails, // 503
    silent // never says anything
};

class scripted_prometheus {
public:
    explicit scripted_prometheus(loop& runs_on);

    std::string url() const { return server_.url(); }

    // `prometheus: {...}` for a policy file, with this short a timeout for one question.
    std::string section(std::string const& timeout = "2s") const;

    // Texts that were asked for, in order.
    std::vector<std::string> queries() const;
    std::size_t lists() const;

    double value = 0;
    mood now = mood::answers;
    std::vector<std::string> firing; // alertnames

private:
    test::scripted_reply answer(test::heard_request const& what) const;

    test::scripted_server server_;
};

} // namespace autoscaler::tests
