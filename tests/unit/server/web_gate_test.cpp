// The gate of --web.config.file without a server: who is let through to what.
#include "server/web/bcrypt.hpp"
#include "server/web/credentials.hpp"
#include "server/web/exposure.hpp"
#include "server/web/gate.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"

#include <filesystem>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::server::web;
using namespace autoscaler::test;
using http::right;
namespace asio = boost::asio;

namespace {

// bcrypt of "secret", cost 4.
constexpr char const* hash = "$2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa";
constexpr char const* basic_prom = "Basic cHJvbTpzZWNyZXQ=";       // prom:secret
constexpr char const* basic_wrong = "Basic cHJvbTp3cm9uZw==";      // prom:wrong
constexpr char const* basic_nobody = "Basic bm9ib2R5OnNlY3JldA=="; // nobody:secret
constexpr char const* users =
    "basic_auth_users: {prom: $2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa}\n";

struct desk {
    explicit desk(std::string const& text) : file(text) {
        gate_options chosen;
        chosen.look_every = std::chrono::milliseconds(0);
        chosen.on_reload = [this](auto const& faults) {
            ++reloads;
            for (auto const& each : faults)
                told += to_string(each) + "\n";
        };
        auto opened = web::gate::open(io.get_executor(), file.path(), chosen);
        for (auto const& each : opened.faults)
            INFO(to_string(each));
        gate = std::move(opened.made);
    }

    // What the gate answers: 0 = pass.
    unsigned ask(right needed, std::string_view authorization = {}, http::peer const& who = {}) {
        http::field const field{"Authorization", authorization};
        http::request asked;
        if (!authorization.empty())
            asked.fields = std::span(&field, 1);
        auto verdict = gate->judge(asked, needed, who);
        slow = !verdict;
        if (!verdict)
            verdict = run(io, gate->judge_later(std::string(authorization), needed, who));
        answer = verdict->value_or(http::response{});
        return *verdict ? answer.status : 0;
    }

    asio::io_context io;
    test_file file;
    int reloads = 0;
    std::string told;
    std::shared_ptr<web::gate> gate;
    http::response answer;
    bool slow = false;
};

std::string challenge(http::response const& answer) {
    std::string all;
    for (auto const& [name, value] : answer.fields)
        if (name == "WWW-Authenticate")
            all += value + ";";
    return all;
}

} // namespace

TEST_CASE("without users, tokens and rights everybody may do everything", "[web]") {
    desk at("{}");
    REQUIRE(at.gate);
    CHECK(at.ask(right::change) == 0);
    CHECK(at.ask(right::ingest, basic_wrong) == 0);
    CHECK_FALSE(at.gate->knows_callers());
}

TEST_CASE("a user may do everything where no rights are written, and nobody else anything", "[web]") {
    desk at(users);
    CHECK(at.ask(right::change, basic_prom) == 0);
    CHECK(at.ask(right::any, basic_prom) == 0);
    CHECK(at.ask(right::read) == 401);
    CHECK(at.answer.body == "Unauthorized\n");
    CHECK(challenge(at.answer) == "Basic realm=\"swarm-autoscaler\";");
    CHECK(at.ask(right::any) == 401);
    CHECK(at.ask(right::read, basic_wrong) == 401);
    CHECK(at.ask(right::read, basic_nobody) == 401);
    for (auto const* const nonsense :
         {"Basic", "Basic =", "Basic !!!!", "Basic cHJvbQ==", "Digest x", "Bearer", "Bearer t"})
        CHECK(at.ask(right::read, nonsense) == 401);
    CHECK(at.ask(right::open) == 0);
    CHECK(at.ask(right::open, basic_wrong) == 0); // a health check does not wait for bcrypt
    CHECK_FALSE(at.slow);
}

TEST_CASE("a password is hashed once, be it right, wrong or of nobody", "[web]") {
    desk at(users);
    for (auto const* const who : {basic_prom, basic_wrong, basic_nobody}) {
        at.ask(right::read, who);
        CHECK(at.slow); // unknown users cost the same time
        at.ask(right::read, who);
        CHECK_FALSE(at.slow);
    }
}

TEST_CASE("bearer tokens are read from files, and compared whole", "[web]") {
    test_file const token("t0ken\n");
    desk at("bearer_tokens: {reader: " + token.path() + "}");
    CHECK(at.ask(right::read, "Bearer t0ken") == 0);
    CHECK(at.ask(right::read, "bearer t0ken") == 0);
    CHECK_FALSE(at.slow);
    for (auto const* const wrong :
         {"Bearer t0ke", "Bearer t0kenn", "Bearer T0ken", "Bearer t0ken x", "Basic t0ken"})
        CHECK(at.ask(right::read, wrong) == 401);
    CHECK(challenge(at.answer) == "Bearer;");
    token.write("other");
    CHECK(at.ask(right::read, "Bearer t0ken") == 401);
    CHECK(at.ask(right::read, "Bearer other") == 0);
    CHECK(at.reloads == 1);
}

TEST_CASE("rights give each caller what it is named for", "[web]") {
    test_file const token("t");
    desk at(
        std::string(users) + "bearer_tokens: {reader: " + token.path() + "}\n" +
        "rights: {ingest: [prom], read: ['*'], change: [reader]}\n"
    );
    CHECK(at.ask(right::ingest, basic_prom) == 0);
    CHECK(at.ask(right::read, basic_prom) == 0);
    CHECK(at.ask(right::change, basic_prom) == 403);
    CHECK(at.answer.body == "403 Forbidden: this caller has no right to change anything here\n");
    CHECK(at.ask(right::change, "Bearer t") == 0);
    CHECK(at.ask(right::ingest, "Bearer t") == 403);
    CHECK(at.ask(right::any, "Bearer t") == 0);
    CHECK(at.ask(right::read) == 401);
    CHECK(at.ask(right::any) == 401);
}

