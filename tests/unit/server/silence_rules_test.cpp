// What becomes of a silence that a client posts or deletes.
#include "server/shared/silence_rules.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler;
using namespace autoscaler::server::shared;
using policy::testing::must_match;
using policy::testing::t0;
using namespace std::chrono_literals;
using kind = silence_outcome::kind;

namespace {

silence_draft draft(std::string id = {}) {
    silence_draft made;
    made.id = std::move(id);
    made.matchers = {must_match("alertname=A")};
    made.starts_at = t0;
    made.ends_at = t0 + 1h;
    made.created_by = "ann";
    made.comment = "c";
    return made;
}

// Silences after some changes, as a ledger would hold them.
class ledger {
public:
    silence_outcome set(silence_draft const& what, policy::time_point now) {
        return take(set_silence(all, what, "new-" + std::to_string(++made_), now, limits));
    }

    silence_outcome expire(std::string_view id, policy::time_point now) {
        return take(expire_silence(all, id, now));
    }

    policy::silence const& at(std::string_view id) const {
        auto const found = std::ranges::find(all, id, &policy::silence::id);
        REQUIRE(found != all.end());
        return *found;
    }

    std::vector<policy::silence> all;
    silence_limits limits;
    std::size_t written = 0;

private:
    silence_outcome take(silence_verdict verdict) {
        written = verdict.write.size();
        for (auto& each : verdict.write) {
            auto const found = std::ranges::find(all, each.id, &policy::silence::id);
            if (found == all.end())
                all.push_back(std::move(each));
            else {
                CHECK(each.updated_at > found->updated_at);
                *found = std::move(each);
            }
        }
        return verdict.outcome;
    }

    int made_ = 0;
};

} // namespace

TEST_CASE("a new silence that began in the past begins now", "[silence]") {
    ledger silences;
    auto wanted = draft();
    wanted.starts_at = t0 - 1h;
    auto const made = silences.set(wanted, t0);
    CHECK(made.what == kind::done);
    CHECK(made.id == "new-1");
    auto const& kept = silences.at("new-1");
    CHECK(kept.starts_at == t0);
    CHECK(kept.ends_at == t0 + 1h);
    CHECK(kept.updated_at == t0);
    CHECK(kept.created_by == "ann");
    CHECK(kept.comment == "c");
}

TEST_CASE("the same matchers and start change an active silence in place", "[silence]") {
    ledger silences;
    silences.set(draft(), t0 + 731ms);
    auto wanted = draft("new-1");
    wanted.starts_at = t0; // the same second
    wanted.ends_at = t0 + 2h;
    wanted.comment = "c2";
    CHECK(silences.set(wanted, t0 + 5s).id == "new-1");
    CHECK(silences.written == 1);
    auto const& kept = silences.at("new-1");
    CHECK(kept.starts_at == t0 + 731ms);
    CHECK(kept.ends_at == t0 + 2h);
    CHECK(kept.comment == "c2");
}

TEST_CASE("other matchers or another start expire the silence, and a new one takes its place", "[silence]") {
    auto matchers = draft("new-1");
    matchers.matchers.push_back(must_match("service=w1"));
    auto order = draft("new-1");
    order.matchers = {must_match("b=B"), must_match("alertname=A")};
    auto start = draft("new-1");
    start.starts_at = t0 + 1s;
    for (auto const& wanted : {matchers, order, start}) {
        ledger silences;
        silences.set(draft(), t0);
        CHECK(silences.set(wanted, t0 + 10s).id == "new-2");
        CHECK(silences.written == 2);
        CHECK(silences.at("new-1").ends_at == t0 + 10s);
        CHECK(silences.at("new-2").starts_at == t0 + 10s);
        CHECK(silences.at("new-2").matchers == wanted.matchers);
    }
}

TEST_CASE("a pending silence may move, but not into the past", "[silence]") {
    ledger silences;
    auto wanted = draft();
    wanted.starts_at = t0 + 10min;
    silences.set(wanted, t0);
    wanted.id = "new-1";
    wanted.starts_at = t0 + 5min;
    CHECK(silences.set(wanted, t0).id == "new-1");
    CHECK(silences.at("new-1").starts_at == t0 + 5min);
    wanted.starts_at = t0;
    CHECK(silences.set(wanted, t0 + 1s).id == "new-3");
    CHECK(silences.at("new-1").ends_at == t0 + 1s);
    CHECK(silences.at("new-1").starts_at == t0 + 1s);
}

TEST_CASE("an expired silence comes back under a new id and stays as it was", "[silence]") {
    ledger silences;
    silences.set(draft(), t0);
    CHECK(silences.expire("new-1", t0 + 1s).what == kind::done);
    auto const before = silences.at("new-1");
    CHECK(silences.set(draft("new-1"), t0 + 2s).id == "new-2");
    CHECK(silences.at("new-1") == before);
}

