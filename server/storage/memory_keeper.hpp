// Hands the memory of services to local storage from time to time: what has changed since the last time, and
// all of it now and then, so that the storage can tell what is still in use. Owns a copy of what it has
// handed over; borrows the database. One thread.
#pragma once

#include "server/storage/storage.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::server::storage {

class memory_keeper {
public:
    // As policy::engine::visit_memories() takes it.
    using visitor =
        std::function<void(std::string_view service_id, std::string_view group, policy::history const&)>;

    // `retention`: what was not kept for so long is pruned. A memory that does not change is kept again well
    // before that.
    memory_keeper(database& to, policy::duration retention) : to_(to), renewal_(retention / 4) {}

    // `visit` calls its argument with each memory there is. Called every few seconds and before the end.
    void save(
        std::function<void(visitor const&)> const& visit,
        std::vector<stored_attachment> attachments,
        policy::time_point now
    );

private:
    struct kept {
        policy::history memory;
        policy::time_point at;
        bool seen = false; // in the visit at hand
    };

    database& to_;
    policy::duration renewal_;
    std::map<std::pair<std::string, std::string>, kept, std::less<>> kept_; // by service ID and group
    std::optional<std::vector<stored_attachment>> attachments_;             // none: never handed over
};

} // namespace autoscaler::server::storage
