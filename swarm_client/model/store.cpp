#include "swarm_client/model/store.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace autoscaler::swarm::model {

namespace {

// SplitMix64's finalizer: neighbouring numbers give unlike words.
std::uint64_t mixed(std::uint64_t word) {
    word += 0x9e3779b97f4a7c15ULL;
    word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111ebULL;
    return word ^ (word >> 31U);
}

// The attributes of a service's update event: what changed, as the engine's cluster events name it.
std::map<std::string, std::string> differences(service const& before, service const& after) {
    std::map<std::string, std::string> found;
    if (before.spec.task.image != after.spec.task.image) {
        found["image.old"] = before.spec.task.image;
        found["image.new"] = after.spec.task.image;
    }
    if (after.spec.mode == service_mode::replicated && before.spec.replicas != after.spec.replicas) {
        found["replicas.old"] = std::to_string(before.spec.replicas);
        found["replicas.new"] = std::to_string(after.spec.replicas);
    }
    if (after.status && !before.status)
        found["updatestate.new"] = to_string(after.status->state);
    if (after.status && before.status && after.status->state != before.status->state) {
        found["updatestate.old"] = to_string(before.status->state);
        found["updatestate.new"] = to_string(after.status->state);
    }
    return found;
}

void overlay(behaviour& base, behaviour const& special) {
    base.missing = base.missing || special.missing;
    if (special.start_delay)
        base.start_delay = special.start_delay;
    if (special.stop_time)
        base.stop_time = special.stop_time;
    if (special.runs_for) {
        base.runs_for = special.runs_for;
        base.exit_code = special.exit_code;
    }
}

} // namespace

std::string make_id(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string made;
    for (std::uint64_t word = mixed(number); made.size() < 25; word = mixed(word)) {
        auto rest = word;
        for (int count = 0; count < 12 && made.size() < 25; ++count, rest /= digits.size())
            made += digits[rest % digits.size()];
    }
    return made;
}

void store::schedule(time_point at, timer_kind kind, std::uint64_t subject, std::uint64_t stamp) {
    timers.insert({std::max(at, now), ++serial, kind, subject, stamp});
}

bool store::is_live(timer const& one) const {
    auto const which = tasks.find(one.subject);
    auto const run = rollouts.find(one.subject);
    switch (one.kind) {
    case timer_kind::agent:
        return which != tasks.end() && which->second.stamp == one.stamp;
    case timer_kind::start:
        return which != tasks.end() && which->second.held;
    case timer_kind::reconcile:
        return services.contains(one.subject);
    case timer_kind::rollout_worker:
        return run != rollouts.end();
    case timer_kind::rollout_end:
        return run != rollouts.end() && run->second.stamp == one.stamp;
    case timer_kind::node_lost:
        return !nodes.at(one.subject).powered && nodes.at(one.subject).loss == one.stamp;
    }
    return false;
}

node& store::add_node(scenario_node const& wanted) {
    auto const number = ++serial;
    auto& made = nodes[number];
    made.number = number;
    made.id = make_id(number);
    made.version = ++index;
    made.created_at = made.updated_at = now;
    made.hostname = wanted.hostname;
    made.address = "192.0.2." + std::to_string(nodes.size() % 255);
    made.role = wanted.role;
    made.available = wanted.available;
    made.labels = wanted.labels;
    made.leader = wanted.role == node_role::manager && std::ranges::none_of(nodes, [&](auto const& other) {
                      return other.first != number && other.second.leader;
                  });
    return made;
}

service& store::add_service(service_spec spec) {
    auto const number = ++serial;
    auto& made = services[number];
    made.number = number;
    made.id = make_id(number);
    made.version = ++index;
    made.created_at = made.updated_at = now;
    made.spec = std::move(spec);
    made.task = std::make_shared<task_spec const>(made.spec.task);
    made.reconcile_due = true;
    service_by_name[made.spec.name] = number;
    announce(made, change::create);
    schedule(now + setting.pace.orchestrate, timer_kind::reconcile, number);
    return made;
}

void store::change_service(service changed_to) {
    auto const number = changed_to.number;
    auto& stored = services.at(number);
    auto attributes = differences(stored, changed_to);
    stored = std::move(changed_to);
    if (*stored.task != stored.spec.task)
        stored.task = std::make_shared<task_spec const>(stored.spec.task);
    stored.version = ++index;
    stored.updated_at = now;
    announce(stored, change::update, std::move(attributes));
    if (!stored.reconcile_due) {
        stored.reconcile_due = true;
        schedule(now + setting.pace.orchestrate, timer_kind::reconcile, number);
    }
}

