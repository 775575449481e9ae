#include "server/storage/storage.hpp"
#include "support/catch.hpp"
#include "unit/server/storage/storage_support.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

using namespace autoscaler;
using namespace autoscaler::server::storage;
using tests::at;
using tests::scratch_directory;
using tests::storage_rig;

namespace {

using label_pairs = std::vector<std::pair<std::string, std::string>>;

policy::alert_notice notice(policy::label_set labels, bool resolved = false) {
    policy::alert_notice what;
    what.source = policy::alert_source::webhook;
    what.labels = labels;
    what.resolved = resolved;
    return what;
}

constexpr std::array<policy::label, 2> web{{{"alertname", "Busy"}, {"service", "web"}}};
constexpr std::array<policy::label, 2> api{{{"alertname", "Busy"}, {"service", "api"}}};

std::vector<std::string> services_of(contents const& kept) {
    std::vector<std::string> names;
    for (auto const& alert : kept.alerts)
        names.push_back(alert.labels.back().second);
    std::ranges::sort(names);
    return names;
}

stored_record record_named(std::string name, std::int64_t updated, bool pending) {
    return {
        {std::move(name), {{"swarm.autoscaler.silence", "{\"comment\":\"\u00e9\\n\"}"}}, at(updated)}, pending
    };
}

} // namespace

TEST_CASE("the directory of the database is made for this user alone") {
    scratch_directory const scratch;
    storage_rig const rig(scratch.path("a/b/data/"));
    REQUIRE(rig.refusal.empty());
    struct stat about{};
    REQUIRE(::stat(scratch.path("a/b/data").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0700U);
    REQUIRE(::stat(scratch.path("a/b/data/autoscaler.db").c_str(), &about) == 0);
}

TEST_CASE("a webhook alert is there again after a restart, with all that was said about it") {
    scratch_directory const scratch;
    static constexpr std::array<policy::label, 1> annotations{
        {{"summary", "\"quoted\"\n\u2028 \xF0\x9F\x98\x80"}}
    };
    auto said = notice(web);
    said.annotations = annotations;
    said.generator_url = "http://prometheus/graph";
    said.starts_at = at(1000);
    {
        storage_rig rig(scratch.path());
        CHECK(rig.wait(rig.database->keep_alerts({&said, 1}, at(5000))).empty());
    }
    storage_rig rig(scratch.path());
    auto const kept = rig.database->load();
    REQUIRE(kept.alerts.size() == 1);
    auto const& alert = kept.alerts.front();
    CHECK(alert.labels == label_pairs{{"alertname", "Busy"}, {"service", "web"}});
    CHECK(alert.annotations == label_pairs{{"summary", "\"quoted\"\n\u2028 \xF0\x9F\x98\x80"}});
    CHECK(alert.generator_url == "http://prometheus/graph");
    CHECK(alert.starts_at == at(1000));
    CHECK(alert.heard_at == at(5000));
    CHECK(rig.faults.empty());
}

TEST_CASE("a resolved notice ends the row of its labels, and the last one of a batch counts") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    std::vector<policy::alert_notice> const first{notice(web), notice(api)};
    CHECK(rig.wait(rig.database->keep_alerts(first, at(1))).empty());
    CHECK(services_of(rig.database->load()) == std::vector<std::string>{"api", "web"});

    std::vector<policy::alert_notice> const second{notice(api, true), notice(web, true), notice(web)};
    CHECK(rig.wait(rig.database->keep_alerts(second, at(2))).empty());
    auto const kept = rig.database->load();
    CHECK(services_of(kept) == std::vector<std::string>{"web"});
    CHECK(kept.alerts.front().starts_at == std::nullopt);
    CHECK(kept.alerts.front().heard_at == at(2));

    std::vector<policy::alert_notice> const third{notice(web), notice(web, true)};
    CHECK(rig.wait(rig.database->keep_alerts(third, at(3))).empty());
    CHECK(rig.database->load().alerts.empty());
}

TEST_CASE("records are replaced by name and dropped by name") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    CHECK(rig.wait(rig.database->keep_records({record_named("a", 1, true), record_named("b", 2, false)}))
              .empty());
    CHECK(rig.wait(rig.database->keep_records({record_named("a", 3, false)})).empty());
    auto kept = rig.database->load().records;
    REQUIRE(kept.size() == 2);
    std::ranges::sort(kept, {}, [](auto const& each) { return each.what.name; });
    CHECK(kept[0].what == record_named("a", 3, false).what);
    CHECK_FALSE(kept[0].pending);
    CHECK(kept[1].what == record_named("b", 2, false).what);
    CHECK(rig.wait(rig.database->drop_records({"a", "unknown"})).empty());
    CHECK(rig.database->load().records.size() == 1);
}

TEST_CASE("memories and attachments are kept without anybody waiting, until the end too") {
    scratch_directory const scratch;
    policy::history memory;
    memory.last_set = 4;
    {
        storage_rig rig(scratch.path());
        rig.database->keep_memories({{"id1", "", memory}, {"id1", "trial", {}}, {"id2", "", {}}}, at(10));
        rig.database->replace_attachments({{"old", "gone"}});
        rig.database->replace_attachments({{"web", "shop_web"}, {"web", "shop_web"}, {"api", "shop_api"}});
    }
    storage_rig rig(scratch.path());
    auto const kept = rig.database->load();
    CHECK(kept.memories.size() == 3);
    auto const live = std::ranges::find_if(kept.memories, [](auto const& each) {
        return each.service_id == "id1" && each.group.empty();
    });
    REQUIRE(live != kept.memories.end());
    CHECK(live->memory == memory);
    CHECK(kept.attachments == std::vector<stored_attachment>{{"api", "shop_api"}, {"web", "shop_web"}});
}

TEST_CASE("what was not heard of for long is forgotten") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    std::vector<policy::alert_notice> const old{notice(web)};
    std::vector<policy::alert_notice> const young{notice(api)};
    CHECK(rig.wait(rig.database->keep_alerts(old, at(99))).empty());
    CHECK(rig.wait(rig.database->keep_alerts(young, at(100))).empty());
    rig.database->keep_memories({{"old", "", {}}}, at(49));
    rig.database->keep_memories({{"young", "", {}}}, at(50));
    rig.database->prune(at(100), at(50));
    auto const kept = rig.database->load();
    CHECK(services_of(kept) == std::vector<std::string>{"api"});
    REQUIRE(kept.memories.size() == 1);
    CHECK(kept.memories.front().service_id == "young");
}

TEST_CASE("writes that are asked for at the same time are all answered, and all kept") {
    scratch_directory const scratch;
    storage_rig rig(scratch.path());
    std::size_t answered = 0;
    for (std::size_t i = 0; i < 500; ++i) {
        auto write = rig.database->keep_records({record_named("r" + std::to_string(i), 1, false)});
        boost::asio::co_spawn(
            rig.io,
            std::move(write),
            [&](std::exception_ptr const&, std::string const& failure) {
                answered += failure.empty() ? 1 : 0;
            }
        );
    }
    rig.io.run();
    CHECK(answered == 500);
    CHECK(rig.database->load().records.size() == 500);
}
