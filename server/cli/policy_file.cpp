#include "server/cli/policy_file.hpp"

#include "policy/yaml/plain_text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace autoscaler::server::cli {

namespace {

constexpr std::chrono::seconds patience(5); // for a pipe to end

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}

    ~descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }

    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;

    int number() const { return number_; }

private:
    int number_;
};

policy::fault unreadable(std::string const& path, std::string const& error) {
    policy::fault fault;
    fault.file = path;
    fault.text = "cannot read the file: " + error;
    return fault;
}

std::string system_words() {
    return std::generic_category().message(errno);
}

} // namespace

file_content read_file(std::string const& path, std::size_t limit) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever.
    descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.number() < 0)
        return {.text = {}, .error = system_words()};
    auto const end = std::chrono::steady_clock::now() + patience;
    file_content content;
    std::array<char, 16384> part{};
    while (content.text.size() <= limit) {
        std::size_t const wanted = std::min(part.size(), limit + 1 - content.text.size());
        ssize_t const got = ::read(file.number(), part.data(), wanted);
        if (got == 0)
            break;
        if (got > 0) {
            content.text.append(part.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return {.text = {}, .error = system_words()};
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd waiting{.fd = file.number(), .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0)
            return {.text = {}, .error = "it did not end within 5 s"};
    }
    return content;
}

relay::loaded_http_config load_peer_http(std::string const& path) {
    file_content const content = read_file(path, policy::yaml::max_file_size);
    if (content.error.empty())
        return relay::load_http_config(content.text, path);
    return {.made = {}, .faults = {unreadable(path, content.error)}};
}

policy::loaded_policy load_policy_file(std::string const& path, policy::load_options const& options) {
    file_content const content = read_file(path, policy::yaml::max_file_size);
    if (content.error.empty())
        return policy::load_policy(content.text, path, options);
    return {.policies = {}, .faults = {unreadable(path, content.error)}};
}

} // namespace autoscaler::server::cli
