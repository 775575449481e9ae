// Policy tests as values: what a test file says, with the policy of each test already loaded. Pure: a policy
// file that a test names is asked for through a function; nothing is run here.
//
// Times are relative to the test's t = 0, so the past is negative.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/service_view.hpp"
#include "policy/yaml/load_policy.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy::test_file {

using text_map = std::map<std::string, std::string, std::less<>>;
using time_map = std::map<std::string, duration, std::less<>>;

enum class stuck_kind { none, unschedulable, crash_looping };

// Running tasks: a number, or as many as the spec wants.
struct running_tasks {
    std::optional<std::int64_t> count; // none: follows the replicas
};

// The fields of `service:`, those that were written. In a step: a change from outside.
struct service_fields {
    std::optional<std::int64_t> replicas;
    std::optional<running_tasks> running;
    std::optional<service_mode> mode; // written: the service is there (again)
    bool missing = false;             // `mode: missing`: there is no such service, until a step gives a mode
    std::optional<update_state> update;
    std::optional<bool> deployed;
    std::optional<text_map> labels;
    std::optional<pause_mode> pause;
    std::optional<stuck_kind> stuck;
    std::optional<bool> rollback_at_risk;
};

struct past_change {
    duration at{};
    std::int64_t delta = 0;
};

struct past_wish {
    duration at{};
    std::int64_t replicas = 0;
};

struct past_episode {
    duration since{};
    std::int64_t start = 0;
    std::optional<duration> acted;
};

// What happened before t = 0. What is not written never happened.
struct history_fields {
    bool fresh = false; // no saved history: the daemon started at t = 0
    std::optional<duration> boot;
    std::optional<duration> last_up;
    std::optional<duration> last_down;
    std::optional<std::int64_t> last_set; // none: the replicas of `service:`
    std::vector<past_change> events;
    std::vector<past_wish> recommendations;
    std::map<std::string, past_episode, std::less<>> episodes; // by POLICY/RULE
    time_map missing_since;                                    // by POLICY/RULE
    time_map idle_since;                                       // by POLICY
};

struct alert_fields {
    text_map labels;
    bool resolved = false;
    std::optional<duration> starts_at; // none: this step's time, kept while the same labels stay firing
    std::optional<duration> ends_at;
};

// What a query answers. NaN and infinities are values here: what they mean is the decision's business.
struct sample {
    enum class kind { values, empty, error };

    kind what = kind::empty;
    std::vector<double> values; // one for each series
};

enum class restart_kind {
    saved, // with local storage
    label, // only the service's state label survives
    fresh  // nothing survives
};

// Only the fields that were written are compared.
struct expectation {
    std::optional<decided_action> action;
    std::optional<std::int64_t> replicas;
    std::optional<std::int64_t> would;
    std::optional<std::string> reason; // a reason code, as text
    std::optional<std::string> policy;
};

// `every:`: decisions at from, from + every, ... up to and including until.
struct repetition {
    duration every{};
    duration from{};
    duration until{};
};

struct step {
    std::size_t line = 0; // where the step stands, for messages
    duration at{};        // of a repetition: its `from`
    std::optional<repetition> repeats;
    std::optional<std::vector<alert_fields>> alerts; // the whole alert state from here on
    std::map<std::string, sample, std::less<>> samples;
    std::optional<service_fields> service;
    std::optional<bool> live;
    std::optional<restart_kind> restart;
    bool write_refused = false;
    std::optional<expectation> expect; // none: the step only changes the world, unless it repeats
    std::optional<std::map<duration, std::int64_t>> expect_changes; // of a repetition
};

struct test {
    std::string name;
    std::size_t line = 0; // where the test stands, for messages
    // The nearest policy. It may have errors: then the test cannot run, and its faults say why.
    std::shared_ptr<loaded_policy const> policy;
    std::string service_name; // "" where neither the test nor the policy names one
    time_point clock;         // wall time of t = 0
    bool live = true;
    service_fields service;
    history_fields history;
    std::vector<step> steps;
};

// Why a policy file could not be read, or its text.
struct file_text {
    std::optional<std::string> text;
    std::string error; // where there is no text: "No such file or directory"
};

// Reads the policy file at `path`, which is made relative to the test file already.
using file_reader = std::function<file_text(std::string const& path)>;

struct parsed_file {
    std::vector<test> tests;   // none where a fault is an error
    std::vector<fault> faults; // of the test file itself
    // Each policy that could be read, once, also where `tests` is empty: their faults are not among `faults`.
    std::vector<std::shared_ptr<loaded_policy const>> policies;
};

// Reads a policy-test file. `file_name` serves the faults and is what `policy_file` is relative to.
parsed_file parse(
    std::string_view text,
    std::string const& file_name,
    file_reader const& read_file,
    load_options const& options = {}
);

} // namespace autoscaler::policy::test_file