void store::record(event happened) {
    happened.sequence = ++last_event;
    happened.at = now;
    events.push_back(std::move(happened));
    if (events.size() > setting.event_limit)
        events.pop_front();
}

void store::announce(node const& which, change action, std::map<std::string, std::string> attributes) {
    attributes["name"] = which.hostname;
    record({0, {}, object_type::node, action, which.id, std::move(attributes)});
}

config& store::add_config(config_spec spec) {
    auto const number = ++serial;
    auto& made = configs[number];
    made.number = number;
    made.id = make_id(number);
    made.version = ++index;
    made.created_at = made.updated_at = now;
    made.spec = std::move(spec);
    announce(made, change::create);
    return made;
}

void store::announce(config const& which, change action) {
    record({0, {}, object_type::config, action, which.id, {{"name", which.spec.name}}});
}

void store::announce(service const& which, change action, std::map<std::string, std::string> attributes) {
    attributes["name"] = which.spec.name;
    record({0, {}, object_type::service, action, which.id, std::move(attributes)});
}

task* store::add_task(service& owner, std::uint64_t key) {
    if (tasks.size() >= setting.task_limit)
        return nullptr;
    auto const number = ++serial;
    auto& made = tasks[number];
    made.number = number;
    made.id = make_id(number);
    made.version = ++index;
    made.created_at = made.updated_at = made.since = now;
    made.service = owner.number;
    made.service_id = owner.id;
    made.key = key;
    if (owner.spec.mode == service_mode::replicated)
        made.slot = key;
    made.spec = owner.task;
    made.message = "created";
    owner.slots[key].push_back(number);
    forget_history(owner, key);
    return &made;
}

void store::touch(task& which) {
    which.version = ++index;
    which.updated_at = now;
}

void store::assign(task& which, std::uint64_t node_number) {
    which.node = node_number;
    ++services.at(which.service).load[node_number];
}

void store::enter(task& which, task_state state, std::string_view message, std::string_view error) {
    which.state = state;
    which.since = now;
    which.message = message;
    which.error = error;
    touch(which);
    changed.push_back(which.number);
    if (ended(state))
        unload(which);
}

void store::unload(task& which) {
    auto& owner = services.at(which.service);
    auto const found = which.node ? owner.load.find(*which.node) : owner.load.end();
    if (found != owner.load.end() && --found->second == 0)
        owner.load.erase(found);
}

void store::erase_task(std::uint64_t number) {
    auto const found = tasks.find(number);
    if (found == tasks.end())
        return;
    auto& gone = found->second;
    auto& owner = services.at(gone.service);
    if (!ended(gone.state))
        unload(gone);
    auto& slot = owner.slots.at(gone.key);
    std::erase(slot, number);
    if (slot.empty())
        owner.slots.erase(gone.key);
    auto const owner_number = owner.number;
    bool const last = owner.removed && owner.slots.empty();
    tasks.erase(found);
    ++index;
    changed.push_back(number);
    if (last)
        services.erase(owner_number);
}

void store::forget_history(service& owner, std::uint64_t key) {
    auto const slot = owner.slots.at(key); // A copy: erasing changes the original.
    auto surplus = slot.size() > setting.history_limit ? slot.size() - setting.history_limit : 0;
    for (auto const number : slot) {
        auto const& old = tasks.at(number);
        if (surplus == 0)
            return;
        if (ended(old.state) && old.desired == task_state::shutdown) {
            erase_task(number);
            --surplus;
        }
    }
}

task* store::find_task(std::uint64_t number) {
    auto const found = tasks.find(number);
    return found == tasks.end() ? nullptr : &found->second;
}

std::vector<task*> store::live_in_slot(service const& owner, std::uint64_t key) {
    std::vector<task*> live;
    auto const slot = owner.slots.find(key);
    if (slot == owner.slots.end())
        return live;
    for (auto const number : slot->second)
        if (auto& one = tasks.at(number); !ended(one.desired))
            live.push_back(&one);
    return live;
}

behaviour store::behaviour_of(task const& which) const {
    behaviour found;
    found.start_delay = setting.pace.start_delay;
    found.stop_time = setting.pace.stop_time;
    if (auto const owner = services.find(which.service); owner != services.end())
        if (auto const delay = start_delays.find(owner->second.spec.name); delay != start_delays.end())
            found.start_delay = delay->second;
    if (auto const image = setting.images.find(which.spec->image); image != setting.images.end())
        overlay(found, image->second);
    auto const& words = which.spec->command.empty() ? which.spec->args : which.spec->command;
    if (!words.empty())
        if (auto const command = setting.commands.find(words.front()); command != setting.commands.end())
            overlay(found, command->second);
    return found;
}

} // namespace autoscaler::swarm::model
