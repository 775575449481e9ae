#include "swarm_client/simulated/scenario_json.hpp"

#include "swarm_client/simulated/spec_codec.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

std::string shown(json const& value) {
    auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

// "1.5s": a number and a unit, together not negative and below 290 years.
std::optional<model::duration> parse_duration(std::string_view text) {
    double number = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{})
        return std::nullopt;
    std::string_view const unit{stop, static_cast<std::size_t>(end - stop)};
    constexpr std::pair<std::string_view, double> units[] = {
        {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}
    };
    auto const found = std::ranges::find_if(units, [&](auto const& one) { return one.first == unit; });
    if (found == std::end(units) || !(number >= 0) || number * found->second > 9e18)
        return std::nullopt;
    return model::duration{static_cast<std::int64_t>(number * found->second)};
}

// One object of the document: hands out its members by name, and reports what is wrong with them, under its
// path.
class section {
public:
    section(
        json const& value,
        std::string path,
        setup_errors& errors,
        std::initializer_list<std::string_view> known
    )
        : value_{value}, path_{std::move(path)}, errors_{errors} {
        if (!value_.is_object()) {
            complain(path_, "an object", value_);
            return;
        }
        for (auto const& [key, member] : value_.items())
            if (std::ranges::find(known, key) == known.end())
                errors_.push_back(place(key) + ": unknown key \"" + key + "\"; known are " + listed(known));
    }

    std::string place(std::string_view key) const {
        return path_.empty() ? std::string{key} : path_ + "." + std::string{key};
    }

    setup_errors& errors() { return errors_; }

    // Calls `use(member, path)` if there is one.
    template<class Use>
    void with(std::string_view key, Use use) {
        if (auto const found = value_.is_object() ? value_.find(key) : value_.end(); found != value_.end())
            use(*found, place(key));
    }

    void text(std::string_view key, std::string& into) {
        with(key, [&](json const& member, std::string const& path) {
            if (member.is_string())
                into = member.get<std::string>();
            else
                complain(path, "a text", member);
        });
    }

