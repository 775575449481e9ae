#include "policy/yaml/test_names.hpp"

#include "policy/core/history.hpp"
#include "policy/yaml/spelling.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

using names = std::vector<std::string>;

// Calls `visit` with the value of `key`, if the map has it.
template<typename Visit>
void at_key(node const& map, std::string_view key, Visit visit) {
    if (map.what != node::kind::map)
        return;
    auto const found = std::ranges::find(map.keys, key, &node::text);
    if (found != map.keys.end())
        visit(map.items[static_cast<std::size_t>(found - map.keys.begin())]);
}

class name_check {
public:
    name_check(policy_set const& policies, fault_sink& faults)
        : faults_(faults), has_life_sign_(policies.liveness || policies.prometheus) {
        for (auto const& policy : policies.policies) {
            policies_.push_back(policy.name);
            for (auto const& rule : policy.rules) {
                rules_.push_back(memory_key(policy.name, rule.name));
                if (query_of(rule))
                    queries_.push_back(rule.name);
            }
        }
    }

    void read(node const& test) {
        check_live(test);
        at_key(test, "history", [this](node const& history) {
            for (auto const* key : {"episodes", "missing_since"})
                at_key(history, key, [&](node const& map) { check(map, rules_, "rule"); });
            at_key(history, "idle_since", [&](node const& map) { check(map, policies_, "policy"); });
        });
        at_key(test, "steps", [this](node const& steps) {
            for (auto const& step : steps.items) {
                check_live(step);
                at_key(step, "samples", [this](node const& map) {
                    check(map, queries_, "rule with a query");
                });
            }
        });
    }

private:
    void check_live(node const& map) {
        at_key(map, "live", [this](node const& live) {
            if (!has_life_sign_ && live.text == "false")
                faults_.warning(
                    live.offset,
                    "live: false is for policies with a liveness or a prometheus section: this one has "
                    "neither"
                );
        });
    }

    // `what` says what each key of the map should be the name of.
    void check(node const& map, names const& known, std::string_view what) {
        for (auto const& key : map.keys) {
            if (std::ranges::find(known, key.text) != known.end())
                continue;
            std::vector<std::string_view> const words(known.begin(), known.end());
            auto const near = nearest(key.text, words);
            faults_.warning(
                key.offset,
                "there is no " + std::string(what) + " " + in_quotes(key.text) +
                    (near ? "; did you mean " + in_quotes(*near) + "?" : "")
            );
        }
    }

    fault_sink& faults_;
    bool has_life_sign_;
    names policies_;
    names rules_;   // POLICY/RULE
    names queries_; // names of rules that poll
};

} // namespace

void warn_of_unknown_names(node const& item, policy_set const& policies, fault_sink& faults) {
    name_check(policies, faults).read(item);
}

} // namespace autoscaler::policy::yaml