TEST_CASE("anonymous callers may do what rights say, but a wrong password is told", "[web]") {
    desk at(std::string(users) + "rights: {read: [anonymous], change: [prom]}\n");
    CHECK(at.ask(right::read) == 0);
    CHECK(at.ask(right::any) == 0);
    CHECK(at.ask(right::read, basic_prom) == 0);
    CHECK(at.ask(right::read, basic_wrong) == 401);
    CHECK(at.ask(right::change) == 401);
    CHECK(at.ask(right::ingest, basic_prom) == 403); // a list that is not written is empty
    desk nobody("rights: {read: [anonymous]}\n");
    CHECK(nobody.ask(right::change) == 403); // no password would help
}

TEST_CASE("a file that no longer fits leaves everything as it was, and is told once", "[web]") {
    desk at(users);
    at.file.write("basic_auth_users: {prom: nope}\n");
    CHECK(at.ask(right::read, basic_prom) == 0);
    CHECK(at.ask(right::read) == 401);
    CHECK(at.reloads == 1);
    CHECK(at.told.find(":1:26: error: the password of \"prom\" must be a bcrypt hash") != std::string::npos);
    at.file.write("{}");
    CHECK(at.ask(right::read) == 0);
    CHECK(at.reloads == 2);
    CHECK(at.gate->reload().empty());
}

TEST_CASE("a user who leaves the file is refused at once", "[web]") {
    desk at(users);
    CHECK(at.ask(right::read, basic_prom) == 0);
    at.file.write("basic_auth_users: {other: " + std::string(hash) + "}\n");
    CHECK(at.ask(right::read, basic_prom) == 401);
}

TEST_CASE(
    "a password that was right needs no check after a reload, unless its user or hash is another", "[web]"
) {
    desk at(users);
    CHECK(at.ask(right::read, basic_prom) == 0);
    at.file.write(std::string(users) + "http_server_config: {headers: {X-Frame-Options: deny}}\n");
    CHECK(at.ask(right::read, basic_prom) == 0);
    CHECK_FALSE(at.slow);
    CHECK(at.reloads == 1);

    at.file.write(std::string("basic_auth_users: {prom: ") + decoy_hash(4) + "}\n");
    CHECK(at.ask(right::read, basic_prom) == 401);
    CHECK(at.slow);
}

TEST_CASE("a gate does not open without its files, and says which", "[web]") {
    asio::io_context io;
    test_file const web("tls_server_config:\n  cert_file: /nowhere/cert\n  key_file: "
                        "/nowhere/key\nbearer_tokens: {a: /nowhere/token}\n");
    auto const opened = web::gate::open(io.get_executor(), web.path());
    CHECK_FALSE(opened.made);
    REQUIRE(opened.faults.size() == 3);
    CHECK(to_string(opened.faults[0]).starts_with(web.path() + ":2:14: error: "));
    CHECK(opened.faults[0].text.find("/nowhere/cert") != std::string::npos);
    CHECK(to_string(opened.faults[2]).find(":4:20: error: the token \"a\": ") != std::string::npos);

    auto const missing = web::gate::open(io.get_executor(), "/nowhere/web.yml");
    CHECK_FALSE(missing.made);
    CHECK(to_string(missing.faults.at(0)).starts_with("/nowhere/web.yml:1:1: error: "));
    test_file const empty("\n");
    test_file const tokens("bearer_tokens: {a: " + empty.path() + "}");
    CHECK(
        web::gate::open(io.get_executor(), tokens.path()).faults.at(0).text.find("must be 1 to 4096") !=
        std::string::npos
    );
}

TEST_CASE("fields of the file stand in wire format for every answer", "[web]") {
    desk at("http_server_config: {headers: {X-Frame-Options: deny, X-Ours: ours}}\n");
    CHECK(at.gate->fields() == "X-Frame-Options: deny\r\nX-Ours: ours\r\n");
}

TEST_CASE("credentials are read as clients write them", "[web]") {
    auto const password = [](std::string const& field) {
        auto const read = read_credentials(field);
        auto const* const found = std::get_if<password_credentials>(&read);
        return found != nullptr ? found->user + "|" + found->password : "none";
    };
    CHECK(password("Basic cHJvbTpzZWNyZXQ=") == "prom|secret");
    CHECK(password("basic  cHJvbTpzZWNyZXQ=") == "prom|secret");
    CHECK(password("Basic YTpiOmM=") == "a|b:c");
    CHECK(password("Basic Og==") == "|");
    for (auto const* const bad :
         {"", "Basic", "Basic cHJvbTpzZWNyZXQ", "Basic cHJv", "Basic c===", "Basic c-_=", "Basic YTpi YTpi"})
        CHECK(password(bad) == "none");
}

TEST_CASE("an open listener beyond this machine is worth one warning", "[web]") {
    using cli::listen_address;
    std::vector<listen_address> where{{"127.0.0.1", 9093}, {"::1", 9093}, {"localhost", 1}};
    CHECK(exposure_warning(where, false).empty());
    where.push_back({"", 9093});
    CHECK(
        exposure_warning(where, false) == "whoever reaches :9093 may send alerts, silence and pause: set "
                                          "--web.config.file, or listen on 127.0.0.1"
    );
    CHECK(exposure_warning(where, true).empty());
}
