#include "tests/simulation/autoscaler.hpp"

#include "server/storage/memory_text.hpp"

#include <array>
#include <exception>
#include <utility>

namespace autoscaler::simulation {

namespace {

using policy::event::update_result;

constexpr duration save_interval = 5s;      // as the daemon saves
constexpr duration switches_patience = 30s; // as the daemon waits
constexpr duration clock_tolerance = 10s;   // two clocks, each 5 s wrong
constexpr duration crash_memory = 60s;
constexpr duration unnoticed_drift = 1s;      // the daemon's clock follows what is more
constexpr duration memory_of_failpoint = 60s; // armed for longer, it is forgotten

std::string_view to_string(update_result what) {
    switch (what) {
    case update_result::accepted:
        return "accepted";
    case update_result::conflict:
        return "conflict";
    case update_result::unknown:
        return "unknown";
    case update_result::refused:
        return "refused";
    }
    return "";
}

// Notices as a body would hold them; keeps the text alive.
class alert_body {
public:
    explicit alert_body(std::vector<told_alert> const& alerts) {
        labels_.reserve(alerts.size());
        for (auto const& each : alerts) {
            auto& labels = labels_.emplace_back();
            labels.push_back({"alertname", each.name});
            if (!each.service.empty())
                labels.push_back({"svc", each.service});
            notices_.push_back(
                {.source = each.source,
                 .labels = labels,
                 .annotations = {},
                 .generator_url = {},
                 .starts_at = each.starts_at,
                 .ends_at = each.ends_at,
                 .resolved = each.resolved}
            );
        }
    }

    alert_body(alert_body const&) = delete;
    alert_body& operator=(alert_body const&) = delete;

