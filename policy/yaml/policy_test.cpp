#include "policy/yaml/policy_test.hpp"

#include "policy/yaml/load_node.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/path.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/test_names.hpp"
#include "policy/yaml/test_service_reader.hpp"
#include "policy/yaml/test_step_reader.hpp"
#include "policy/yaml/test_time.hpp"

#include <algorithm>

namespace autoscaler::policy::test_file {

namespace {

using namespace yaml;

using shared_policy = std::shared_ptr<loaded_policy const>;

// The wall time of t = 0 where a test names none.
constexpr time_point default_clock = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

// A file that asks for more decisions than this would seem to hang: it takes minutes.
constexpr std::int64_t max_decisions = 10'000'000;

class reader {
public:
    reader(
        std::string_view text,
        std::string const& file_name,
        file_reader const& read_file,
        load_options const& options
    )
        : text_(text)
        , file_name_(file_name)
        , read_file_(read_file)
        , options_(options)
        , faults_(text, file_name) {}

    parsed_file read();

private:
    // `policy` or `policy_file` of the file or of a test.
    struct policy_keys {
        node const* text = nullptr;
        node const* file = nullptr;
        std::size_t at = 0;
    };

    void add_policy_keys(map_reader& map, policy_keys& keys);
    shared_policy load(policy_keys const& keys);
    shared_policy load_inline(node const& root);
    shared_policy load_file(node const& path);
    shared_policy keep(loaded_policy made);
    void add_test_keys(map_reader& map, test& made, node const*& steps);
    test read_test(node const& item);
    void finish_test(test& made, node const& item);
    void count_decisions(test const& made, node const& item);
    std::vector<test> read_tests(node const& list);

