#include "server/shared/silence_rules.hpp"

#include <algorithm>

namespace autoscaler::server::shared {

namespace {

using policy::silence;
using policy::silence_state;
using policy::time_point;

silence const* find(std::span<silence const> all, std::string_view id) {
    auto const found = std::ranges::find(all, id, &silence::id);
    return found == all.end() ? nullptr : &*found;
}

silence_outcome not_found() {
    return {silence_outcome::kind::not_found, {}, "silence not found"};
}

silence_outcome refused(std::string text) {
    return {silence_outcome::kind::refused, {}, std::move(text)};
}

silence_outcome done(std::string id) {
    return {silence_outcome::kind::done, std::move(id), {}};
}

// Of two versions the later one counts, also where the other autoscaler's clock is ahead of ours.
time_point later_than(silence const& before, time_point now) {
    return std::max(now, before.updated_at + policy::duration(1));
}

silence expired(silence const& which, time_point now) {
    silence ended = which;
    if (policy::state_of(which, now) == silence_state::pending)
        ended.starts_at = now;
    ended.ends_at = now;
    ended.updated_at = later_than(which, now);
    return ended;
}

std::chrono::sys_seconds whole_second(time_point when) {
    return std::chrono::floor<std::chrono::seconds>(when);
}

bool can_change(silence const& before, silence_draft const& draft, time_point now) {
    if (before.matchers != draft.matchers)
        return false;
    switch (policy::state_of(before, now)) {
    case silence_state::active:
        return whole_second(draft.starts_at) == whole_second(before.starts_at);
    case silence_state::pending:
        return draft.starts_at >= now;
    case silence_state::expired:
        break;
    }
    return false;
}

std::string invalid(std::string_view why) {
    return "silence invalid: " + std::string(why);
}

// Whether it takes alerts without the label because it asks for no value. A negative one does not count,
// though it takes them too: Alertmanager allows a silence of these alone.
bool matches_empty(policy::matcher const& which) {
    using op = policy::matcher::op;
    bool const negative = which.operation() == op::not_equal || which.operation() == op::not_matches;
    return !negative && which.matches_value("");
}

// What is wrong with the matchers, or "".
std::string fault_of(silence_draft const& draft, silence_limits const& limits) {
    if (draft.matchers.empty())
        return invalid("at least one matcher required");
    if (draft.matchers.size() > limits.matchers)
        return invalid(
            "exceeded maximum number of matchers: " + std::to_string(draft.matchers.size()) +
            " (limit: " + std::to_string(limits.matchers) + ")"
        );
    for (std::size_t i = 0; i < draft.matchers.size(); ++i)
        if (draft.matchers[i].name().empty())
            return invalid("invalid label matcher " + std::to_string(i) + R"(: invalid label name "")");
    if (std::ranges::all_of(draft.matchers, matches_empty))
        return invalid("at least one matcher must not match the empty string");
    if (std::size_t const size = size_of(draft); size > limits.largest)
        return "silence exceeded maximum size: " + std::to_string(size) +
               " bytes (limit: " + std::to_string(limits.largest) + " bytes)";
    return {};
}

silence to_silence(silence_draft draft, std::string id, time_point updated_at) {
    return {
        std::move(id),
        std::move(draft.matchers),
        draft.starts_at,
        draft.ends_at,
        updated_at,
        std::move(draft.created_by),
        std::move(draft.comment)
    };
}

} // namespace

std::optional<silence_outcome>
objection(std::span<silence const> all, silence_draft const& draft, time_point now) {
    if (draft.starts_at >= draft.ends_at)
        return refused("Failed to create silence: start time must be before end time");
    if (draft.ends_at < now)
        return refused("Failed to create silence: end time can't be in the past");
    if (!draft.id.empty() && find(all, draft.id) == nullptr)
        return not_found();
    return {};
}

silence_verdict set_silence(
    std::span<silence const> all,
    silence_draft draft,
    std::string fresh_id,
    time_point now,
    silence_limits const& limits
) {
    if (auto against = objection(all, draft, now))
        return {std::move(*against), {}};
    if (std::string fault = fault_of(draft, limits); !fault.empty())
        return {refused(std::move(fault)), {}};

    silence const* const before = draft.id.empty() ? nullptr : find(all, draft.id);
    if (before != nullptr && can_change(*before, draft, now)) {
        if (policy::state_of(*before, now) == silence_state::active)
            draft.starts_at = before->starts_at; // clients say it in milliseconds, or in seconds
        auto changed = to_silence(std::move(draft), before->id, later_than(*before, now));
        return {done(changed.id), {std::move(changed)}};
    }

    auto const alive = static_cast<std::size_t>(std::ranges::count_if(all, [&](auto const& each) {
        return &each != before && policy::state_of(each, now) != silence_state::expired;
    }));
    if (alive >= limits.most)
        return {
            refused(
                "exceeded maximum number of silences: " + std::to_string(alive) +
                " (limit: " + std::to_string(limits.most) + ")"
            ),
            {}
        };

    draft.starts_at = std::max(draft.starts_at, now);
    silence_verdict verdict{done(fresh_id), {}};
    // The new one is written first: no moment is without a silence, should the second write fail.
    verdict.write.push_back(to_silence(std::move(draft), std::move(fresh_id), now));
    if (before != nullptr && policy::state_of(*before, now) != silence_state::expired)
        verdict.write.push_back(expired(*before, now));
    return verdict;
}

silence_verdict expire_silence(std::span<silence const> all, std::string_view id, time_point now) {
    silence const* const before = find(all, id);
    if (before == nullptr)
        return {not_found(), {}};
    silence_verdict verdict{done(before->id), {}};
    if (policy::state_of(*before, now) != silence_state::expired)
        verdict.write.push_back(expired(*before, now));
    return verdict;
}

bool outlived(silence const& which, time_point now, policy::duration retention) {
    return now - which.ends_at >= retention;
}

std::size_t size_of(silence_draft const& draft) {
    std::size_t size = draft.created_by.size() + draft.comment.size();
    for (auto const& each : draft.matchers)
        size += each.name().size() + each.value().size();
    return size;
}

} // namespace autoscaler::server::shared
