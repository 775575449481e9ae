// Passwords on their thread. Small enough to be built with ThreadSanitizer, too.
#include "server/web/bcrypt.hpp"
#include "server/web/password_checker.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace autoscaler::server::web;
namespace asio = boost::asio;

namespace {

// bcrypt of "secret", cost 4.
constexpr char const* hash = "$2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa";

// Runs the context until `done`; a test that hangs fails.
void finish(asio::io_context& io, std::function<bool()> const& done) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (io.restart(); !done() && std::chrono::steady_clock::now() < end; io.restart())
        io.run_one_for(std::chrono::seconds(1));
    REQUIRE(done());
}

} // namespace

TEST_CASE("equal questions share one check, and too many at once are sent away", "[web]") {
    asio::io_context io;
    password_checker checker(io.get_executor());
    std::vector<verdict> found;
    auto const take = [&](std::exception_ptr const&, verdict what) { found.push_back(what); };
    for (int i = 0; i < 200; ++i)
        asio::co_spawn(io, checker.check("prom", "secret", hash), take);
    finish(io, [&] { return found.size() == 200; });
    CHECK(std::ranges::count(found, verdict::right) == 200);
    CHECK(checker.remembered("prom", "secret", hash) == verdict::right);
    CHECK_FALSE(checker.remembered("other", "secret", hash));

    found.clear();
    for (int i = 0; i < 200; ++i)
        asio::co_spawn(io, checker.check("prom", std::to_string(i), hash), take);
    finish(io, [&] { return found.size() == 200; });
    CHECK(std::ranges::count(found, verdict::unknown) >= 136);
    CHECK(std::ranges::count(found, verdict::wrong) >= 1);
    CHECK(std::ranges::count(found, verdict::right) == 0);
}

TEST_CASE("a checker that stops leaves nobody waiting", "[web]") {
    asio::io_context io;
    auto checker = std::make_unique<password_checker>(io.get_executor());
    std::vector<verdict> found;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(
            io,
            checker->check("prom", std::to_string(i), decoy_hash(10)),
            [&](std::exception_ptr const&, verdict what) { found.push_back(what); }
        );
    for (int i = 0; i < 20; ++i) // some have not even begun
        io.poll_one();
    checker.reset();
    finish(io, [&] { return found.size() == 50; });
    CHECK(std::ranges::count(found, verdict::unknown) >= 49);
}

TEST_CASE("bcrypt in its three spellings is understood, and nothing else", "[web]") {
    std::string text(hash);
    for (char const kind : {'a', 'b', 'y'}) {
        text[2] = kind;
        CHECK(bcrypt_cost(text) == 4);
        CHECK(check_bcrypt("secret", text));
        CHECK_FALSE(check_bcrypt("Secret", text));
        CHECK_FALSE(check_bcrypt("", text));
        CHECK_FALSE(check_bcrypt(std::string("secret\0x", 8), text));
    }
    CHECK(bcrypt_cost(decoy_hash(4)) == 4);
    CHECK(bcrypt_cost(decoy_hash(12)) == 12);
    CHECK_FALSE(check_bcrypt("secret", decoy_hash(4)));
    CHECK_FALSE(check_bcrypt(std::string(5000, 'x'), hash));
}
