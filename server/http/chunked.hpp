// Decodes a chunked body (RFC 9112, 7.1) in place, piece by piece. Knows neither sockets nor buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace autoscaler::server::http {

class chunked_decoder {
public:
    enum class state { more, done, malformed, too_large };

    struct step {
        state what = state::more;
        std::size_t consumed = 0; // bytes of the input that are used up; less than all of them only when done
        std::size_t produced = 0; // bytes of the body that were written
    };

    // Takes `input` and writes what it holds of the body to `output`, which must be `input.data()` or lie
    // before it in the same buffer. Give each byte once. A body longer than `limit` bytes in all is
    // too_large.
    step feed(std::string_view input, char* output, std::size_t limit);

private:
    enum class place {
        size,
        extension,
        size_end,
        data,
        data_end,
        data_end_lf,
        trailer,
        trailer_line,
        trailer_lf,
        last_lf
    };

    bool line_byte(char c);
    bool size_byte(char c);

    place place_ = place::size;
    bool digit_seen_ = false;
    bool after_size_ = false;     // only blanks, an extension or the end of the line may follow
    std::uint32_t overhead_ = 0;  // bytes of this chunk's extension, or of the trailer
    std::uint64_t remaining_ = 0; // of the current chunk
    std::uint64_t total_ = 0;     // of the body
};

} // namespace autoscaler::server::http
