// Autoscalers that share a Swarm, under random changes and faults: in the end all agree, and whatever was
// acknowledged is there, unless a later change took its place.
#include "unit/server/shared/shared_support.hpp"

#include <random>
#include <set>

using namespace autoscaler;
using namespace autoscaler::server::shared;
using namespace autoscaler::tests;

namespace {

options quick() {
    options chosen;
    chosen.resync = std::chrono::milliseconds(2);
    chosen.write_patience = std::chrono::milliseconds(200);
    chosen.first_retry = std::chrono::milliseconds(1);
    chosen.last_retry = std::chrono::milliseconds(4);
    return chosen;
}

class random_life {
public:
    explicit random_life(unsigned seed) : chance_(seed) {
        std::size_t const count = 2 + seed % 2;
        for (std::size_t i = 0; i < count; ++i) {
            paths_.push_back(scratch_.path("data" + std::to_string(i)));
            all_.push_back(nullptr);
            start(i);
        }
    }

    void step() {
        now_ += std::chrono::milliseconds(pick(500));
        swarm_.next.clear();
        for (std::size_t i = pick(4); i > 0; --i)
            swarm_.next.push_back(std::array{
                fault::none, fault::lost, fault::lost_before, fault::conflict, fault::unreachable
            }[pick(5)]);
        swarm_.always = pick(4) == 0 ? fault::unreachable : fault::none;
        std::size_t const which = pick(all_.size());
        auto& one = *all_[which];
        switch (pick(8)) {
        case 0:
            all_[which].reset();
            start(which);
            break;
        case 1:
        case 2:
            expire(one);
            break;
        case 3:
            one.pause(pause_of("s" + std::to_string(pick(3)), now_ + std::chrono::hours(1)));
            break;
        case 4:
            one.lift("s" + std::to_string(pick(3)));
            break;
        default:
            add(one);
        }
        io_.restart();
        io_.run_one_for(std::chrono::milliseconds(pick(3)));
    }

    void settle() {
        swarm_.next.clear();
        swarm_.always = fault::none;
        bool const agreed = run_until(io_, [&] { return all_agree(); });
        REQUIRE(agreed);
    }

    void check() const {
        std::set<std::string> ids;
        for (auto const& silence : all_.front()->silences) {
            ids.insert(silence.id);
            if (expired_.contains(silence.id))
                CHECK(policy::state_of(silence, now_) == policy::silence_state::expired);
        }
        for (auto const& id : made_)
            CHECK(ids.contains(id));
    }

private:
    std::size_t pick(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(chance_);
    }

    void start(std::size_t which) {
        all_[which] = std::make_unique<autoscaler_rig>(io_, swarm_, now_, quick(), paths_[which]);
        all_[which]->state->start();
    }

    void add(autoscaler_rig& one) {
        auto draft = draft_of("web", 0, 0);
        draft.starts_at = now_;
        draft.ends_at = now_ + std::chrono::hours(24);
        auto const outcome = one.set(std::move(draft));
        if (outcome.what == silence_outcome::kind::done)
            made_.push_back(outcome.id);
    }

    void expire(autoscaler_rig& one) {
        if (made_.empty())
            return;
        auto const& id = made_[pick(made_.size())];
        if (one.expire(id).what == silence_outcome::kind::done)
            expired_.insert(id);
    }

    bool all_agree() const {
        for (auto const& each : all_)
            if (each->silences != all_.front()->silences || each->pauses != all_.front()->pauses)
                return false;
        auto const& first = *all_.front();
        if (swarm_.configs.size() != first.silences.size() + first.pauses.size())
            return false;
        for (auto const& silence : first.silences)
            if (swarm_.configs.at(to_record(silence).name).labels != to_record(silence).labels)
                return false;
        return true;
    }

    boost::asio::io_context io_;
    policy::time_point now_ = at(1'000'000);
    fake_swarm swarm_{io_};
    scratch_directory scratch_;
    std::mt19937 chance_;
    std::vector<std::string> paths_;
    std::vector<std::unique_ptr<autoscaler_rig>> all_;
    std::vector<std::string> made_;
    std::set<std::string> expired_;
};

} // namespace

TEST_CASE("after any faults all autoscalers agree, and nothing that was acknowledged is lost") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        random_life life(seed);
        for (int i = 0; i < 40; ++i)
            life.step();
        life.settle();
        life.check();
    }
}
