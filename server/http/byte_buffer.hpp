// Bytes of one connection that wait for the rest of their request. Grows with what has arrived, never by what
// is announced; unlike std::string it does not clear memory that a read is about to fill. Keeps body_padding
// bytes behind its end.
#pragma once

#include "server/http/message.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace autoscaler::server::http {

class byte_buffer {
public:
    char* data() { return bytes_.get(); }

    std::size_t size() const { return size_; }

    // What it takes of the memory.
    std::size_t capacity() const { return capacity_; }

    // What it takes once room() was called, where more than `most` bytes are never needed.
    std::size_t capacity_with_room(std::size_t most) const {
        if (capacity_ - size_ >= smallest_read)
            return capacity_;
        return std::max(std::min(2 * capacity_, most), size_ + smallest_read);
    }

    // Room for at least one more read; doubles, so that every byte is copied a bounded number of times.
    char* room(std::size_t& available, std::size_t most) {
        if (auto const wanted = capacity_with_room(most); wanted != capacity_)
            resize(wanted);
        available = capacity_ - size_;
        return bytes_.get() + size_;
    }

    void grown(std::size_t by) { size_ += by; }

    void shrink(std::size_t to) { size_ = to; }

    // Keeps the `size` bytes at `from`, which may lie in this buffer. Nothing to keep: gives its memory back.
    void keep(char const* from, std::size_t size) {
        if (size == 0) {
            bytes_.reset();
            capacity_ = 0;
        } else if (from >= bytes_.get() && from < bytes_.get() + size_) {
            std::memmove(bytes_.get(), from, size);
        } else {
            size_ = 0;
            if (capacity_ < size)
                resize(size);
            std::memcpy(bytes_.get(), from, size);
        }
        size_ = size;
    }

private:
    static constexpr std::size_t smallest_read = 4096;

    void resize(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<char[]>(capacity + body_padding);
        if (size_ != 0)
            std::memcpy(larger.get(), bytes_.get(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace autoscaler::server::http
