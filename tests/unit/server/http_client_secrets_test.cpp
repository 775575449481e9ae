// Secrets of the outgoing client: where they come from, whom they are sent to, and that no error tells them.
#include "server/http_client/client.hpp"
#include "server/http_client/url.hpp"
#include "support/scripted_server.hpp"

#include <sys/stat.h>

#include <filesystem>

using namespace autoscaler;
using namespace autoscaler::test;
using namespace autoscaler::server::http_client;
namespace asio = boost::asio;

namespace {

request get(std::string url) {
    request made;
    made.url = std::move(url);
    return made;
}

scripted_reply ok(heard_request const&) {
    return answer_with(200, "");
}

scripted_server::script redirects_to(std::string const& where, unsigned status = 302) {
    return [where, status](heard_request const&) {
        return answer_with(status, "", "Location: " + where + "\r\n");
    };
}

policy::http_config with_password(policy::secret_source password) {
    policy::http_config how;
    how.basic = policy::basic_auth{{"me", ""}, std::move(password)};
    return how;
}

policy::http_config with_token(policy::secret_source token) {
    policy::http_config how;
    how.credentials = policy::authorization{"Bearer", std::move(token)};
    return how;
}

} // namespace

TEST_CASE("basic auth and credentials are sent", "[http_client][secret]") {
    asio::io_context io;
    scripted_server server(io, ok);
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), with_password({"s3cret", ""}))));
    CHECK(server.requests().back().header("Authorization") == "Basic bWU6czNjcmV0");
    CHECK(run(io, asks.send(get(server.url()), with_token({"t0ken", ""}))));
    CHECK(server.requests().back().header("Authorization") == "Bearer t0ken");
}

TEST_CASE("user and password of the url are basic auth and count first", "[http_client][secret]") {
    asio::io_context io;
    scripted_server server(io, ok);
    client asks(io.get_executor());
    std::string url = server.url();
    url.insert(7, "me:s3%63ret@");
    CHECK(run(io, asks.send(get(url), with_token({"t0ken", ""}))));
    CHECK(server.requests().back().header("Authorization") == "Basic bWU6czNjcmV0");
    request own = get(url);
    own.headers = {{"authorization", "Own thing"}};
    CHECK(run(io, asks.send(own, {})));
    CHECK(server.requests().back().header("authorization") == "Own thing");
}

TEST_CASE("a secret in a file is read for each request", "[http_client][secret]") {
    asio::io_context io;
    scripted_server server(io, ok);
    client asks(io.get_executor());
    test_file const token("first\n");
    auto const how = with_token({"", token.path()});
    CHECK(run(io, asks.send(get(server.url()), how)));
    CHECK(server.requests().back().header("Authorization") == "Bearer first");
    token.write("  second \r\n");
    CHECK(run(io, asks.send(get(server.url()), how)));
    CHECK(server.requests().back().header("Authorization") == "Bearer second");
}

TEST_CASE("a file that cannot serve as a secret is an error that names it", "[http_client][secret]") {
    asio::io_context io;
    scripted_server server(io, ok);
    client asks(io.get_executor());
    test_file const file("");
    std::string const path = file.path();
    std::string expected;
    SECTION("missing") {
        std::filesystem::remove(path);
        expected = "No such file or directory";
    }
    SECTION("a directory") {
        std::filesystem::remove(path);
        std::filesystem::create_directory(path);
        expected = "it is no regular file";
    }
    SECTION("a pipe") {
        std::filesystem::remove(path);
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        expected = "it is no regular file";
    }
    SECTION("too long") {
        file.write(std::string(100'000, 'x'));
        expected = "it is larger than 65536 bytes";
    }
    auto const said = run(io, asks.send(get(server.url()), with_token({"", path})));
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == error_kind::secret);
    CHECK(describe(said.error()) == server.url() + ": cannot read \"" + path + "\": " + expected);
    CHECK(server.connections() == 0);
}

TEST_CASE("a secret with a line break inside is refused and not told", "[http_client][secret]") {
    asio::io_context io;
    scripted_server server(io, ok);
    client asks(io.get_executor());
    test_file const token("hunter2\r\nX-Evil: hunter2");
    auto const said = run(io, asks.send(get(server.url()), with_token({"", token.path()})));
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == error_kind::secret);
    CHECK(describe(said.error()).find("hunter2") == std::string::npos);
    CHECK(server.connections() == 0);
}

TEST_CASE("a redirect on the same server keeps what was asked with", "[http_client][redirect]") {
    unsigned const status = GENERATE(301U, 302U, 303U, 307U, 308U);
    asio::io_context io;
    scripted_server server(io, [status](heard_request const& what) {
        return what.target == "/new/b?c" ? answer_with(200, "there")
                                         : answer_with(status, "", "Location: new/b?c#d\r\n");
    });
    client asks(io.get_executor());
    auto how = with_token({"t0ken", ""});
    how.headers = {{"X-Tenant", "a"}};
    auto const said = run(io, asks.send(get(server.url() + "/old"), how));
    REQUIRE(said);
    CHECK(said->body == "there");
    CHECK(server.requests().back().header("Authorization") == "Bearer t0ken");
    CHECK(server.requests().back().header("X-Tenant") == "a");
    CHECK(server.connections() == 1);
}

