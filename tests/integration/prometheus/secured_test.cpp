// A real Prometheus behind TLS, basic auth and client certificates: who gets in, and what the others are
// told.
#include "integration/prometheus/running_prometheus.hpp"
#include "support/scripted_server.hpp"

using namespace autoscaler;
using namespace autoscaler::test;
using server::prometheus::client;

namespace {

// The hash is bcrypt's of "s3cret", with a low cost.
std::string const web_config = R"(
tls_server_config:
  cert_file: DIR/server.pem
  key_file: DIR/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: DIR/ca.pem
basic_auth_users: {me: '$2b$04$fwXbR799dIOhOb5PSrs6veKJv39zsIsmNPlQuOSQAwZ1j6/S25N8.'}
)";

policy::prometheus_source
source_of(running_prometheus const& of, test_authority const& authority, identity const& own) {
    policy::prometheus_source made;
    made.urls = {of.url("https")};
    made.timeout = std::chrono::seconds(10);
    made.http.basic = policy::basic_auth{{"me", ""}, {"s3cret", ""}};
    made.http.tls.ca.text = authority.certificate();
    made.http.tls.certificate.text = own.certificate;
    made.http.tls.key.text = own.key;
    return made;
}

policy::query_answer answer(policy::prometheus_source const& source) {
    boost::asio::io_context io;
    client asks(io.get_executor(), source);
    return run(io, asks.query("vector(1)"));
}

} // namespace

TEST_CASE("a real prometheus behind TLS and passwords lets only the right ones in", "[prometheus]") {
    test_authority const authority;
    auto const own = authority.issue("DNS:client");
    auto const server = authority.issue("IP:127.0.0.1");
    running_prometheus prometheus(
        {"",
         web_config,
         {{"ca.pem", authority.certificate()}, {"server.pem", server.certificate}, {"server.key", server.key}}
        }
    );
    auto const good = source_of(prometheus, authority, own);
    prometheus.wait_until([&] { return answer(good).error.empty(); });
    CHECK(answer(good).series == std::vector{1.0});

    auto source = good;
    source.http.basic->password.text = "wr0ng";
    CHECK(answer(source).error == prometheus.url("https") + ": status 401 \"Unauthorized\"");

    source = good;
    source.http.tls.ca.text = test_authority().certificate();
    auto const distrusted = answer(source).error;
    INFO(distrusted);
    CHECK(distrusted.find("TLS: the server's certificate is not trusted: ") != std::string::npos);

    source = good;
    source.http.tls.certificate = {};
    source.http.tls.key = {};
    auto const unknown = answer(source).error;
    INFO(unknown);
    CHECK(unknown.find("TLS: ") != std::string::npos);

    source = good;
    source.urls = {prometheus.url("http")};
    CHECK(
        answer(source).error.find("status 400 \"Client sent an HTTP request to an HTTPS server.\"") !=
        std::string::npos
    );

    for (auto const& each : {distrusted, unknown})
        CHECK(each.find("s3cret") == std::string::npos);
}