    template<class Number>
    void whole(std::string_view key, Number& into) {
        with(key, [&](json const& member, std::string const& path) {
            if (member.is_number_unsigned() &&
                member.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
                into = member.get<Number>();
            else
                complain(path, "a whole number", member);
        });
    }

    void flag(std::string_view key, bool& into) {
        with(key, [&](json const& member, std::string const& path) {
            if (member.is_boolean())
                into = member.get<bool>();
            else
                complain(path, "true or false", member);
        });
    }

    template<class Duration> // duration or optional of it
    void time(std::string_view key, Duration& into) {
        with(key, [&](json const& member, std::string const& path) {
            auto const parsed = member.is_string() ? parse_duration(member.get<std::string>()) : std::nullopt;
            if (parsed)
                into = *parsed;
            else
                complain(path, "a duration such as \"500ms\", \"1s\" or \"2m\"", member);
        });
    }

    void texts(std::string_view key, std::vector<std::string>& into) {
        with(key, [&](json const& member, std::string const& path) {
            if (!member.is_array() ||
                !std::ranges::all_of(member, [](json const& one) { return one.is_string(); }))
                return complain(path, "a list of texts", member);
            into = member.get<std::vector<std::string>>();
        });
    }

    void labels(std::string_view key, std::map<std::string, std::string, std::less<>>& into) {
        with(key, [&](json const& member, std::string const& path) {
            if (!member.is_object() ||
                !std::ranges::all_of(member, [](json const& one) { return one.is_string(); }))
                return complain(path, "texts by name", member);
            for (auto const& [name, label] : member.items())
                into[name] = label.get<std::string>();
        });
    }

    // A word that `named` turns into an optional value.
    template<class Value, class Named>
    void word(std::string_view key, Value& into, std::string_view expected, Named named) {
        with(key, [&](json const& member, std::string const& path) {
            if (auto const value = member.is_string() ? named(member.get<std::string>()) : std::nullopt)
                into = *value;
            else
                complain(path, "one of " + std::string{expected}, member);
        });
    }

    void complain(std::string const& path, std::string const& expected, json const& found) {
        errors_.push_back(
            (path.empty() ? "document" : path) + ": expected " + expected + ", not " + shown(found)
        );
    }

private:
    static std::string listed(std::initializer_list<std::string_view> known) {
        std::string text;
        for (auto const one : known)
            text += (text.empty() ? "" : ", ") + std::string{one};
        return text;
    }

    json const& value_;
    std::string path_;
    setup_errors& errors_;
};

// Calls `read(element, path)` for each element of the list at `key`; says whether there is such a member.
template<class Read>
bool each(section& from, std::string_view key, Read read) {
    bool present = false;
    from.with(key, [&](json const& list, std::string const& path) {
        present = true;
        if (!list.is_array())
            return from.complain(path, "a list", list);
        for (std::size_t i = 0; i < list.size(); ++i)
            read(list[i], path + "[" + std::to_string(i) + "]");
    });
    return present;
}

template<class Value>
auto among(std::initializer_list<Value> values) {
    return [values = std::vector<Value>(values)](std::string_view word) -> std::optional<Value> {
        auto const found = std::ranges::find_if(values, [&](Value one) { return to_string(one) == word; });
        return found == values.end() ? std::nullopt : std::optional{*found};
    };
}

model::scenario_node read_node(json const& value, std::string const& path, setup_errors& errors) {
    section from{value, path, errors, {"hostname", "role", "availability", "labels"}};
    model::scenario_node read{"node", {}, {}, {}};
    using enum model::availability;
    from.text("hostname", read.hostname);
    from.word(
        "role", read.role, "manager, worker", among({model::node_role::manager, model::node_role::worker})
    );
    from.word("availability", read.available, "active, pause, drain", among({active, pause, drain}));
    from.labels("labels", read.labels);
    return read;
}

model::update_config read_update(json const& value, std::string const& path, setup_errors& errors) {
    section from{
        value,
        path,
        errors,
        {"parallelism", "delay", "monitor", "failure_action", "max_failure_ratio", "order"}
    };
    model::update_config read;
    using enum model::failure_action;
    using enum model::update_order;
    from.whole("parallelism", read.parallelism);
    from.time("delay", read.delay);
    from.time("monitor", read.monitor);
    from.word(
        "failure_action", read.on_failure, "pause, continue, rollback", among({pause, proceed, rollback})
    );
    from.word("order", read.order, "stop-first, start-first", among({stop_first, start_first}));
    from.with("max_failure_ratio", [&](json const& member, std::string const& where) {
        if (member.is_number() && member.get<double>() >= 0 && member.get<double>() <= 1)
            read.max_failure_ratio = member.get<float>();
        else
            from.complain(where, "a number from 0 to 1", member);
    });
    return read;
}

model::scenario_service read_service(json const& value, std::string const& path, setup_errors& errors) {
    section from{
        value,
        path,
        errors,
        {"name",
         "image",
         "replicas",
         "mode",
         "start_delay",
         "labels",
         "args",
         "env",
         "constraints",
         "stop_grace",
         "restart_delay",
         "update",
         "rollback"}
    };
    model::scenario_service read;
    from.text("name", read.spec.name);
    if (read.spec.name.empty() && value.is_object())
        errors.push_back(from.place("name") + ": missing; a service needs a name");
    read.spec.task.image = read.spec.name + ":latest";
    from.text("image", read.spec.task.image);
    from.whole("replicas", read.spec.replicas);
    using enum model::service_mode;
    from.word("mode", read.spec.mode, "replicated, global", among({replicated, global}));
    from.time("start_delay", read.start_delay);
    from.labels("labels", read.spec.labels);
    from.texts("args", read.spec.task.args);
    from.texts("env", read.spec.task.env);
    from.texts("constraints", read.spec.task.constraints);
    from.time("stop_grace", read.spec.task.stop_grace);
    from.with("restart_delay", [&](json const&, std::string const&) {
        read.spec.task.restart.emplace();
        from.time("restart_delay", read.spec.task.restart->delay);
    });
    from.with("update", [&](json const& member, std::string const& where) {
        read.spec.update = read_update(member, where, errors);
    });
    from.with("rollback", [&](json const& member, std::string const& where) {
        read.spec.rollback = read_update(member, where, errors);
    });
    auto const accepted = read_spec(write_spec(read.spec));
    if (auto const* const refused = std::get_if<api_error>(&accepted);
        refused != nullptr && !read.spec.name.empty())
        errors.push_back(path + ": no engine takes this service: " + refused->message);
    return read;
}

using behaviours = std::map<std::string, model::behaviour, std::less<>>;

void read_behaviours(section& document, std::string_view key, behaviours& into) {
    document.with(key, [&](json const& value, std::string const& path) {
        if (!value.is_object())
            return document.complain(path, "behaviours by name", value);
        for (auto const& [name, member] : value.items()) {
            section from{
                member,
                path + "[\"" + name + "\"]",
                document.errors(),
                {"missing", "start_delay", "stop_time", "runs_for", "exit_code"}
            };
            auto& read = into[name];
            from.flag("missing", read.missing);
            from.time("start_delay", read.start_delay);
            from.time("stop_time", read.stop_time);
            from.time("runs_for", read.runs_for);
            from.whole("exit_code", read.exit_code);
        }
    });
}

void read_timing(section& document, model::timing& into) {
    document.with("timing", [&](json const& value, std::string const& path) {
        section from{
            value,
            path,
            document.errors(),
            {"orchestrate", "schedule", "prepare", "start_delay", "stop_time", "node_timeout"}
        };
        from.time("orchestrate", into.orchestrate);
        from.time("schedule", into.schedule);
        from.time("prepare", into.prepare);
        from.time("start_delay", into.start_delay);
        from.time("stop_time", into.stop_time);
        from.time("node_timeout", into.node_timeout);
    });
}

fault read_one_fault(json const& value, std::string const& path, setup_errors& errors) {
    section from{value, path, errors, {"kind", "operation", "times", "status", "text", "lasts"}};
    fault read;
    bool named = false;
    from.with("kind", [&](json const&, std::string const&) { named = true; });
    if (!named && value.is_object())
        errors.push_back(from.place("kind") + ": missing; a fault needs a kind");
    from.word(
        "kind", read.kind, "stall, reset, error, late_error, conflict, lost_reply, refuse", fault_named
    );
    from.word("operation", read.where, "the operations, such as \"update_service\"", operation_named);
    from.whole("times", *read.times);
    if (*read.times == 0)
        read.times.reset();
    from.whole("status", read.status);
    from.text("text", read.text);
    from.time("lasts", read.lasts);
    if (read.status < 100 || read.status > 599)
        errors.push_back(from.place("status") + ": expected an HTTP status from 100 to 599");
    return read;
}

void refuse_same_names(std::vector<model::scenario_service> const& services, setup_errors& errors) {
    std::map<std::string_view, int> times;
    for (auto const& one : services)
        if (!one.spec.name.empty() && ++times[one.spec.name] == 2)
            errors.push_back("services: two of them are named \"" + one.spec.name + "\"");
}

} // namespace

