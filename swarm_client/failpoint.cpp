#include "swarm_client/failpoint.hpp"

#ifdef AUTOSCALER_FAILPOINTS

#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace autoscaler {

namespace {

constexpr std::array names{
    std::pair{failpoint::before_send, std::string_view("before_send")},
    std::pair{failpoint::sent, std::string_view("sent")},
    std::pair{failpoint::read, std::string_view("read")},
    std::pair{failpoint::before_commit, std::string_view("before_commit")},
    std::pair{failpoint::after_commit, std::string_view("after_commit")},
};

struct fate {
    bool awaits = false;
    failpoint where{};
    std::atomic<unsigned> passes_left = 1;

    fate();
};

[[noreturn]] void refuse(std::string_view text) {
    std::fprintf(
        stderr,
        "SWARM_AUTOSCALER_FAILPOINT: \"%.*s\" is no failpoint: write NAME or NAME:COUNT\n",
        static_cast<int>(text.size()),
        text.data()
    );
    std::_Exit(2);
}

fate::fate() {
    char const* const set = std::getenv("SWARM_AUTOSCALER_FAILPOINT"); // nobody sets it while we run
    if (set == nullptr || *set == '\0')
        return;
    std::string_view const text = set;
    auto const colon = text.find(':');
    if (colon != std::string_view::npos) {
        auto const number = text.substr(colon + 1);
        unsigned count = 0;
        auto const read = std::from_chars(number.data(), number.data() + number.size(), count);
        if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || count == 0)
            refuse(text);
        passes_left = count;
    }
    for (auto const& [point, name] : names)
        if (name == text.substr(0, colon)) {
            awaits = true;
            where = point;
        }
    if (!awaits)
        refuse(text);
}

} // namespace

void pass(failpoint which) {
    static fate mine;
    // No exit and no abort: nothing is flushed, no destructor runs, no file is unlocked by us.
    if (mine.awaits && mine.where == which && --mine.passes_left == 0)
        ::kill(::getpid(), SIGKILL);
}

} // namespace autoscaler

#endif
