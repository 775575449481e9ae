#include "tests/simulation/people.hpp"

#include "server/driver/adapt.hpp"
#include "server/driver/state_label.hpp"
#include "tests/simulation/drawn_policies.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::simulation {

namespace {

constexpr auto good_image = "good:";
constexpr auto missing_image = "missing";
constexpr auto crashing_image = "crashing";

model::scenario_service draw_service(chance& dice, std::string name) {
    model::service_spec spec;
    spec.name = std::move(name);
    spec.replicas = static_cast<std::uint64_t>(dice.pick(1, 4));
    spec.labels[std::string(server::enable_label_name)] = "true";
    spec.task.image = std::string(good_image) + "0";
    spec.task.stop_grace = std::chrono::seconds(1);
    model::update_config update;
    update.on_failure = static_cast<model::failure_action>(dice.pick(0, 2));
    update.monitor = std::chrono::seconds(dice.pick(1, 8));
    update.parallelism = static_cast<std::uint64_t>(dice.pick(0, 2));
    spec.update = update;
    return {.spec = spec, .start_delay = std::chrono::milliseconds(dice.pick(200, 12'000))};
}

model::behaviour crashing() {
    model::behaviour made;
    made.runs_for = std::chrono::milliseconds(900);
    return made;
}

} // namespace

model::scenario draw_scenario(chance& dice, std::vector<std::string> const& services) {
    model::scenario made;
    made.nodes.clear();
    for (auto const* host : {"node1", "node2", "node3"})
        made.nodes.push_back(
            {.hostname = host,
             .role = model::node_role::manager,
             .available = model::availability::active,
             .labels = {{"zone", host == std::string_view("node1") ? "a" : "b"}}}
        );
    for (auto const& each : services)
        made.services.push_back(draw_service(dice, each));
    auto global = draw_service(dice, std::string(everywhere));
    global.spec.mode = model::service_mode::global;
    made.services.push_back(global);
    made.services.push_back(draw_service(dice, std::string(idle)));
    made.images[missing_image].missing = true;
    made.images[crashing_image] = crashing();
    made.event_limit = 500;
    return made;
}

people::people(stage& on, swarm_wire& wire, promises& watch, std::vector<std::string> services)
    : stage_(on), wire_(wire), watch_(watch), services_(std::move(services)) {}

model::service const* people::any_service() {
    auto const which = static_cast<std::size_t>(stage_.dice.pick(0, std::ssize(services_) - 1));
    return wire_.cluster().find_service_named(services_[which]);
}

void people::happen() {
    auto const* const which = any_service();
    auto const what = stage_.dice.pick(1, 100);
    if (what > 88)
        return what > 94 ? change_pauses() : change_silences();
    if (what > 78)
        return change_nodes();
    if (!which)
        return;
    if (what > 62)
        return deploy(*which);
    if (what > 48)
        return stack_deploy(*which);
    if (what > 34)
        return scale(*which);
    if (what > 24)
        return roll_back(*which);
    if (what > 12)
        return change_labels(*which);
    if (what > 5)
        return change_placement(*which);
    recreate(*which);
}

void people::change(model::service const& which, model::service_spec spec) {
    auto const from = static_cast<std::int64_t>(which.spec.replicas);
    auto const to = static_cast<std::int64_t>(spec.replicas);
    std::string const id = which.id;
    if (!wire_.cluster().update_service(id, which.version, std::move(spec), to_model(stage_.time.now())))
        watch_.outside_change(id, from, to);
}

// `docker service update --image`: labels and replicas stay.
void people::deploy(model::service const& which) {
    auto spec = which.spec;
    bool const good = stage_.dice.percent(55);
    spec.task.image = good                      ? good_image + std::to_string(++images_)
                      : stage_.dice.percent(50) ? missing_image
                                                : crashing_image;
    stage_.counts.note(good ? incident::deploy_good : incident::deploy_bad);
    stage_.say("people", "deploy " + spec.task.image + " to " + spec.name);
    change(which, std::move(spec));
}

// The file's count, and only the file's labels.
void people::stack_deploy(model::service const& which) {
    auto spec = which.spec;
    spec.labels.erase(std::string(server::state_label_name));
    spec.replicas = static_cast<std::uint64_t>(stage_.dice.pick(1, 3));
    if (stage_.dice.percent(60))
        spec.task.image = stage_.dice.percent(70) ? good_image + std::to_string(++images_) : missing_image;
    stage_.counts.note(incident::stack_deploy);
    stage_.say(
        "people",
        "deploy the stack: " + spec.name + " " + std::to_string(spec.replicas) + " " + spec.task.image
    );
    change(which, std::move(spec));
}

void people::scale(model::service const& which) {
    auto spec = which.spec;
    spec.replicas = static_cast<std::uint64_t>(stage_.dice.percent(15) ? 0 : stage_.dice.pick(1, 13));
    stage_.counts.note(incident::scaled_by_hand);
    stage_.say("people", "scale " + spec.name + " to " + std::to_string(spec.replicas));
    change(which, std::move(spec));
}

void people::roll_back(model::service const& which) {
    if (!which.previous_spec)
        return;
    auto const from = static_cast<std::int64_t>(which.spec.replicas);
    auto const to = static_cast<std::int64_t>(which.previous_spec->replicas);
    std::string const id = which.id;
    stage_.counts.note(incident::rolled_back_by_hand);
    stage_.say("people", "roll back " + which.spec.name + " to " + std::to_string(to));
    if (wire_.cluster().rollback_service(id, which.version, which.spec, to_model(stage_.time.now())))
        return;
    watch_.outside_change(id, from, to);
    watch_.rolled_back(id);
}

void people::recreate(model::service const& which) {
    auto spec = which.spec;
    spec.labels.erase(std::string(server::state_label_name));
    spec.task.image = good_image + std::to_string(++images_);
    stage_.counts.note(incident::service_recreated);
    stage_.say("people", "remove " + spec.name);
    wire_.cluster().remove_service(which.id, to_model(stage_.time.now()));
    stage_.time.after(stage_.dice.between(10ms, 20s), [this, spec] {
        stage_.say("people", "create " + spec.name);
        wire_.cluster().create_service(spec, to_model(stage_.time.now()));
    });
}

void people::change_labels(model::service const& which) {
    auto spec = which.spec;
    stage_.counts.note(incident::service_label_changed);
    bool const was_paused = spec.labels.contains(server::pause_label_name);
    if (was_paused)
        spec.labels.erase(std::string(server::pause_label_name));
    else if (stage_.dice.percent(60))
        spec.labels[std::string(server::pause_label_name)] = stage_.dice.one_of({"up", "down", "both"});
    else
        spec.labels[std::string(server::enable_label_name)] = stage_.dice.one_of({"true", "true", "no"});
    stage_.say("people", "change labels of " + spec.name);
    change(which, std::move(spec));
}

void people::change_placement(model::service const& which) {
    auto spec = which.spec;
    stage_.counts.note(incident::placement_changed);
    if (spec.task.constraints.empty())
        spec.task.constraints = {
            std::string("node.labels.zone==") + std::string(stage_.dice.one_of({"a", "b", "c"}))
        };
    else
        spec.task.constraints.clear();
    stage_.say("people", "change the placement of " + spec.name);
    change(which, std::move(spec));
}

void people::change_nodes() {
    auto& swarm = wire_.cluster();
    auto const now = to_model(stage_.time.now());
    if (stage_.dice.percent(30)) {
        stage_.counts.note(incident::node_joined);
        stage_.say("people", "a node joins");
        swarm.join_node(
            {.hostname = "node" + std::to_string(++nodes_),
             .role = model::node_role::worker,
             .available = model::availability::active,
             .labels = {{"zone", "b"}}},
            now
        );
        return;
    }
    auto const all = swarm.nodes();
    auto const& which = *all[static_cast<std::size_t>(stage_.dice.pick(0, std::ssize(all) - 1))];
    std::string const id = which.id;
    if (which.state == model::node_state::down) {
        stage_.say("people", which.hostname + " is back");
        swarm.recover_node(id, now);
        return;
    }
    stage_.counts.note(incident::node_lost);
    stage_.say("people", which.hostname + " is lost");
    swarm.lose_node(id, now);
    stage_.time.after(stage_.dice.between(5s, 120s), [&swarm, this, id] {
        swarm.recover_node(id, to_model(stage_.time.now()));
    });
}

// ---- the end ----

void people::calm_down() {
    if (stage_.dice.percent(70)) { // else they are recorded holds
        silences_ = std::make_shared<std::vector<policy::silence> const>();
        pauses_ = std::make_shared<std::vector<policy::service_pause> const>();
        tell_switches();
    }
    auto& swarm = wire_.cluster();
    for (auto const* each : swarm.nodes())
        swarm.recover_node(std::string(each->id), to_model(stage_.time.now()));
    for (auto const& name : services_) {
        auto const* const found = swarm.find_service_named(name);
        if (!found || stage_.dice.percent(20))
            continue;
        auto spec = found->spec;
        spec.labels.erase(std::string(server::pause_label_name));
        spec.labels[std::string(server::enable_label_name)] = "true";
        spec.task.constraints.clear();
        spec.task.image = good_image + std::to_string(++images_);
        if (spec != found->spec)
            change(*found, std::move(spec));
    }
}

} // namespace autoscaler::simulation