std::variant<fault, setup_errors> read_fault(json const& document) {
    setup_errors errors;
    auto read = read_one_fault(document, "", errors);
    if (!errors.empty())
        return errors;
    return read;
}

std::variant<setup, setup_errors> read_setup(json const& document) {
    setup_errors errors;
    setup read;
    section from{
        document,
        "",
        errors,
        {"nodes", "services", "images", "commands", "timing", "age", "task_limit", "membership", "faults"}
    };
    auto& into = read.scenario;
    std::vector<model::scenario_node> nodes;
    if (each(from, "nodes", [&](json const& one, std::string const& path) {
            nodes.push_back(read_node(one, path, errors));
        }))
        into.nodes = std::move(nodes);
    std::vector<model::scenario_service> services;
    if (each(from, "services", [&](json const& one, std::string const& path) {
            services.push_back(read_service(one, path, errors));
        }))
        into.services = std::move(services);
    refuse_same_names(into.services, errors);
    read_behaviours(from, "images", into.images);
    read_behaviours(from, "commands", into.commands);
    read_timing(from, into.pace);
    from.time("age", into.age);
    from.whole("task_limit", into.task_limit);
    from.word("membership", read.place, "manager, worker, inactive, locked, no_leader", membership_named);
    each(from, "faults", [&](json const& one, std::string const& path) {
        read.faults.push_back(read_one_fault(one, path, errors));
    });
    if (!errors.empty())
        return errors;
    return read;
}

} // namespace autoscaler::swarm::simulated
