// What --web.config.file asks for, in force: the guard of the HTTP server. The file and all files that it
// names are looked at again when connections and requests come, at most once a second; a change takes effect
// at once, and what does not fit leaves everything as it was, with its faults told once. One thread, the
// executor's.
#pragma once

#include "policy/yaml/fault.hpp"
#include "server/http/guard.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::web {

struct gate_options {
    std::chrono::milliseconds look_every = std::chrono::seconds(1);
    // Told of a new version of the files: its faults, or none where it is in force now. Faults hold no
    // secrets.
    std::function<void(std::vector<policy::fault> const& faults)> on_reload;
};

class gate;

struct opened_gate {
    std::shared_ptr<gate> made;        // null where a fault is an error
    std::vector<policy::fault> faults; // with warnings
};

class gate final : public http::guard {
public:
    static opened_gate
    open(boost::asio::any_io_executor executor, std::string const& file, gate_options chosen = {});

    ~gate() override;
    gate(gate const&) = delete;
    gate& operator=(gate const&) = delete;

    // Reads everything again, changed or not. The old stays in force where a fault is an error.
    std::vector<policy::fault> reload();

    // What is in force, for warnings and for the page.
    bool speaks_tls() const;
    bool knows_callers() const; // users, tokens, or certificates that are verified

    std::shared_ptr<ssl_ctx_st> tls() override;
    std::string_view fields() override;
    std::optional<ruling>
    judge(http::request const& head, http::right needed, http::peer const& who) override;
    boost::asio::awaitable<ruling>
    judge_later(std::string authorization, http::right needed, http::peer const& who) override;
    void stop() override;

private:
    class state;
    explicit gate(std::unique_ptr<state> made);
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::server::web
