// What an engine says to single requests: errors, filters, lookups. No task needs to start for these.
#include "subject.hpp"

namespace autoscaler::tests {

using nlohmann::json;

namespace {

json idle_spec(std::string_view purpose) {
    return subject::spec_of(purpose, 0);
}

std::string at(subject const& service) {
    return "version=" + std::to_string(service.version());
}

std::vector<std::string> names(reply const& list) {
    std::vector<std::string> found;
    for (auto const& one : list.json())
        found.push_back(one["Spec"]["Name"].get<std::string>());
    std::ranges::sort(found);
    return found;
}

} // namespace

TEST_CASE("every answer names the API version, and the prefix must be one it speaks", "[requests]") {
    auto const& engine = subject::engine();
    auto const ping = engine.get("/_ping");
    CHECK(ping.status == 200);
    CHECK(ping.body == "OK");
    auto const version = ping.headers.at("api-version");
    auto const own = engine.get("/v" + version + "/services");
    CHECK(own.status == 200);
    CHECK(own.headers.at("api-version") == version);
    auto const too_new = engine.get("/v1.99/services");
    CHECK(too_new.status == 400);
    CHECK(too_new.message() == "client version 1.99 is too new. Maximum supported API version is " + version);
    CHECK(too_new.headers.at("api-version") == version);
    auto const too_old = engine.get("/v1.1/services");
    CHECK(too_old.status == 400);
    CHECK_THAT(
        too_old.message(), Catch::Contains("client version 1.1 is too old. Minimum supported API version is ")
    );
    CHECK(engine.call("HEAD", "/_ping").status == 200);
    CHECK(engine.get("/v1.x/services").status == 404);
    CHECK(engine.get("/nothing").message() == "page not found");
}

TEST_CASE("the engine is a manager of an active swarm", "[requests]") {
    auto const info = subject::engine().get("/info");
    REQUIRE(info.status == 200);
    auto const swarm = info.json()["Swarm"];
    CHECK(swarm["LocalNodeState"] == "active");
    CHECK(swarm["ControlAvailable"] == true);
    auto const nodes = subject::engine().get("/nodes");
    REQUIRE(nodes.status == 200);
    CHECK(nodes.json()[0]["Status"]["State"] == "ready");
    CHECK(nodes.json()[0]["ManagerStatus"]["Leader"] == true);
    CHECK(subject::engine().get("/version").json()["ApiVersion"] == info.headers.at("api-version"));
}

TEST_CASE("a version that is not the service's own is out of sequence", "[requests]") {
    subject const web{idle_spec("versions")};
    auto const spec = web.spec().dump();
    auto const version = web.version();
    for (auto const wrong : {std::uint64_t{0}, version - 1, version + 1, version + 100}) {
        auto const refused = web.post_raw(spec, "version=" + std::to_string(wrong));
        CHECK(refused.status == 500);
        CHECK(refused.message() == "rpc error: code = Unknown desc = update out of sequence");
    }
    CHECK(web.version() == version);
    CHECK_FALSE(web.inspect().contains("PreviousSpec"));
    auto const done = web.post_raw(spec, "version=" + std::to_string(version));
    CHECK(done.status == 200);
    CHECK(done.json() == json{{"Warnings", nullptr}});
    CHECK(web.version() > version);
}

TEST_CASE("a version that is no number is a bad request", "[requests]") {
    subject const web{idle_spec("bad-versions")};
    auto const spec = web.spec().dump();
    auto const text = [&](std::string const& query) {
        auto const refused = web.post_raw(spec, query);
        CHECK(refused.status == 400);
        return refused.message();
    };
    CHECK(text("") == R"(invalid service version '': strconv.ParseUint: parsing "": invalid syntax)");
    CHECK(
        text("version=abc") ==
        R"(invalid service version 'abc': strconv.ParseUint: parsing "abc": invalid syntax)"
    );
    CHECK(
        text("version=-1") ==
        R"(invalid service version '-1': strconv.ParseUint: parsing "-1": invalid syntax)"
    );
    CHECK_THAT(text("version=99999999999999999999"), Catch::Contains("value out of range"));
}

TEST_CASE("unknown objects are not found", "[requests]") {
    auto const& engine = subject::engine();
    auto const spec = idle_spec("unknown").dump();
    CHECK(engine.get("/services/nope").message() == "service nope not found");
    CHECK(engine.post("/services/nope/update?version=1", spec).status == 404);
    CHECK(engine.post("/services/nope/update?version=1", spec).message() == "service nope not found");
    CHECK(engine.remove("/services/nope").message() == "service nope not found");
    CHECK(engine.get("/tasks/nope").message() == "task nope not found");
    CHECK(engine.get("/nodes/nope").message() == "node nope not found");
}

TEST_CASE("a body that is no Spec is refused with the decoder's words", "[requests]") {
    subject const web{idle_spec("bad-bodies")};
    auto const text = [&](std::string_view body) {
        auto const refused = web.post_raw(body, at(web));
        CHECK(refused.status == 400);
        return refused.message();
    };
    CHECK_THAT(text(R"({"Name":)"), Catch::EndsWith("unexpected EOF"));
    CHECK_THAT(
        text("{x"), Catch::EndsWith("invalid character 'x' looking for beginning of object key string")
    );
    CHECK_THAT(text("x"), Catch::EndsWith("invalid character 'x' looking for beginning of value"));
    CHECK_THAT(
        text("[]"), Catch::EndsWith("json: cannot unmarshal array into Go value of type swarm.ServiceSpec")
    );
    CHECK(text("{}") == "mismatched Runtime and *Spec fields");
    CHECK(text("null") == "mismatched Runtime and *Spec fields");
    CHECK_THAT(text(R"({"Name":3})"), Catch::Contains("cannot unmarshal number into Go struct field"));
    CHECK_THAT(text(R"({"Labels":{"a":1}})"), Catch::Contains("Labels of type string"));
    CHECK(web.inspect()["Spec"]["Mode"]["Replicated"]["Replicas"] == 0);
}

TEST_CASE("replica counts that are no small whole number are refused", "[requests]") {
    subject const web{idle_spec("replicas")};
    auto const text = [&](std::string const& replicas) {
        auto spec = web.spec();
        spec["Mode"]["Replicated"]["Replicas"] = "HERE";
        auto body = spec.dump();
        body.replace(body.find("\"HERE\""), 6, replicas);
        auto const refused = web.post_raw(body, at(web));
        CHECK(refused.status == 400);
        return refused.message();
    };
    constexpr auto field = " into Go struct field ReplicatedService.Mode.Replicated.Replicas of type uint64";
    CHECK_THAT(text("-1"), Catch::EndsWith(std::string{"json: cannot unmarshal number -1"} + field));
    CHECK_THAT(text("1.5"), Catch::EndsWith(std::string{"json: cannot unmarshal number 1.5"} + field));
    CHECK_THAT(text(R"("3")"), Catch::EndsWith(std::string{"json: cannot unmarshal string"} + field));
    CHECK_THAT(
        text("18446744073709551616"),
        Catch::EndsWith(std::string{"json: cannot unmarshal number 18446744073709551616"} + field)
    );
    CHECK(
        text("9223372036854775808") ==
        "rpc error: code = InvalidArgument desc = Number of replicas must be non-negative"
    );
    CHECK(web.spec()["Mode"]["Replicated"]["Replicas"] == 0);
}

TEST_CASE("mode and name cannot change, whatever the version", "[requests]") {
    subject const web{idle_spec("fixed")};
    auto spec = web.spec();
    spec["Mode"] = json::parse(R"({"Global":{}})");
    auto const mode = web.post_raw(spec.dump(), "version=1");
    CHECK(mode.status == 501);
    CHECK(mode.message() == "rpc error: code = Unimplemented desc = service mode change is not allowed");
    spec["Mode"]["Replicated"] = json::object();
    auto const two = web.post(spec);
    CHECK(two.status == 400);
    CHECK(two.message() == "must specify only one service mode");
    auto renamed = web.spec();
    renamed["Name"] = "conformance-other";
    auto const name = web.post_raw(renamed.dump(), "version=1");
    CHECK(name.status == 501);
    CHECK(name.message() == "rpc error: code = Unimplemented desc = renaming services is not supported");
    renamed.erase("Name");
    CHECK(web.post(renamed).status == 501);
}

TEST_CASE("an absent replica count means one, absent labels mean none", "[requests]") {
    auto const body = GENERATE(R"({"Replicated":{"Replicas":null}})", R"({"Replicated":{}})", "{}");
    subject const web{idle_spec("absent")};
    auto spec = web.spec();
    spec["Mode"] = json::parse(body);
    spec.erase("Labels");
    CHECK(web.post(spec).status == 200);
    CHECK(web.spec()["Mode"]["Replicated"]["Replicas"] == 1);
    CHECK(web.spec()["Labels"] == json::object());
}

TEST_CASE("unknown members are dropped, keys match in any case", "[requests]") {
    subject const web{idle_spec("tolerant")};
    auto spec = web.spec();
    auto const before = spec;
    spec["Nonsense"] = 1;
    spec["TaskTemplate"]["Nonsense"] = {1, 2};
    spec["TaskTemplate"]["ContainerSpec"]["Nonsense"] = "x";
    spec["labels"] = spec["Labels"];
    spec.erase("Labels");
    CHECK(web.post(spec).status == 200);
    CHECK(web.spec() == before);
}

TEST_CASE("a Spec with other options comes back as it was posted", "[requests]") {
    auto spec = idle_spec("options");
    auto& task = spec["TaskTemplate"];
    task["ContainerSpec"]["Labels"] = {{"a", "b"}};
    task["ContainerSpec"]["Env"] = {"A=1", "B=x<y>&z\"q\""};
    task["ContainerSpec"]["Healthcheck"] = {
        {"Test", {"CMD-SHELL", "true"}}, {"Interval", 5'000'000'000}, {"Retries", 3}
    };
    task["ContainerSpec"]["Hosts"] = {"1.2.3.4 a"};
    task["Resources"] = {{"Limits", {{"NanoCPUs", 500'000'000}, {"MemoryBytes", 9'007'199'254'740'993}}}};
    task["Placement"] = {{"Constraints", {"node.role==manager"}}, {"MaxReplicas", 50}};
    task["LogDriver"] = {{"Name", "json-file"}, {"Options", {{"max-size", "1m"}}}};
    task["RestartPolicy"]["Window"] = 10'000'000'000;
    spec["UpdateConfig"]["MaxFailureRatio"] = 0.1;
    spec["UpdateConfig"]["Delay"] = 1'000'000'000;
    subject const web{spec};
    auto const stored = web.spec();
    for (auto const* const key :
         {"Labels", "Env", "Healthcheck", "Hosts", "Image", "Args", "StopGracePeriod"})
        CHECK(
            stored["TaskTemplate"]["ContainerSpec"][key] ==
            spec["TaskTemplate"]["ContainerSpec"].value(key, json())
        );
    for (auto const* const key : {"Placement", "LogDriver"})
        CHECK(stored["TaskTemplate"][key] == task[key]);
    CHECK(stored["TaskTemplate"]["Resources"]["Limits"] == task["Resources"]["Limits"]);
    CHECK(stored["TaskTemplate"]["RestartPolicy"]["Window"] == 10'000'000'000);
    CHECK(stored["UpdateConfig"]["MaxFailureRatio"] == 0.1);
    CHECK(stored["UpdateConfig"]["Delay"] == 1'000'000'000);
    REQUIRE(web.post(stored).status == 200);
    CHECK(web.spec() == stored);
    CHECK(web.inspect()["PreviousSpec"] == stored);
}

TEST_CASE("a name is given once", "[requests]") {
    subject const web{idle_spec("once")};
    auto const again = subject::engine().post("/services/create", idle_spec("once").dump());
    CHECK(again.status == 409);
    CHECK(
        again.message() ==
        "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service " +
            web.name() + " already exists"
    );
}

TEST_CASE("services are found by ID, name, and a prefix of the ID, not of the name", "[requests]") {
    subject const web{idle_spec("lookup")};
    auto const& engine = subject::engine();
    CHECK(engine.get("/services/" + web.name()).json()["ID"] == web.id());
    CHECK(engine.get("/services/" + web.id().substr(0, 12)).json()["ID"] == web.id());
    CHECK(engine.get("/services/" + web.name().substr(0, 14)).status == 404);
    CHECK(engine.get("/services/" + web.id() + "?insertDefaults=false").json()["Spec"]["Name"] == web.name());
}

TEST_CASE("lists are filtered by prefix of the name, by label and by mode", "[requests]") {
    auto first = idle_spec("filter-a");
    first["Labels"] = {{"colour", "red"}, {"shape", "round"}};
    auto second = idle_spec("filter-b");
    second["Labels"] = {{"colour", "blue"}};
    subject const a{first};
    subject const b{second};
    auto const list = [](std::string const& filter) {
        return subject::engine().get("/services?filters=" + percent_encoded(filter));
    };
    using words = std::vector<std::string>;
    CHECK(names(list(R"({"name":["conformance-filter-"]})")) == words{a.name(), b.name()});
    CHECK(names(list(R"({"name":{"conformance-filter-a":true}})")) == words{a.name()});
    CHECK(names(list(R"({"name":["filter-a"]})")).empty());
    CHECK(names(list(R"({"label":["colour"]})")) == words{a.name(), b.name()});
    CHECK(names(list(R"({"label":["colour=blue"]})")) == words{b.name()});
    CHECK(names(list(R"({"label":["colour=red","shape=round"]})")) == words{a.name()});
    CHECK(names(list(R"({"label":["colour=blue","shape=round"]})")).empty());
    CHECK(names(list(R"({"mode":["replicated"],"label":["colour"]})")) == words{a.name(), b.name()});
    CHECK(names(list(R"({"mode":["global"],"label":["colour"]})")).empty());
    CHECK(list(R"({"bogus":["x"]})").message() == "Invalid filter 'bogus'");
    CHECK(list("{bad").status == 400);
    CHECK(list("{bad").message() == "invalid character 'b' looking for beginning of object key string");
}

TEST_CASE("task filters want known services and states", "[requests]") {
    auto const list = [](std::string const& filter) {
        return subject::engine().get("/tasks?filters=" + percent_encoded(filter));
    };
    CHECK(list(R"({"service":["nope"]})").status == 404);
    CHECK(list(R"({"node":["nope"]})").message() == "node nope not found");
    CHECK(list(R"({"status":["running"]})").message() == "Invalid filter 'status'");
    CHECK(list(R"({"desired-state":["bogus"]})").status == 500);
    CHECK(list(R"({"desired-state":["bogus"]})").message() == "Invalid desired-state filter: 'bogus'");
    CHECK(list(R"({"desired-state":["running"]})").status == 200);
}

TEST_CASE("status=true adds the counts of tasks to a list", "[requests]") {
    subject const web{"counts", 2};
    auto const filter = "&filters=" + percent_encoded(R"({"name":[")" + web.name() + R"("]})");
    auto const with = subject::engine().get("/services?status=true" + filter).json();
    CHECK(with[0]["ServiceStatus"]["RunningTasks"] == 2);
    CHECK(with[0]["ServiceStatus"]["DesiredTasks"] == 2);
    CHECK_FALSE(subject::engine().get("/services?status=false" + filter).json()[0].contains("ServiceStatus"));
    auto const banana = subject::engine().get("/services?status=banana");
    CHECK(banana.status == 400);
    CHECK_THAT(banana.message(), Catch::StartsWith("invalid value for status: banana: strconv.ParseBool"));
}

TEST_CASE("global services and jobs take no replica count", "[requests]") {
    auto spec = subject::spec_of("everywhere", 0);
    spec["Mode"] = json::parse(R"({"Global":{"Replicas":5}})");
    subject const everywhere{spec};
    CHECK(everywhere.spec()["Mode"] == json::parse(R"({"Global":{}})"));
    REQUIRE(subject::becomes([&] { return everywhere.running().size() == 1; }));
    CHECK_FALSE(everywhere.tasks()[0].contains("Slot"));
}

} // namespace autoscaler::tests
