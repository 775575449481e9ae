#include "policy/yaml/test_step_reader.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/test_service_reader.hpp"
#include "policy/yaml/test_time.hpp"
#include "policy/yaml/test_values.hpp"

#include <charconv>
#include <system_error>

namespace autoscaler::policy::yaml {

namespace {

using namespace test_file;

constexpr word_table<restart_kind, 3> restarts{{
    {"saved", restart_kind::saved},
    {"label", restart_kind::label},
    {"fresh", restart_kind::fresh},
}};
constexpr word_table<decided_action, 5> actions{{
    {"up", decided_action::up},
    {"down", decided_action::down},
    {"hold", decided_action::hold},
    {"restart", decided_action::restart},
    {"webhook", decided_action::webhook},
}};
constexpr word_table<bool, 2> alert_statuses{{{"firing", false}, {"resolved", true}}};
constexpr word_table<bool, 2> write_answers{{{"accepted", false}, {"refused", true}}};

alert_fields read_alert(node const& value, fault_sink& faults) {
    alert_fields made;
    map_reader map(faults, "an alert");
    map.key("labels", [&](entry const& one) {
        made.labels = read_labels(one.value, "labels", faults);
        if (one.value.what == node::kind::map && one.value.keys.empty())
            faults.error(one.value.offset, "labels must not be empty: an alert has at least its alertname");
    });
    map.key("status", [&](entry const& one) {
        made.resolved = read_one_of(one.value, "status", alert_statuses, faults).value_or(false);
    });
    map.key("starts_at", [&](entry const& one) {
        made.starts_at = read_offset(one.value, "starts_at", faults);
    });
    map.key("ends_at", [&](entry const& one) { made.ends_at = read_offset(one.value, "ends_at", faults); });
    if (map.read(value))
        map.require("labels", "labels is missing");
    return made;
}

// One number of a sample, `nan` and `inf` in any YAML spelling included.
std::optional<double> read_value(node const& value) {
    bool const word =
        value.is_scalar() && (value.text == "nan" || value.text == "inf" || value.text == "-inf");
    if (!word && (value.what != node::kind::plain || !number_trap(value.text).empty()))
        return std::nullopt;
    std::string_view text = value.text;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    std::string cleaned(text);
    if (auto const dot = cleaned.find(".inf"); dot <= 1)
        cleaned.erase(dot, 1);
    if (cleaned == ".nan")
        cleaned = "nan";
    double number = 0;
    auto const end = cleaned.data() + cleaned.size();
    auto const result = std::from_chars(cleaned.data(), end, number);
    return result.ec == std::errc{} && result.ptr == end ? std::optional(number) : std::nullopt;
}

sample read_sample(node const& value, std::string_view what, fault_sink& faults) {
    sample made;
    auto const refuse = [&](node const& wrong) {
        faults.error(
            wrong.offset,
            std::string(what) + " must be a number, empty, error, nan, inf or a list of numbers, not " +
                describe(wrong)
        );
        return sample{};
    };
    if (value.what == node::kind::list) {
        made.what = sample::kind::values;
        for (auto const& item : value.items) {
            auto const number = read_value(item);
            if (!number)
                return refuse(item);
            made.values.push_back(*number);
        }
        return made.values.empty() ? sample{} : made;
    }
    if (value.is_scalar() && (value.text == "empty" || value.text == "error")) {
        made.what = value.text == "empty" ? sample::kind::empty : sample::kind::error;
        return made;
    }
    auto const number = read_value(value);
    if (!number)
        return refuse(value);
    return {sample::kind::values, {*number}};
}

expectation read_expectation(node const& value, fault_sink& faults) {
    expectation made;
    map_reader map(faults, "expect");
    map.key("action", [&](entry const& one) {
        made.action = read_one_of(one.value, "action", actions, faults);
    });
    map.key("replicas", [&](entry const& one) { made.replicas = read_count(one.value, "replicas", faults); });
    map.key("would", [&](entry const& one) { made.would = read_count(one.value, "would", faults); });
    map.key("reason", [&](entry const& one) { made.reason = read_text(one.value, "reason", faults); });
    map.key("policy", [&](entry const& one) { made.policy = read_text(one.value, "policy", faults); });
    map.read(value);
    return made;
}

// `expect_changes`, with where each stands: which times can occur is known only when the step is read.
struct written_change {
    node const* key;
    duration at;
    std::int64_t replicas;
};

std::vector<written_change> read_changes(node const& value, fault_sink& faults) {
    std::vector<written_change> changes;
    read_named(value, "expect_changes", faults, [&](entry const& one) {
        auto const at = read_offset(one.key, "expect_changes", faults);
        auto const replicas = read_count(one.value, "expect_changes", faults);
        if (at && replicas)
            changes.push_back({&one.key, *at, *replicas});
    });
    return changes;
}

// A step while it is read: the keys that decide what kind of step it is.
struct step_draft {
    step value;
    std::optional<duration> at;
    std::optional<duration> every;
    std::optional<duration> from;
    std::optional<duration> until;
    node const* expect = nullptr;
    node const* changes = nullptr;
    node const* write = nullptr;
};

void add_step_world(map_reader& map, step_draft& draft, fault_sink& faults) {
    auto& made = draft.value;
    map.key("alerts", [&](entry const& one) {
        made.alerts.emplace();
        read_list(one.value, "alerts", faults, [&](node const& item) {
            made.alerts->push_back(read_alert(item, faults));
        });
    });
    map.key("samples", [&](entry const& one) {
        read_named(one.value, "samples", faults, [&](entry const& each) {
            made.samples.emplace(each.key.text, read_sample(each.value, each.key.text, faults));
        });
    });
    map.key("service", [&](entry const& one) {
        made.service = read_service_fields(one.value, nullptr, faults);
    });
    map.key("live", [&](entry const& one) { made.live = read_boolean(one.value, "live", faults); });
    map.key("restart", [&](entry const& one) {
        made.restart = read_one_of(one.value, "restart", restarts, faults);
    });
    map.key("write", [&](entry const& one) {
        draft.write = &one.key;
        made.write_refused = read_one_of(one.value, "write", write_answers, faults).value_or(false);
    });
}

void add_step_times(map_reader& map, step_draft& draft, fault_sink& faults) {
    auto const time = [&](std::string_view key, std::optional<duration>& target) {
        map.key(key, [&faults, &target, key](entry const& one) {
            target = read_duration(one.value, key, faults).value_or(duration{});
        });
    };
    time("at", draft.at);
    time("from", draft.from);
    time("until", draft.until);
    map.key("every", [&](entry const& one) {
        draft.every = read_duration(one.value, "every", faults).value_or(duration(1));
        if (*draft.every == duration::zero()) {
            faults.error(one.value.offset, "every of 0s would never end");
            draft.every = duration(1);
        }
    });
}

void finish_single(step_draft& draft, node const& item, fault_sink& faults) {
    if (draft.from || draft.until)
        faults.error(item.offset, "from and until belong to a step with \"every\"");
    if (draft.changes != nullptr)
        faults.error(
            draft.changes->offset, "expect_changes belongs to a step with \"every\"; here write expect"
        );
    draft.value.at = *draft.at;
    if (draft.expect != nullptr)
        draft.value.expect = read_expectation(*draft.expect, faults);
}

void finish_repetition(
    step_draft& draft, std::optional<duration> previous, node const& item, fault_sink& faults
) {
    if (draft.expect != nullptr)
        faults.error(draft.expect->offset, "expect belongs to a step with \"at\"; here write expect_changes");
    if (draft.write != nullptr)
        faults.error(draft.write->offset, "write belongs to a step with \"at\"");
    if (!draft.until) {
        faults.error(item.offset, "until is missing: when does \"every\" end?");
        return;
    }
    duration const after_previous = previous ? *previous + *draft.every : duration{};
    repetition const made{*draft.every, draft.from.value_or(after_previous), *draft.until};
    draft.value.at = made.from;
    draft.value.repeats = made;
    if (made.until < made.from) {
        faults.error(item.offset, "until " + to_text(made.until) + " lies before from " + to_text(made.from));
        return;
    }
    if (draft.changes == nullptr)
        return;
    draft.value.expect_changes.emplace();
    for (auto const& one : read_changes(*draft.changes, faults)) {
        bool const occurs =
            one.at >= made.from && one.at <= made.until && (one.at - made.from) % made.every == duration{};
        if (!occurs)
            faults.error(
                one.key->offset, "nothing is decided at " + in_quotes(one.key->text) + " in this step"
            );
        else if (!draft.value.expect_changes->emplace(one.at, one.replicas).second)
            faults.error(one.key->offset, "the time " + in_quotes(one.key->text) + " stands here twice");
    }
}

// `previous` is the last time of the step before.
step read_step(node const& item, std::optional<duration> previous, fault_sink& faults) {
    step_draft draft;
    draft.value.line = faults.line(item.offset);
    map_reader map(faults, "a step");
    add_step_times(map, draft, faults);
    add_step_world(map, draft, faults);
    map.key("expect", [&](entry const& one) { draft.expect = &one.value; });
    map.key("expect_changes", [&](entry const& one) { draft.changes = &one.value; });
    if (!map.read(item))
        return draft.value;
    if (draft.at.has_value() == draft.every.has_value()) {
        faults.error(item.offset, "a step has either at or every");
        return draft.value;
    }
    if (draft.at)
        finish_single(draft, item, faults);
    else
        finish_repetition(draft, previous, item, faults);
    if (previous && draft.value.at < *previous)
        faults.error(item.offset, "steps stand in time order: the one before ends at " + to_text(*previous));
    return draft.value;
}

} // namespace

std::vector<step> read_steps(node const& value, fault_sink& faults) {
    std::vector<step> steps;
    std::optional<duration> previous;
    read_list(value, "steps", faults, [&](node const& item) {
        steps.push_back(read_step(item, previous, faults));
        step const& made = steps.back();
        previous = made.repeats ? made.repeats->until : made.at;
    });
    return steps;
}

} // namespace autoscaler::policy::yaml
