#include "server/http_client/secret.hpp"

#include "server/text/utf8.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace autoscaler::server::http_client {

namespace {

class open_file {
public:
    // O_NONBLOCK: opening a pipe that nobody writes to would wait.
    explicit open_file(std::string const& path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

    ~open_file() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }

    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;

    int get() const { return descriptor_; }

private:
    int descriptor_;
};

error unreadable(std::string const& path, std::string const& why) {
    return {error_kind::secret, "", "cannot read " + text::in_quotes(path) + ": " + why};
}

error unreadable(std::string const& path, int number) {
    return unreadable(path, std::generic_category().message(number));
}

result<std::string> read_file(std::string const& path, std::size_t longest) {
    open_file const file(path);
    if (file.get() < 0)
        return unreadable(path, errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return unreadable(path, errno);
    if (!S_ISREG(status.st_mode))
        return unreadable(path, "it is no regular file");
    std::string content;
    std::array<char, 16384> piece{};
    for (;;) {
        ssize_t const got = ::read(file.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return unreadable(path, errno);
        if (got == 0)
            break;
        content.append(piece.data(), static_cast<std::size_t>(got));
        if (content.size() > longest)
            return unreadable(path, "it is larger than " + std::to_string(longest) + " bytes");
    }
    return content;
}

} // namespace

result<std::string> read_source(policy::secret_source const& from, std::size_t longest) {
    if (from.file.empty())
        return from.text;
    return read_file(from.file, longest);
}

result<std::string> read_secret(policy::secret_source const& from) {
    auto content = read_source(from, longest_secret);
    if (!content || from.file.empty())
        return content;
    constexpr std::string_view space = " \t\r\n\v\f";
    std::size_t const first = content->find_first_not_of(space);
    if (first == std::string::npos)
        return std::string();
    return content->substr(first, content->find_last_not_of(space) + 1 - first);
}

} // namespace autoscaler::server::http_client
