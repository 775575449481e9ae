#include "server/http/chunked.hpp"

#include <algorithm>
#include <cstring>

namespace autoscaler::server::http {

namespace {

// Nobody we know sends extensions or trailers; both are read over, up to this many bytes.
constexpr std::uint32_t overhead_limit = 4096;

int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

bool chunked_decoder::size_byte(char c) {
    if (int const digit = hex(c); digit >= 0 && !after_size_) {
        if ((remaining_ >> 60U) != 0)
            return false;
        remaining_ = remaining_ << 4U | static_cast<std::uint64_t>(digit);
        digit_seen_ = true;
        return true;
    }
    if (!digit_seen_)
        return false;
    after_size_ = true;
    if (c == '\r')
        place_ = place::size_end;
    else if (c == ';')
        place_ = place::extension;
    else if (c != ' ' && c != '\t')
        return false;
    return ++overhead_ <= overhead_limit;
}

// One byte outside of the data: false where it may not stand there.
bool chunked_decoder::line_byte(char c) {
    switch (place_) {
    case place::size:
        return size_byte(c);
    case place::extension:
        if (c == '\r')
            place_ = place::size_end;
        return c != '\n' && ++overhead_ <= overhead_limit;
    case place::size_end:
        place_ = remaining_ == 0 ? place::trailer : place::data;
        overhead_ = 0;
        return c == '\n';
    case place::data_end:
        place_ = place::data_end_lf;
        return c == '\r';
    case place::data_end_lf:
        place_ = place::size;
        digit_seen_ = after_size_ = false;
        return c == '\n';
    case place::trailer:
        place_ = c == '\r' ? place::last_lf : place::trailer_line;
        return c != '\n' && ++overhead_ <= overhead_limit;
    case place::trailer_line:
        if (c == '\r')
            place_ = place::trailer_lf;
        return c != '\n' && ++overhead_ <= overhead_limit;
    case place::trailer_lf:
        place_ = place::trailer;
        return c == '\n';
    case place::last_lf:
        return c == '\n';
    case place::data:
        break;
    }
    return false;
}

chunked_decoder::step chunked_decoder::feed(std::string_view input, char* output, std::size_t limit) {
    step done;
    while (done.consumed < input.size()) {
        if (place_ == place::data) {
            auto const take =
                static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - done.consumed));
            std::memmove(output + done.produced, input.data() + done.consumed, take);
            done.consumed += take;
            done.produced += take;
            remaining_ -= take;
            if (remaining_ == 0)
                place_ = place::data_end;
            continue;
        }
        place const before = place_;
        if (!line_byte(input[done.consumed])) {
            done.what = state::malformed;
            return done;
        }
        ++done.consumed;
        if (before == place::last_lf) {
            done.what = state::done;
            return done;
        }
        if (place_ == place::data) {
            if (remaining_ > limit - total_) {
                done.what = state::too_large;
                return done;
            }
            total_ += remaining_;
        }
    }
    return done;
}

} // namespace autoscaler::server::http
