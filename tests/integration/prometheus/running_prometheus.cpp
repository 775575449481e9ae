#include "integration/prometheus/running_prometheus.hpp"

#include "support/catch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace autoscaler::test {

namespace {

// A port that nobody uses now.
std::uint16_t free_port() {
    int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&where), size) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size) == 0);
    ::close(socket);
    return ntohs(where.sin_port);
}

std::string replaced(std::string text, std::string_view what, std::string const& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::string content_of(std::string const& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string const configuration = R"(
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
- job_name: prometheus
  static_configs: [{targets: ['TARGET']}]
)";

} // namespace

running_prometheus::running_prometheus(prometheus_setup const& how)
    : port_(free_port()), web_config_(!how.web_config.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "prometheus-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    auto const write = [this](std::string const& name, std::string const& content) {
        std::ofstream(directory_ + "/" + name) << content;
    };
    write("prometheus.yml", replaced(configuration, "TARGET", "127.0.0.1:" + std::to_string(port_)));
    write("rules.yml", how.rules.empty() ? "groups: []\n" : how.rules);
    write("web.yml", replaced(how.web_config, "DIR", directory_));
    for (auto const& [name, content] : how.files)
        write(name, content);
    start();
}

running_prometheus::~running_prometheus() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string running_prometheus::url(std::string_view scheme) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
}

void running_prometheus::kill() {
    if (process_ <= 0)
        return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

void running_prometheus::start() {
    std::vector<std::string> words{
        "prometheus",
        "--config.file=" + directory_ + "/prometheus.yml",
        "--storage.tsdb.path=" + directory_ + "/data",
        "--web.listen-address=127.0.0.1:" + std::to_string(port_),
        "--log.level=warn"
    };
    if (web_config_)
        words.push_back("--web.config.file=" + directory_ + "/web.yml");
    std::vector<char*> arguments;
    for (auto& each : words)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    std::string const log = directory_ + "/log";
    int const output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(output);
}

void running_prometheus::wait_until(std::function<bool()> const& finished) {
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!finished()) {
        int status = 0;
        if (::waitpid(process_, &status, WNOHANG) == process_) {
            process_ = -1;
            if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                FAIL("there is no prometheus; install the package of that name");
            FAIL("prometheus has ended: " << content_of(directory_ + "/log"));
        }
        if (std::chrono::steady_clock::now() > patience)
            FAIL("nothing came of it: " << content_of(directory_ + "/log"));
        std::this_thread::sleep_for(std::chrono::milliseconds(20)); // between two looks
    }
}

} // namespace autoscaler::test
