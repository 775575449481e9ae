#include "swarm_client/transport/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace autoscaler::swarm::transport {

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
    open_file(open_file&&) = delete;
    open_file& operator=(open_file&&) = delete;

    int get() const { return descriptor_; }

private:
    int descriptor_;
};

fault unreadable(int number) {
    return {fault_kind::file, std::generic_category().message(number)};
}

} // namespace

result<std::string> read_file(std::string const& path, std::size_t longest) {
    open_file const file(path);
    if (file.get() < 0)
        return unreadable(errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return unreadable(errno);
    if (!S_ISREG(status.st_mode))
        return fault{fault_kind::file, "it is no regular file"};
    std::string content;
    std::array<char, 16384> piece{};
    for (;;) {
        ssize_t const got = ::read(file.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return unreadable(errno);
        if (got == 0)
            break;
        content.append(piece.data(), static_cast<std::size_t>(got));
        if (content.size() > longest)
            return fault{fault_kind::file, "it is larger than " + std::to_string(longest) + " bytes"};
    }
    return content;
}

} // namespace autoscaler::swarm::transport