    std::string_view text_;
    std::string const& file_name_;
    file_reader const& read_file_;
    load_options const& options_;
    fault_sink faults_;
    shared_policy common_;                       // of the file: serves where a test has none of its own
    std::map<std::string, shared_policy> files_; // loaded already, by path
    std::vector<shared_policy> policies_;        // all of them
    std::int64_t decisions_ = 0;                 // of all tests so far
};

void reader::add_policy_keys(map_reader& map, policy_keys& keys) {
    auto const take = [&keys](node const*& target) {
        return [&keys, &target](entry const& one) {
            target = &one.value;
            keys.at = one.key.offset;
        };
    };
    map.key("policy", take(keys.text));
    map.key("policy_file", take(keys.file));
}

shared_policy reader::load(policy_keys const& keys) {
    if (keys.text != nullptr && keys.file != nullptr) {
        faults_.error(keys.at, "policy and policy_file exclude each other");
        return nullptr;
    }
    if (keys.text != nullptr)
        return load_inline(*keys.text);
    return keys.file != nullptr ? load_file(*keys.file) : nullptr;
}

// Its faults are the test's, not the file's: a test of a policy that is refused can be named and left out.
shared_policy reader::load_inline(node const& root) {
    fault_sink own(text_, file_name_);
    return keep(load_node(root, text_, options_, own));
}

shared_policy reader::keep(loaded_policy made) {
    return policies_.emplace_back(std::make_shared<loaded_policy const>(std::move(made)));
}

shared_policy reader::load_file(node const& path) {
    auto const written = read_text(path, "policy_file", faults_);
    if (!written)
        return nullptr;
    std::string const resolved = path_beside(file_name_, *written);
    auto const known = files_.find(resolved);
    if (known != files_.end())
        return known->second;
    file_text const found = read_file_(resolved);
    shared_policy loaded;
    if (found.text)
        loaded = keep(load_policy(*found.text, resolved, options_));
    else
        faults_.error(path.offset, "cannot read " + in_quotes(resolved) + ": " + found.error);
    files_.emplace(resolved, loaded);
    return loaded;
}

void reader::add_test_keys(map_reader& map, test& made, node const*& steps) {
    map.key("name", [&](entry const& one) {
        made.name = read_text(one.value, "name", faults_).value_or("");
    });
    map.key("clock", [&](entry const& one) {
        auto const clock = one.value.is_scalar() ? parse_clock(one.value.text) : std::nullopt;
        if (!clock)
            faults_.error(
                one.value.offset,
                "clock must be a time such as 2026-03-02T08:00:00Z, not " + describe(one.value)
            );
        made.clock = clock.value_or(default_clock);
    });
    map.key("live", [&](entry const& one) {
        made.live = read_boolean(one.value, "live", faults_).value_or(true);
    });
    map.key("service", [&](entry const& one) {
        made.service = read_service_fields(one.value, &made.service_name, faults_);
    });
    map.key("history", [&](entry const& one) { made.history = read_history(one.value, faults_); });
    map.key("steps", [&](entry const& one) { steps = &one.value; });
}

test reader::read_test(node const& item) {
    test made;
    made.line = faults_.line(item.offset);
    made.clock = default_clock;
    policy_keys keys;
    node const* steps = nullptr;
    map_reader map(faults_, "a test");
    add_test_keys(map, made, steps);
    add_policy_keys(map, keys);
    if (!map.read(item))
        return made;
    map.require("name", "name is missing: a failed test is told by its name");
    map.require("steps", "steps is missing: the test does nothing");
    if (steps != nullptr)
        made.steps = read_steps(*steps, faults_);
    bool const has_policy = keys.text != nullptr || keys.file != nullptr;
    made.policy = has_policy ? load(keys) : common_;
    if (!has_policy && !common_)
        faults_.error(
            item.offset, "policy is missing: write policy or policy_file here or at the top of the file"
        );
    finish_test(made, item);
    return made;
}

void reader::finish_test(test& made, node const& item) {
    bool const counted = !made.service.missing &&
                         made.service.mode.value_or(service_mode::replicated) == service_mode::replicated;
    if (counted && !made.service.replicas)
        faults_.error(
            item.offset, "service.replicas is missing: how large is the service before the first step?"
        );
    count_decisions(made, item);
    if (!made.policy || !made.policy->policies || made.policy->policies->policies.empty())
        return;
    auto const& policies = *made.policy->policies;
    if (made.service_name.empty())
        made.service_name = policies.policies.front().service;
    if (made.service_name.empty())
        faults_.error(item.offset, "service.name is missing: the policy takes it from a label of an alert");
    warn_of_unknown_names(item, policies, faults_);
}

void reader::count_decisions(test const& made, node const& item) {
    if (decisions_ > max_decisions)
        return; // it is told already
    for (auto const& each : made.steps) {
        std::int64_t const more =
            each.repeats ? (each.repeats->until - each.repeats->from) / each.repeats->every + 1 : 1;
        decisions_ += std::min(more, max_decisions + 1);
    }
    if (decisions_ > max_decisions)
        faults_.error(
            item.offset,
            "more than " + std::to_string(max_decisions) +
                " decisions in one file: write a larger every or an earlier until"
        );
}

std::vector<test> reader::read_tests(node const& list) {
    std::vector<test> tests;
    if (list.what != node::kind::list || list.items.empty()) {
        std::string const found = list.what == node::kind::list ? "an empty list" : describe(list);
        faults_.error(list.offset, "tests must be a list of tests, not " + found);
        return tests;
    }
    std::map<std::string, std::size_t> names;
    for (auto const& item : list.items) {
        tests.push_back(read_test(item));
        auto const [first, is_new] = names.emplace(tests.back().name, item.offset);
        if (!is_new && !tests.back().name.empty()) {
            faults_.error(
                item.offset,
                "two tests are called " + in_quotes(tests.back().name) + ": the other begins at " +
                    faults_.where(first->second)
            );
        }
    }
    return tests;
}

parsed_file reader::read() {
    parsed_file made;
    if (auto const root = read_yaml(text_, faults_)) {
        policy_keys keys;
        node const* tests = nullptr;
        map_reader map(faults_, "a policy-test file");
        add_policy_keys(map, keys);
        map.key("tests", [&](entry const& one) { tests = &one.value; });
        if (map.read(*root)) {
            common_ = load(keys);
            map.require("tests", "tests is missing");
            if (tests != nullptr)
                made.tests = read_tests(*tests);
        }
    }
    if (faults_.failed())
        made.tests.clear();
    made.faults = faults_.take();
    made.policies = std::move(policies_);
    return made;
}

} // namespace

parsed_file parse(
    std::string_view text,
    std::string const& file_name,
    file_reader const& read_file,
    load_options const& options
) {
    return reader(text, file_name, read_file, options).read();
}

} // namespace autoscaler::policy::test_file
