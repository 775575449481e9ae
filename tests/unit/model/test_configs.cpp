#include "bench.hpp"

namespace autoscaler::swarm::model {

namespace {

config_spec note(std::string value) {
    return {"note", {{"a", std::move(value)}}, "-"};
}

} // namespace

TEST_CASE("a config's labels change under its own version", "[model][configs]") {
    bench b;
    auto const made = b.swarm.create_config(note("1"), b.now);
    REQUIRE_FALSE(made.refused);
    REQUIRE(b.swarm.configs().size() == 1);
    auto const version = b.swarm.configs()[0]->version;
    CHECK(b.swarm.update_config(made.id, version + 1, note("2"), b.now) == refusal::out_of_sequence);
    CHECK(b.swarm.configs()[0]->spec.labels.at("a") == "1");
    CHECK_FALSE(b.swarm.update_config(made.id, version, note("2"), b.now));
    CHECK(b.swarm.configs()[0]->spec.labels.at("a") == "2");
    CHECK(b.swarm.configs()[0]->version > version);
    CHECK(b.swarm.update_config(made.id, version, note("3"), b.now) == refusal::out_of_sequence);
    CHECK(b.swarm.update_config("nope", version, note("3"), b.now) == refusal::not_found);
}

TEST_CASE("name and data of a config are fixed before the version is looked at", "[model][configs]") {
    bench b;
    auto const made = b.swarm.create_config(note("1"), b.now);
    auto other = note("1");
    other.name = "other";
    CHECK(b.swarm.update_config(made.id, 0, other, b.now) == refusal::labels_only);
    other = note("1");
    other.data = "+";
    CHECK(b.swarm.update_config(made.id, 0, other, b.now) == refusal::labels_only);
    other.data.clear();
    CHECK_FALSE(b.swarm.update_config(made.id, b.swarm.configs()[0]->version, other, b.now));
    CHECK(b.swarm.configs()[0]->spec.data == "-");
}

TEST_CASE("a config's name is free again once it is removed, and events tell all of it", "[model][configs]") {
    bench b;
    auto const before = b.swarm.last_event();
    auto const made = b.swarm.create_config(note("1"), b.now);
    auto const again = b.swarm.create_config(note("2"), b.now);
    CHECK(again.refused == refusal::name_taken);
    CHECK(again.id == made.id);
    CHECK_FALSE(b.swarm.remove_config(made.id, b.now));
    CHECK(b.swarm.remove_config(made.id, b.now) == refusal::not_found);
    auto const fresh = b.swarm.create_config(note("2"), b.now);
    CHECK_FALSE(fresh.refused);
    CHECK(fresh.id != made.id);
    auto const told = b.swarm.events_after(before);
    REQUIRE(told.size() == 3);
    CHECK(told[1].action == change::remove);
    for (auto const& one : told) {
        CHECK(one.type == object_type::config);
        CHECK(one.attributes.at("name") == "note");
    }
    CHECK(told[2].id == fresh.id);
}

} // namespace autoscaler::swarm::model
