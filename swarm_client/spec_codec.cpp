#include "swarm_client/spec_codec.hpp"

#include "swarm_client/json_text.hpp"

#include <cstdint>
#include <limits>

namespace autoscaler::swarm {

namespace {

using nlohmann::json;

// FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/) of the text with its keys in order.
std::uint64_t fingerprint(json const* value) {
    constexpr std::uint64_t offset_basis = 14695981039346656037U;
    constexpr std::uint64_t prime = 1099511628211U;
    std::uint64_t hash = offset_basis;
    if (value != nullptr)
        for (char const c : value->dump())
            hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    return hash;
}

label_map labels_of(json const* spec) {
    label_map labels;
    json const* const found = member(spec, "Labels");
    if (found != nullptr && found->is_object())
        for (auto const& [name, value] : found->items())
            labels.emplace(name, text_of(&value));
    return labels;
}

std::optional<std::uint64_t> replicas_of(json const* spec) {
    return integer_of(member(member(member(spec, "Mode"), "Replicated"), "Replicas"));
}

// Exactly one mode, as the engine has it; without a count, replicated is not one that we know.
service_mode mode_of(json const* spec) {
    json const* const mode = member(spec, "Mode");
    if (mode == nullptr || !mode->is_object() || mode->size() != 1)
        return service_mode::unknown;
    std::string const& name = mode->begin().key();
    if (name == "Replicated")
        return replicas_of(spec) ? service_mode::replicated : service_mode::unknown;
    if (name == "Global")
        return service_mode::global;
    if (name == "ReplicatedJob")
        return service_mode::replicated_job;
    if (name == "GlobalJob")
        return service_mode::global_job;
    return service_mode::unknown;
}

failure_action failure_action_of(json const* spec) {
    std::string const word = text_of(member(member(spec, "UpdateConfig"), "FailureAction"));
    if (word.empty() || word == "pause")
        return failure_action::pause_update;
    if (word == "continue")
        return failure_action::continue_update;
    return word == "rollback" ? failure_action::roll_back : failure_action::unknown;
}

update_state update_state_of(json const* status) {
    if (status == nullptr || status->is_null())
        return update_state::none;
    json const* const state = member(status, "State");
    if (!status->is_object() || (state != nullptr && !state->is_string()))
        return update_state::unknown;
    return parse_update_state(text_of(state));
}

// A Spec without what a deploy may change while no task has to be replaced.
json without_harmless_parts(json spec) {
    for (char const* const name : {"Mode", "Labels", "Name", "UpdateConfig", "RollbackConfig"})
        spec.erase(name);
    if (auto const found = spec.find("TaskTemplate"); found != spec.end() && found->is_object())
        found->erase("Placement");
    return spec;
}

bool deploy_in_flight(service const& found, json const* spec, json const* previous) {
    return found.mode == service_mode::replicated && found.replicas > 0 &&
           found.update == update_state::none && previous != nullptr && previous->is_object() &&
           without_harmless_parts(*spec) != without_harmless_parts(*previous);
}

std::optional<error> decode_summary(json const& value, service_summary& found) {
    json const* const spec = member(value, "Spec");
    auto const version = integer_of(member(member(value, "Version"), "Index"));
    found.id = text_of(member(value, "ID"));
    found.name = text_of(member(spec, "Name"));
    if (found.id.empty() || found.name.empty() || !version)
        return failed(error_kind::protocol, {}, "a service without ID, name or version in the answer");
    found.version = *version;
    found.mode = mode_of(spec);
    found.replicas = replicas_of(spec).value_or(0);
    return std::nullopt;
}

// One more ForceUpdate; the engine leaves out 0. False where that is no number, or the largest of all.
bool force_update(json& spec) {
    json& task = spec["TaskTemplate"];
    if (!task.is_object())
        return false;
    std::uint64_t before = 0;
    if (auto const found = task.find("ForceUpdate"); found != task.end()) {
        auto const number = integer_of(&*found);
        if (!number || *number == std::numeric_limits<std::uint64_t>::max())
            return false;
        before = *number;
    }
    task["ForceUpdate"] = before + 1;
    return true;
}

} // namespace

result<service> decode_service(std::string_view text) {
    auto const value = parse_json(text);
    if (!value)
        return failed(error_kind::protocol, {}, "the answer is not JSON");
    service found;
    if (auto const failure = decode_summary(*value, found))
        return *failure;

    json const* const spec = member(*value, "Spec");
    json const* const status = member(*value, "UpdateStatus");
    json const* const previous = member(*value, "PreviousSpec");
    found.update = update_state_of(status);
    found.update_message = text_of(member(status, "Message"));
    found.on_failure = failure_action_of(spec);
    found.labels = labels_of(spec);
    found.task_template_fingerprint = fingerprint(member(spec, "TaskTemplate"));
    if (previous != nullptr && previous->is_object())
        found.previous = previous_spec{
            labels_of(previous),
            replicas_of(previous),
            fingerprint(member(previous, "TaskTemplate")),
        };
    found.deploy_in_flight = deploy_in_flight(found, spec, previous);
    found.spec = std::make_shared<json const>(*spec);
    return found;
}

result<std::vector<service_summary>> decode_services(std::string_view text) {
    auto const value = parse_json(text);
    if (!value || !value->is_array())
        return failed(error_kind::protocol, {}, "the answer is not a JSON array");
    std::vector<service_summary> services;
    services.reserve(value->size());
    for (json const& one : *value)
        if (auto const failure = decode_summary(one, services.emplace_back()))
            return *failure;
    return services;
}

result<std::string> changed_spec(service const& inspected, update_request const& change) {
    // To the engine a count is a uint64 that must fit an int64: above, it answers 400.
    constexpr std::uint64_t most_replicas = std::numeric_limits<std::int64_t>::max();
    if (inspected.mode != service_mode::replicated)
        return failed(
            error_kind::refused,
            {},
            "service \"" + inspected.name + "\" has mode \"" + std::string(to_string(inspected.mode)) +
                "\", only replicated services are written"
        );
    if (change.replicas && *change.replicas > most_replicas)
        return failed(
            error_kind::refused,
            {},
            std::to_string(*change.replicas) + " replicas are more than the engine can count"
        );
    if (!inspected.spec || mode_of(inspected.spec.get()) != service_mode::replicated ||
        member(*inspected.spec, "TaskTemplate") == nullptr)
        return failed(
            error_kind::refused, {}, "service \"" + inspected.name + "\" was read without its full spec"
        );

    json spec = *inspected.spec;
    if (change.restart && !force_update(spec))
        return failed(
            error_kind::refused,
            {},
            "service \"" + inspected.name + "\" has a TaskTemplate.ForceUpdate that cannot grow"
        );
    if (change.replicas)
        spec["Mode"]["Replicated"]["Replicas"] = *change.replicas;
    if (change.label) {
        json& labels = spec["Labels"];
        if (labels.is_null()) // or absent: no labels yet
            labels = json::object();
        if (!labels.is_object())
            return failed(
                error_kind::refused, {}, "service \"" + inspected.name + "\" has labels of an unknown form"
            );
        labels[change.label->name] = change.label->value;
    }
    if (spec == *inspected.spec)
        return failed(error_kind::refused, {}, "the change changes nothing");
    try {
        return spec.dump();
    } catch (json::exception const&) { // of all that is in it, only our label did not come out of a parser
        return failed(error_kind::refused, {}, "the label is not UTF-8");
    }
}

} // namespace autoscaler::swarm