TEST_CASE(
    "an active silence ends now, a pending one begins and ends now, an expired one stays", "[silence]"
) {
    ledger silences;
    silences.set(draft(), t0);
    auto later = draft();
    later.starts_at = t0 + 30min;
    silences.set(later, t0);
    for (auto const* const id : {"new-1", "new-2"}) {
        auto const ended = silences.expire(id, t0 + 1min);
        CHECK(ended.what == kind::done);
        CHECK(ended.id == id);
        CHECK(silences.at(id).ends_at == t0 + 1min);
        CHECK(policy::state_of(silences.at(id), t0 + 1min) == policy::silence_state::expired);
        CHECK(silences.expire(id, t0 + 2min).what == kind::done);
        CHECK(silences.written == 0);
    }
    CHECK(silences.at("new-1").starts_at == t0);
    CHECK(silences.at("new-2").starts_at == t0 + 1min);
}

TEST_CASE("what is against the rules is refused in Alertmanager's words", "[silence]") {
    ledger silences;
    silences.set(draft(), t0);
    auto const refusal = [&](auto const& change) {
        auto wanted = draft("new-1"); // what was there must stay
        change(wanted);
        auto const made = silences.set(wanted, t0 + 1s);
        CHECK(made.what == kind::refused);
        CHECK(silences.written == 0);
        return made.text;
    };
    CHECK(refusal([](auto& d) {
              d.ends_at = d.starts_at;
          }) == "Failed to create silence: start time must be before end time");
    CHECK(refusal([](auto& d) {
              d.starts_at = t0 - 2h, d.ends_at = t0 - 1h;
          }) == "Failed to create silence: end time can't be in the past");
    CHECK(refusal([](auto& d) { d.matchers.clear(); }) == "silence invalid: at least one matcher required");
    CHECK(refusal([](auto& d) {
              d.matchers = {must_match("a=~.*"), must_match("b=")};
          }) == "silence invalid: at least one matcher must not match the empty string");
    CHECK(refusal([](auto& d) {
              d.matchers.push_back(
                  std::get<policy::matcher>(policy::matcher::make("", policy::matcher::op::equal, "x"))
              );
          }) == "silence invalid: invalid label matcher 1: invalid label name \"\"");
}

TEST_CASE("a silence of negative matchers alone is taken, as Alertmanager takes it", "[silence]") {
    ledger silences;
    auto wanted = draft();
    wanted.matchers = {must_match("a!=b"), must_match("c!~d")};
    CHECK(silences.set(wanted, t0).what == kind::done);
}

TEST_CASE("an unknown silence is not found, and wrong times are told first", "[silence]") {
    ledger silences;
    CHECK(silences.set(draft("who"), t0).what == kind::not_found);
    CHECK(silences.set(draft("who"), t0).text == "silence not found");
    CHECK(silences.expire("who", t0).what == kind::not_found);
    auto wanted = draft("who");
    wanted.ends_at = t0;
    CHECK(silences.set(wanted, t0).what == kind::refused);
}

TEST_CASE("silences are limited in number, in matchers and in size", "[silence]") {
    ledger silences;
    silences.limits = {.most = 2, .largest = 30, .matchers = 2};
    silences.set(draft(), t0);
    silences.set(draft(), t0);
    CHECK(silences.set(draft(), t0).text == "exceeded maximum number of silences: 2 (limit: 2)");
    auto replaced = draft("new-1");
    replaced.matchers = {must_match("b=B")};
    CHECK(silences.set(replaced, t0 + 1s).what == kind::done); // as many as before
    silences.expire("new-2", t0 + 2s);
    CHECK(silences.set(draft(), t0 + 3s).what == kind::done); // expired ones do not count

    auto many = draft("new-1");
    many.matchers = {must_match("a=1"), must_match("a=2"), must_match("a=3")};
    CHECK(
        silences.set(many, t0 + 4s).text ==
        "silence invalid: exceeded maximum number of matchers: 3 (limit: 2)"
    );
    auto large = draft("new-1");
    large.comment = std::string(18, 'x');
    CHECK(silences.set(large, t0 + 4s).text == "silence exceeded maximum size: 31 bytes (limit: 30 bytes)");
}

TEST_CASE("a change counts as the later one even where the other clock was ahead", "[silence]") {
    ledger silences;
    silences.set(draft(), t0 + 5min);
    auto wanted = draft("new-1");
    wanted.starts_at = t0 + 5min;
    CHECK(silences.set(wanted, t0 + 4min).id == "new-1");
    CHECK(silences.at("new-1").updated_at == t0 + 5min + 1ms);
    silences.expire("new-1", t0 + 3min);
    CHECK(silences.at("new-1").updated_at == t0 + 5min + 2ms);
}

TEST_CASE("an expired silence is forgotten after its retention", "[silence]") {
    ledger silences;
    silences.set(draft(), t0);
    CHECK_FALSE(outlived(silences.at("new-1"), t0 + 1h + 120h - 1ms, 120h));
    CHECK(outlived(silences.at("new-1"), t0 + 1h + 120h, 120h));
}
