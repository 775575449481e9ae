#include "policy/yaml/test_service_reader.hpp"

#include "policy/yaml/test_time.hpp"
#include "policy/yaml/test_values.hpp"

namespace autoscaler::policy::yaml {

namespace {

using namespace test_file;

// none stands for `missing`.
constexpr word_table<std::optional<service_mode>, 5> modes{{
    {"replicated", service_mode::replicated},
    {"global", service_mode::global},
    {"replicated-job", service_mode::replicated_job},
    {"global-job", service_mode::global_job},
    {"missing", std::nullopt},
}};
constexpr word_table<update_state, 7> update_states{{
    {"", update_state::none},
    {"updating", update_state::updating},
    {"paused", update_state::paused},
    {"completed", update_state::completed},
    {"rollback_started", update_state::rollback_started},
    {"rollback_paused", update_state::rollback_paused},
    {"rollback_completed", update_state::rollback_completed},
}};
constexpr word_table<pause_mode, 4> pauses{{
    {"none", pause_mode::none},
    {"up", pause_mode::up},
    {"down", pause_mode::down},
    {"both", pause_mode::both},
}};
constexpr word_table<stuck_kind, 3> stuck_kinds{{
    {"none", stuck_kind::none},
    {"unschedulable", stuck_kind::unschedulable},
    {"crash_looping", stuck_kind::crash_looping},
}};

time_map read_times(node const& value, std::string_view what, fault_sink& faults) {
    time_map times;
    read_named(value, what, faults, [&](entry const& one) {
        if (auto const time = read_offset(one.value, one.key.text, faults))
            times.emplace(one.key.text, *time);
    });
    return times;
}

past_change read_event(node const& value, fault_sink& faults) {
    past_change made;
    map_reader map(faults, "an event");
    map.key("at", [&](entry const& one) {
        made.at = read_offset(one.value, "at", faults).value_or(made.at);
    });
    map.key("delta", [&](entry const& one) {
        made.delta = read_integer(one.value, "delta", -max_test_count, max_test_count, faults).value_or(0);
    });
    if (map.read(value)) {
        map.require("at", "at is missing");
        map.require("delta", "delta is missing");
    }
    return made;
}

past_wish read_wish(node const& value, fault_sink& faults) {
    past_wish made;
    map_reader map(faults, "a recommendation");
    map.key("at", [&](entry const& one) {
        made.at = read_offset(one.value, "at", faults).value_or(made.at);
    });
    map.key("replicas", [&](entry const& one) {
        made.replicas = read_count(one.value, "replicas", faults).value_or(0);
    });
    if (map.read(value)) {
        map.require("at", "at is missing");
        map.require("replicas", "replicas is missing");
    }
    return made;
}

past_episode read_episode(node const& value, fault_sink& faults) {
    past_episode made;
    map_reader map(faults, "an episode");
    map.key("since", [&](entry const& one) {
        made.since = read_offset(one.value, "since", faults).value_or(made.since);
    });
    map.key("start", [&](entry const& one) {
        made.start = read_count(one.value, "start", faults).value_or(0);
    });
    map.key("acted", [&](entry const& one) { made.acted = read_offset(one.value, "acted", faults); });
    if (map.read(value)) {
        map.require("since", "since is missing");
        map.require("start", "start is missing");
    }
    return made;
}

} // namespace

service_fields read_service_fields(node const& value, std::string* name, fault_sink& faults) {
    service_fields made;
    map_reader map(faults, "service");
    if (name != nullptr) {
        map.key("name", [&](entry const& one) { *name = read_text(one.value, "name", faults).value_or(""); });
    } else {
        map.misplaced("name", "a step cannot rename the service");
    }
    map.key("replicas", [&](entry const& one) { made.replicas = read_count(one.value, "replicas", faults); });
    map.key("running", [&](entry const& one) {
        made.running.emplace();
        if (!one.value.is_scalar() || one.value.text != "follows")
            made.running->count = read_count(one.value, "running", faults);
    });
    map.key("mode", [&](entry const& one) {
        auto const mode = read_one_of(one.value, "mode", modes, faults);
        made.missing = mode && !mode->has_value(); // the word is known, and is `missing`
        if (mode && mode->has_value())
            made.mode = *mode;
    });
    map.key("update_state", [&](entry const& one) {
        made.update = read_one_of(one.value, "update_state", update_states, faults);
    });
    map.key("deployed", [&](entry const& one) {
        made.deployed = read_boolean(one.value, "deployed", faults);
    });
    map.key("labels", [&](entry const& one) { made.labels = read_labels(one.value, "labels", faults); });
    map.key("pause", [&](entry const& one) { made.pause = read_one_of(one.value, "pause", pauses, faults); });
    map.key("stuck", [&](entry const& one) {
        made.stuck = read_one_of(one.value, "stuck", stuck_kinds, faults);
    });
    map.key("rollback_at_risk", [&](entry const& one) {
        made.rollback_at_risk = read_boolean(one.value, "rollback_at_risk", faults);
    });
    map.read(value);
    return made;
}

history_fields read_history(node const& value, fault_sink& faults) {
    history_fields made;
    map_reader map(faults, "history");
    auto const time = [&](std::string_view key, std::optional<duration>& target) {
        map.key(key, [&faults, &target, key](entry const& one) {
            target = read_offset(one.value, key, faults);
        });
    };
    map.key("fresh", [&](entry const& one) {
        made.fresh = read_boolean(one.value, "fresh", faults).value_or(false);
    });
    time("boot", made.boot);
    time("last_up", made.last_up);
    time("last_down", made.last_down);
    map.key("last_set", [&](entry const& one) { made.last_set = read_count(one.value, "last_set", faults); });
    map.key("events", [&](entry const& one) {
        read_list(one.value, "events", faults, [&](node const& item) {
            made.events.push_back(read_event(item, faults));
        });
    });
    map.key("recommendations", [&](entry const& one) {
        read_list(one.value, "recommendations", faults, [&](node const& item) {
            made.recommendations.push_back(read_wish(item, faults));
        });
    });
    map.key("episodes", [&](entry const& one) {
        read_named(one.value, "episodes", faults, [&](entry const& each) {
            made.episodes.emplace(each.key.text, read_episode(each.value, faults));
        });
    });
    map.key("missing_since", [&](entry const& one) {
        made.missing_since = read_times(one.value, "missing_since", faults);
    });
    map.key("idle_since", [&](entry const& one) {
        made.idle_since = read_times(one.value, "idle_since", faults);
    });
    map.read(value);
    return made;
}

} // namespace autoscaler::policy::yaml