TEST_CASE("a redirect to another server carries no secret there", "[http_client][redirect]") {
    asio::io_context io;
    scripted_server other(io, ok);
    bool const same_host = GENERATE(true, false); // another port is another server, too
    std::string const there =
        same_host ? other.url() : "http://user:theirs@localhost:" + std::to_string(other.port());
    scripted_server server(io, redirects_to(there + "/x"));
    client asks(io.get_executor());
    auto how = GENERATE(true, false) ? with_password({"s3cret", ""}) : with_token({"s3cret", ""});
    how.headers = {{"X-Api-Key", "s3cret"}};
    std::string url = server.url();
    if (GENERATE(true, false))
        url.insert(7, "me:s3cret@");
    request what = get(url);
    what.headers = {{"Accept", "application/json"}, {"Cookie", "s3cret"}};
    CHECK(run(io, asks.send(what, how)));
    REQUIRE(other.requests().size() == 1);
    auto const& heard = other.requests()[0];
    CHECK_FALSE(heard.holds("s3cret"));
    CHECK(heard.header("Authorization").empty());
    CHECK(heard.header("Accept") == "application/json");
}

TEST_CASE("a secret that was withheld is not sent after the way back either", "[http_client][redirect]") {
    asio::io_context io;
    std::string home;
    scripted_server other(io, [&](heard_request const&) {
        return answer_with(302, "", "Location: " + home + "/back\r\n");
    });
    scripted_server server(io, [&](heard_request const& what) {
        return what.target == "/back" ? answer_with(200, "")
                                      : answer_with(302, "", "Location: " + other.url() + "\r\n");
    });
    home = server.url();
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), with_token({"t0ken", ""}))));
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[0].header("Authorization") == "Bearer t0ken");
    CHECK(server.requests()[1].header("Authorization").empty());
}

TEST_CASE("redirects that are not followed are answers", "[http_client][redirect]") {
    asio::io_context io;
    scripted_server server(io, redirects_to("/x"));
    client asks(io.get_executor());
    policy::http_config how;
    request what = get(server.url());
    SECTION("where the configuration says so") {
        how.follow_redirects = false;
    }
    SECTION("of a POST") {
        what.method = "POST";
    }
    auto const said = run(io, asks.send(what, how));
    REQUIRE(said);
    CHECK(said->status == 302);
    CHECK(server.requests().size() == 1);
}

TEST_CASE("redirects end", "[http_client][redirect]") {
    asio::io_context io;
    client asks(io.get_executor());
    scripted_server loop(io, redirects_to("/again"));
    auto const round = run(io, asks.send(get(loop.url()), {}));
    REQUIRE_FALSE(round);
    CHECK(describe(round.error()) == loop.url() + "/again: it redirects more than 10 times");
    CHECK(loop.requests().size() == 11);
    for (std::string const& nowhere : {"ftp://x/", "http://", "http://a b/", "mailto:x", "//user@:80/"}) {
        scripted_server server(io, redirects_to(nowhere));
        auto const said = run(io, asks.send(get(server.url()), {}));
        INFO(nowhere);
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::redirect);
    }
}

TEST_CASE("errors name no user, password, query or secret path", "[http_client][secret]") {
    asio::io_context io;
    client asks(io.get_executor());
    request what = get("http://me:hunter2@127.0.0.1:1/services/hunter2?token=hunter2");
    what.secret_path = true;
    auto const refused = run(io, asks.send(what, with_password({"hunter2", ""})));
    REQUIRE_FALSE(refused);
    CHECK(describe(refused.error()) == "http://127.0.0.1:1: Connection refused");
    for (std::string const& bad :
         {"http://me:hunter2@", "hunter2", "http://me:hunter2@a:99999/", "ftp://hunter2/"}) {
        auto const said = run(io, asks.send(get(bad), {}));
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::invalid);
        CHECK(describe(said.error()).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("urls are taken apart", "[http_client][url]") {
    auto const full = parse_url("https://us%40er:p%3Aw@Prom.Example:8443/a/b?c=d#e");
    REQUIRE(full);
    CHECK(full->where == origin{true, "prom.example", 8443});
    CHECK(full->target == "/a/b?c=d");
    CHECK(full->user == "us@er");
    CHECK(full->password == "p:w");
    CHECK(full->shown() == "https://prom.example:8443/a/b");
    CHECK(parse_url("http://x")->target == "/");
    CHECK(parse_url("http://x?y")->target == "/?y");
    CHECK(parse_url("https://x")->where.port == 443);
    CHECK(parse_url("http://[::1]:9090")->where == origin{false, "::1", 9090});
    CHECK(parse_url("http://[::1]:9090/")->shown() == "http://[::1]:9090");
    CHECK(authority({false, "::1", 80}) == "[::1]");
    CHECK(authority({true, "x", 443}) == "x");
    for (std::string const& bad :
         {"",
          "x",
          "//x",
          "http:",
          "http:x",
          "http://",
          "http:///x",
          "http://:80",
          "ftp://x",
          "http://x:0",
          "http://x:65536",
          "http://x:1x",
          "http://a b",
          "http://x/ y",
          "http://%00x",
          "http://a%2Fb",
          "http://[::1",
          "http://[v1.x]",
          "http://x/\n"}) {
        INFO(bad);
        CHECK_FALSE(parse_url(bad));
    }
}

TEST_CASE("a path is put behind a url's own", "[http_client][url]") {
    CHECK(*append_path("http://x", "/api") == "http://x/api");
    CHECK(*append_path("http://x/", "/api") == "http://x/api");
    CHECK(*append_path("http://u:p@x/y//?z=/#f", "/api") == "http://u:p@x/y/api?z=/");
    CHECK(*append_path("http://x?z", "/api") == "http://x/api?z");
    CHECK_FALSE(append_path("x", "/api"));
}
