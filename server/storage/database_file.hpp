// The file of local storage: its directory, its lock, its checks and its schema. It never deletes or replaces
// what it finds: what it cannot use it names, with what helps.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server::storage {

inline constexpr std::string_view file_name = "autoscaler.db";

// The schema that this version reads and writes: PRAGMA user_version.
inline constexpr int schema_version = 1;

struct database_file {
    std::unique_ptr<SQLite::Database> connection;
    std::string path;
};

// Opens the database in `directory`, creates what is not there, and holds it until the connection ends.
std::variant<database_file, std::string> open_file(std::string const& directory);

// Whether the file at its path is another one now, or none: what is written would be lost at the end.
bool has_moved(SQLite::Database& file);

// What went wrong with the file, and what helps.
std::string explain(std::string_view path, SQLite::Exception const& failure);

} // namespace autoscaler::server::storage
