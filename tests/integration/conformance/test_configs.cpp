// What an engine says about config objects: versions, filters, refusals, events.
#include "subject.hpp"

namespace autoscaler::tests {

using nlohmann::json;

namespace {

constexpr auto out_of_sequence = "rpc error: code = Unknown desc = update out of sequence";
constexpr auto labels_only = "rpc error: code = InvalidArgument desc = only updates to Labels are allowed";
constexpr auto bad_name = "rpc error: code = InvalidArgument desc = invalid name, only 64 [a-zA-Z0-9-_.] "
                          "characters allowed, and the start and end character must be [a-zA-Z0-9]";
constexpr auto bad_data =
    "rpc error: code = InvalidArgument desc = config data must be larger than 0 and less than 1024000 bytes";

json spec_of(std::string const& purpose, json labels = json::object()) {
    return {{"Name", "conformance." + purpose}, {"Labels", std::move(labels)}, {"Data", "LQ=="}};
}

// One config of a case: created at the beginning, removed at the end.
class stored {
public:
    explicit stored(json const& spec) {
        subject::engine().remove("/configs/" + spec["Name"].get<std::string>()); // of a run cut short
        auto const created = subject::engine().post("/configs/create", spec.dump());
        INFO(created.message());
        REQUIRE(created.status == 201);
        id_ = created.json()["ID"].get<std::string>();
    }

    ~stored() { subject::engine().remove("/configs/" + id_); }

    stored(stored const&) = delete;
    stored& operator=(stored const&) = delete;
    stored(stored&&) = delete;
    stored& operator=(stored&&) = delete;

    std::string const& id() const { return id_; }

    json inspect() const { return subject::engine().get("/configs/" + id_).json(); }

    std::uint64_t version() const { return inspect()["Version"]["Index"].get<std::uint64_t>(); }

    reply post(json const& spec, std::uint64_t version) const {
        return post_raw(spec.dump(), "version=" + std::to_string(version));
    }

