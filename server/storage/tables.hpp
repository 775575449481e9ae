// The tables of local storage: rows <-> values. All functions are for the worker's thread, and throw
// SQLite::Exception as that library does; the worker turns it into text.
#pragma once

#include "server/storage/storage.hpp"

#include <cstdint>

namespace SQLite {
class Database;
}

namespace autoscaler::server::storage {

// A notice as its row: texts are made on the thread that has the notice, whose views die with the call.
struct alert_row {
    std::string labels;
    std::string annotations;
    std::string generator_url;
    std::optional<policy::time_point> starts_at;
    bool resolved = false;
    std::optional<policy::time_point> heard_at; // none: now
};

void write_alerts(SQLite::Database& to, std::vector<alert_row> const& rows, policy::time_point now);
void write_records(SQLite::Database& to, std::vector<stored_record> const& records);
void delete_records(SQLite::Database& from, std::vector<std::string> const& names);
void write_memories(SQLite::Database& to, std::vector<stored_memory> const& memories, policy::time_point now);
void replace_attachments(SQLite::Database& in, std::vector<stored_attachment> const& all);
void delete_old(SQLite::Database& from, policy::time_point alerts_before, policy::time_point memories_before);

// All that can be read; what cannot is named in `faults`.
contents read_all(SQLite::Database& from, std::vector<std::string>& faults);

} // namespace autoscaler::server::storage