    std::span<policy::alert_notice const> notices() const { return notices_; }

private:
    std::vector<std::vector<policy::label>> labels_;
    std::vector<policy::alert_notice> notices_;
};

} // namespace

autoscaler::autoscaler(
    stage& on,
    world_access& world,
    std::size_t index,
    std::shared_ptr<policy::policy_set const> policies,
    duration clock_error
)
    : stage_(on), world_(world), index_(index), policies_(std::move(policies)), clock_error_(clock_error) {
    name_ = "a" + std::to_string(index_) + "-0";
}

void autoscaler::start(bool with_storage) {
    ++life_;
    name_ = "a" + std::to_string(index_) + "-" + std::to_string(life_);
    clock_kept_ = std::chrono::abs(clock_error_) <= most_wrong;
    under_way_.clear();
    inspected_.clear();
    knowledge_.clear();
    nodes_.forget();
    wake_.reset();
    silences_.reset();
    pauses_.reset();
    recalled_.clear();
    if (!with_storage) {
        disk_ = {};
        webhook_alerts_.clear();
    }
    engine_ = std::make_unique<policy::engine>(
        policy::engine_options{
            .instance = name_,
            .switches_patience = switches_patience,
            .clock_tolerance = clock_tolerance,
            .crash_memory = crash_memory
        },
        policies_,
        clock()
    );
    stage_.say(name_, with_storage ? "starts with its storage" : "starts");
    recall();
    world_.read_switches(*this);
    on(policy::event::tick{clock()});
}

void autoscaler::recall() {
    for (auto const& [key, text] : disk_.memories)
        if (auto memory = server::storage::decode_memory(text)) {
            if (key.second.empty())
                recalled_[key.first] = memory->sequence;
            engine_->preload(key.first, key.second, *std::move(memory));
        }
    for (auto const& [name, service] : disk_.attached)
        engine_->preload_attachment(name, service);
    for (auto const& [key, kept] : webhook_alerts_) {
        std::vector<told_alert> const one{kept.first};
        engine_->preload_alert(alert_body(one).notices().front(), kept.second);
    }
}

void autoscaler::compare_with_disk(policy::service_view const& first) {
    auto const kept = recalled_.extract(first.id);
    auto const& label = first.last_state();
    if (kept && kept.mapped() != (label ? label->sequence : 0))
        stage_.counts.note(incident::storage_outdated);
}

void autoscaler::crash(incident how) {
    stage_.counts.note(how);
    stage_.say(name_, "dies: " + std::string(to_string(how)));
    engine_.reset();
    ++life_; // whatever is still under way is for nobody
    armed_ = failpoint::none;
}

void autoscaler::arm(failpoint where) {
    armed_ = where;
    save();
    save_again(life_);
    stage_.time.after(memory_of_failpoint, [this, life = life_] {
        if (life == life_)
            armed_ = failpoint::none;
    });
}

void autoscaler::save_again(unsigned life) {
    stage_.time.after(save_interval, [this, life] {
        if (life != life_ || armed_ == failpoint::none)
            return;
        save();
        save_again(life);
    });
}

void autoscaler::save() {
    disk_ = {};
    engine_->visit_memories([this](auto service_id, auto group, policy::history const& memory) {
        disk_.memories.push_back(
            {{std::string(service_id), std::string(group)}, server::storage::encode_memory(memory)}
        );
    });
    disk_.attached = engine_->attachments();
}

void autoscaler::set_clock(duration error) {
    duration const by = error - clock_error_;
    if (std::chrono::abs(by) <= unnoticed_drift)
        return;
    clock_error_ = error;
    clock_kept_ = clock_kept_ && std::chrono::abs(error) <= most_wrong;
    if (!alive())
        return;
    stage_.say(name_, "has its clock set by " + std::to_string(by.count()) + " ms");
    on(policy::event::clock_set{by, clock()});
    if (alive() && wake_)
        sleep_until(*wake_);
}

// ---- events ----

void autoscaler::on(policy::any_event const& what) {
    std::vector<policy::any_action> actions;
    try {
        actions = engine_->on(what);
    } catch (std::exception const& thrown) {
        stage_.break_promise(std::string("the engine has thrown: ") + thrown.what());
    }
    for (auto& each : actions) {
        carry_out(std::move(each));
        if (!alive())
            return;
    }
}

void autoscaler::answer_inspect(unsigned life, std::string const& service, std::optional<inspected> seen) {
    if (life != life_)
        return;
    under_way_.erase(service);
    if (!seen)
        return on(policy::event::service_observed{service, policy::event::not_found{}, clock()});
    auto view = seen->view;
    compare_with_disk(view);
    inspected_.insert_or_assign(service, *std::move(seen));
    on(policy::event::service_observed{service, std::move(view), clock()});
}

void autoscaler::fail_inspect(unsigned life, std::string const& service, std::string error) {
    if (life != life_)
        return;
    under_way_.erase(service);
    on(policy::event::service_observed{service, policy::event::unavailable{std::move(error)}, clock()});
}

void autoscaler::answer_update(
    unsigned life, std::string const& service, update_result result, std::string error
) {
    if (life != life_)
        return;
    under_way_.erase(service);
    stage_.say(name_, "hears of its write to " + service + ": " + std::string(to_string(result)));
    bool const commits = result == update_result::accepted;
    on(policy::event::update_finished{service, result, std::move(error), clock()});
    if (!alive() || !commits)
        return;
    if (armed_ == failpoint::after_commit) {
        save();
        crash(incident::crash_after_commit);
    } else if (armed_ == failpoint::before_commit) {
        crash(incident::crash_before_commit);
    }
}

void autoscaler::answer_query(
    unsigned life, policy::action::query const& what, policy::query_answer answer, time_point asked
) {
    if (life == life_)
        on(policy::event::sample_received{
            what.service, what.policy, what.rule, std::move(answer), asked, clock(), what.promql
        });
}

void autoscaler::answer_list(unsigned life, std::vector<told_alert> const& alerts, std::string error) {
    if (life != life_)
        return;
    alert_body const body(alerts);
    on(policy::event::alerts_listed{body.notices(), std::move(error), clock()});
}

void autoscaler::answer_post(unsigned life, policy::decision const& what, std::string error) {
    if (life == life_)
        on(policy::event::post_finished{what, std::move(error), clock()});
}

void autoscaler::hear(std::vector<told_alert> const& alerts) {
    if (!alive())
        return;
    for (auto const& each : alerts)
        if (each.source == policy::alert_source::webhook) { // on the disk before the sender hears 200
            if (each.resolved)
                webhook_alerts_.erase({each.name, each.service});
            else
                webhook_alerts_.insert_or_assign({each.name, each.service}, std::pair(each, clock()));
        }
    alert_body const body(alerts);
    on(policy::event::alerts_received{body.notices(), clock()});
}

void autoscaler::hear(model::event const& news) {
    if (!alive())
        return;
    auto const attribute = [&](char const* key) {
        auto const found = news.attributes.find(key);
        return found == news.attributes.end() ? std::string() : found->second;
    };
    if (news.type == model::object_type::service)
        return on(policy::event::service_changed{news.id, attribute("name"), clock()});
    swarm::swarm_event told;
    told.type = to_string(news.type);
    told.action = to_string(news.action);
    told.id = news.id;
    told.state_before = attribute("state.old");
    told.state = attribute("state.new");
    if (nodes_.joins(told))
        on(policy::event::node_joined{news.id, clock()});
}

void autoscaler::swarm_reached() {
    if (alive())
        on(policy::event::swarm_reached{clock()});
}

void autoscaler::set_silences(std::shared_ptr<std::vector<policy::silence> const> all) {
    if (!alive())
        return;
    silences_ = all;
    on(policy::event::silences_changed{std::move(all), clock()});
}

bool autoscaler::hears(std::string_view alert, std::string_view service) const {
    std::array<policy::label, 2> const labels{{{"alertname", alert}, {"svc", service}}};
    return alive() && engine_->fires(labels, clock());
}

void autoscaler::set_pauses(std::shared_ptr<std::vector<policy::service_pause> const> all) {
    if (!alive())
        return;
    pauses_ = all;
    on(policy::event::pauses_changed{std::move(all), clock()});
}

void autoscaler::switches_read() {
    if (alive())
        on(policy::event::switches_read{clock()});
}

void autoscaler::reload(std::shared_ptr<policy::policy_set const> policies) {
    policies_ = std::move(policies);
    inspected_.clear(); // as the driver does
    if (alive())
        on(policy::event::policy_replaced{policies_, clock()});
}

} // namespace autoscaler::simulation