    reply post_raw(std::string_view body, std::string const& query) const {
        return subject::engine().post("/configs/" + id_ + "/update?" + query, body);
    }

private:
    std::string id_;
};

std::vector<std::string> names(std::string const& filter) {
    std::vector<std::string> found;
    for (auto const& one : subject::engine().get("/configs?filters=" + percent_encoded(filter)).json())
        found.push_back(one["Spec"]["Name"].get<std::string>());
    std::ranges::sort(found);
    return found;
}

std::string refusal_of(std::string_view body) {
    auto const refused = subject::engine().post("/configs/create", body);
    CHECK(refused.status == 400);
    return refused.message();
}

} // namespace

TEST_CASE("a config comes back as it was created", "[configs]") {
    stored const one{spec_of("made", {{"a", "1"}, {"b", "\xC3\xA4 \" \n"}})};
    auto const found = one.inspect();
    CHECK(found["ID"] == one.id());
    CHECK(found["Spec"] == spec_of("made", {{"a", "1"}, {"b", "\xC3\xA4 \" \n"}}));
    CHECK(found["Version"]["Index"].get<std::uint64_t>() > 0);
    CHECK(found.contains("CreatedAt"));
    CHECK(found["UpdatedAt"] == found["CreatedAt"]);
    auto const& engine = subject::engine();
    CHECK(engine.get("/configs/conformance.made").json()["ID"] == one.id());
    CHECK(engine.get("/configs/" + one.id().substr(0, 12)).json()["ID"] == one.id());
    CHECK(engine.get("/configs/conformance").message() == "config conformance not found");
}

TEST_CASE("a config's name is given once", "[configs]") {
    stored const one{spec_of("once")};
    auto const again = subject::engine().post("/configs/create", spec_of("once").dump());
    CHECK(again.status == 409);
    CHECK(again.message() == "rpc error: code = AlreadyExists desc = config conformance.once already exists");
}

TEST_CASE("labels of a config change under its version and no other", "[configs]") {
    stored const one{spec_of("changed", {{"a", "1"}})};
    auto const before = one.version();
    auto const next = spec_of("changed", {{"b", "2"}});
    for (auto const wrong : {std::uint64_t{0}, before - 1, before + 1}) {
        auto const refused = one.post(next, wrong);
        CHECK(refused.status == 500);
        CHECK(refused.message() == out_of_sequence);
    }
    CHECK(one.version() == before);
    auto const done = one.post(next, before);
    CHECK(done.status == 200);
    CHECK(done.body.empty());
    CHECK(one.version() > before);
    CHECK(one.inspect()["Spec"] == next);
    CHECK(one.post(next, before).message() == out_of_sequence);

    // Data may stay away, labels may not: without them there are none.
    CHECK(one.post({{"Name", "conformance.changed"}}, one.version()).status == 200);
    CHECK(one.inspect()["Spec"] == spec_of("changed"));
}

TEST_CASE("name and data of a config cannot change, whatever the version", "[configs]") {
    stored const one{spec_of("fixed")};
    auto spec = spec_of("fixed");
    spec["Data"] = "LS0=";
    CHECK(one.post(spec, 1).status == 400);
    CHECK(one.post(spec, one.version()).message() == labels_only);
    CHECK(one.post(spec_of("other"), 1).message() == labels_only);
    CHECK(one.post({{"Labels", {{"a", "1"}}}}, one.version()).message() == labels_only);
    CHECK(one.inspect()["Spec"] == spec_of("fixed"));
}

TEST_CASE("an update of a config needs a version that is a number", "[configs]") {
    stored const one{spec_of("versions")};
    auto const body = spec_of("versions").dump();
    for (auto const* const query : {"", "version=", "version=abc", "version=-1"}) {
        auto const refused = one.post_raw(body, query);
        CHECK(refused.status == 400);
        CHECK(refused.message() == "invalid config version");
    }
}

TEST_CASE("configs are filtered by prefix of the name and by label", "[configs]") {
    stored const a{spec_of("filter.a", {{"colour", "red"}})};
    stored const b{spec_of("filter.b", {{"colour", "blue"}})};
    using words = std::vector<std::string>;
    words const both{"conformance.filter.a", "conformance.filter.b"};
    CHECK(names(R"({"name":["conformance.filter."]})") == both);
    CHECK(names(R"({"name":["conformance.filter.a","conformance.filter.b"]})") == both);
    CHECK(names(R"({"name":["filter"]})").empty());
    CHECK(names(R"({"label":["colour=blue"]})") == words{both[1]});
    CHECK(names(R"({"id":[")" + a.id() + R"("]})") == words{both[0]});
    auto const refused =
        subject::engine().get("/configs?filters=" + percent_encoded(R"({"names":["conformance"]})"));
    CHECK(refused.status == 400);
    CHECK(refused.message() == "Invalid filter 'names'");
}

TEST_CASE("a config needs a name and data within the limits", "[configs]") {
    auto spec = spec_of("limits");
    auto const named = [&](std::string const& name) {
        auto other = spec;
        other["Name"] = name;
        return refusal_of(other.dump());
    };
    CHECK(named("") == "rpc error: code = InvalidArgument desc = name must be provided");
    for (auto const& name : {std::string("a/b"), std::string(".a"), std::string("a-"), std::string(65, 'x')})
        CHECK(named(name) == bad_name);
    CHECK(refusal_of(R"({"Name":"conformance.none"})") == bad_data);
    spec["Data"] = std::string(1'365'336, 'A'); // 1024002 bytes
    CHECK(refusal_of(spec.dump()) == bad_data);
    CHECK_THAT(refusal_of(R"({"Name":"conformance.x","Data":"!!"})"), Catch::Contains("illegal base64 data"));
    CHECK_THAT(refusal_of("{bad"), Catch::Contains("invalid character 'b' looking for beginning of object"));
    CHECK_THAT(refusal_of(R"({"Name":"a","Labels":{"x":2}})"), Catch::Contains("Labels of type string"));
    stored const longest{{{"Name", std::string(64, 'x')}, {"Data", "LQ=="}}};
    CHECK(longest.inspect()["Spec"]["Labels"] == json::object());
}

TEST_CASE("labels above the size of one raft entry are refused", "[configs]") {
    auto const refused = subject::engine().post(
        "/configs/create", spec_of("large", {{"a", std::string(1'600'000, 'x')}}).dump()
    );
    CHECK(refused.status == 500);
    CHECK_THAT(refused.message(), Catch::EndsWith("raft: raft message is too large and can't be sent"));
}

TEST_CASE("a removed config is gone", "[configs]") {
    stored const one{spec_of("removed")};
    auto const& engine = subject::engine();
    auto const removed = engine.remove("/configs/" + one.id());
    CHECK(removed.status == 204);
    CHECK(removed.body.empty());
    for (auto const& again :
         {engine.remove("/configs/" + one.id()),
          engine.get("/configs/" + one.id()),
          one.post(spec_of("removed"), 1)}) {
        CHECK(again.status == 404);
        CHECK(again.message() == "config " + one.id() + " not found");
    }
}

TEST_CASE("events tell what becomes of a config", "[configs]") {
    auto const since = std::chrono::system_clock::now();
    {
        stored const one{spec_of("told")};
        REQUIRE(one.post(spec_of("told", {{"a", "1"}}), one.version()).status == 200);
    }
    auto const seconds = [](std::chrono::system_clock::time_point at) {
        return std::to_string(std::chrono::duration<double>(at.time_since_epoch()).count());
    };
    std::vector<std::string> actions;
    auto const filter = percent_encoded(R"({"type":["config"],"config":["conformance.told"]})");
    auto const lines = subject::engine().get(
        "/events?since=" + seconds(since) + "&until=" +
        seconds(std::chrono::system_clock::now() + std::chrono::milliseconds{500}) + "&filters=" + filter
    );
    std::istringstream text{lines.body};
    for (std::string line; std::getline(text, line);) {
        auto const event = json::parse(line);
        CHECK(event["Type"] == "config");
        CHECK(event["scope"] == "swarm");
        CHECK(event["Actor"]["Attributes"] == json{{"name", "conformance.told"}});
        actions.push_back(event["Action"].get<std::string>());
    }
    CHECK(actions == std::vector<std::string>{"create", "update", "remove"});
}

} // namespace autoscaler::tests
