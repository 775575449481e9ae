#include "server/storage/memory_keeper.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

using namespace autoscaler;
using namespace autoscaler::server::storage;
using tests::at;
using tests::scratch_directory;
using tests::storage_rig;

namespace {

struct world {
    void save(std::int64_t now) {
        keeper.save(
            [this](memory_keeper::visitor const& visit) {
                for (auto const& each : memories)
                    visit(each.service_id, each.group, each.memory);
            },
            attachments,
            at(now)
        );
    }

    // What is on the disk and was kept at or after `since`.
    std::vector<stored_memory> kept_since(std::int64_t since) {
        rig.database->prune(at(0), at(since));
        return rig.database->load().memories;
    }

    scratch_directory scratch;
    storage_rig rig{scratch.path()};
    memory_keeper keeper{*rig.database, std::chrono::hours(4)};
    std::vector<stored_memory> memories{{"id1", "", {}}, {"id2", "trial", {}}};
    std::vector<stored_attachment> attachments;
};

} // namespace

TEST_CASE("memories are handed over once, and again when they change") {
    world here;
    here.save(1000);
    CHECK(here.kept_since(1000).size() == 2);
    here.memories[0].memory.last_set = 7;
    here.save(2000);
    auto const kept = here.kept_since(2000); // forgets what was not written again
    REQUIRE(kept.size() == 1);
    CHECK(kept.front().service_id == "id1");
    CHECK(kept.front().memory.last_set == 7);
    CHECK(here.rig.faults.empty());
}

TEST_CASE("a memory that does not change is renewed, one that is gone is not") {
    world here;
    here.save(1000);
    here.memories.pop_back();
    here.save(1000 + 3'599'999);
    CHECK(here.kept_since(1000).size() == 2);
    here.save(1000 + 3'600'000);
    CHECK(here.kept_since(1001).size() == 1);
}

TEST_CASE("a memory is written again after the clock was set back") {
    world here;
    here.save(9'000'000);
    here.save(1000);
    here.rig.database->prune(at(0), at(1000));
    CHECK(here.rig.database->load().memories.size() == 2);
    here.rig.database->prune(at(0), at(1001));
    CHECK(here.rig.database->load().memories.empty());
}

TEST_CASE("attachments are handed over when they change, none of them too") {
    world here;
    here.attachments = {{"web", "shop_web"}};
    here.save(1);
    CHECK(here.rig.database->load().attachments == here.attachments);
    here.attachments.clear();
    here.save(2);
    CHECK(here.rig.database->load().attachments.empty());
}
