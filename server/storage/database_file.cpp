#include "server/storage/database_file.hpp"

#include "server/text/utf8.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace autoscaler::server::storage {

namespace {

// "SWAS": tells our databases from those of other programs.
constexpr int application_id = 0x53574153;

// An autoscaler that is just stopping gives the file free within this time.
constexpr int lock_patience = 2000; // ms

constexpr char const* schema = R"sql(
CREATE TABLE alerts(
    labels TEXT PRIMARY KEY, annotations TEXT NOT NULL, generator_url TEXT NOT NULL,
    starts_at INTEGER, heard_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE memories(
    service_id TEXT NOT NULL, policy_group TEXT NOT NULL, memory TEXT NOT NULL, kept_at INTEGER NOT NULL,
    PRIMARY KEY(service_id, policy_group)) STRICT, WITHOUT ROWID;
CREATE TABLE attachments(
    policy TEXT NOT NULL, service TEXT NOT NULL, PRIMARY KEY(policy, service)) STRICT, WITHOUT ROWID;
CREATE TABLE records(
    name TEXT PRIMARY KEY, labels TEXT NOT NULL, updated_at INTEGER NOT NULL,
    pending INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// "" or what is wrong.
std::string make_directory(std::string const& directory) {
    std::error_code failed;
    auto const path = std::filesystem::absolute(directory, failed).lexically_normal();
    if (!failed && path.has_parent_path())
        std::filesystem::create_directories(
            path.has_filename() ? path.parent_path() : path.parent_path().parent_path(), failed
        );
    // Alerts and silences may name what is not for everybody's eyes.
    if (!failed && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        failed = std::error_code(errno, std::system_category());
    if (!failed && !std::filesystem::is_directory(path, failed) && !failed)
        failed = std::make_error_code(std::errc::not_a_directory);
    if (!failed)
        return {};
    return "cannot create the storage directory " + text::in_quotes(directory) + ": " + failed.message() +
           "; give a writable one with --storage.path";
}

int number(SQLite::Database& from, std::string const& query) {
    return from.execAndGet(query).getInt();
}

std::string damaged(std::string_view path, std::string_view why) {
    return text::in_quotes(path) + " is damaged or no SQLite database (" + std::string(why) +
           "): move it away, together with its -wal file, and start again; lost is only what nobody else "
           "holds: alerts that came by webhook, and silences and pauses that Swarm has not taken yet";
}

// "" or what is wrong. Throws SQLite::Exception.
std::string check_and_migrate(SQLite::Database& file, std::string const& path) {
    file.exec("PRAGMA locking_mode = EXCLUSIVE");
    std::string const checked = file.execAndGet("PRAGMA quick_check(1)").getString();
    if (checked != "ok")
        return damaged(path, checked);
    if (sqlite3_db_readonly(file.getHandle(), "main") == 1)
        return text::in_quotes(path) + " cannot be written: make it writable for this user, or give another "
                                       "directory with --storage.path";
    int const version = number(file, "PRAGMA user_version");
    int const owner = number(file, "PRAGMA application_id");
    bool const empty = number(file, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && owner != application_id)
        return text::in_quotes(path) +
               " is the database of another program: give another directory with --storage.path";
    if (version > schema_version)
        return text::in_quotes(path) + " was written by a newer version (its schema is " +
               std::to_string(version) + ", this version knows " + std::to_string(schema_version) +
               "): run that version, or give another directory with --storage.path";
    file.exec("PRAGMA journal_mode = WAL");
    file.exec("PRAGMA synchronous = FULL"); // what is acknowledged outlives a power cut
    file.exec("PRAGMA journal_size_limit = 4194304");
    if (version == schema_version)
        return {};
    SQLite::Transaction change(file, SQLite::TransactionBehavior::EXCLUSIVE);
    file.exec(schema);
    file.exec("PRAGMA application_id = " + std::to_string(application_id));
    file.exec("PRAGMA user_version = " + std::to_string(schema_version));
    change.commit();
    return {};
}

} // namespace

bool has_moved(SQLite::Database& file) {
    int moved = 0;
    return sqlite3_file_control(file.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}

std::string explain(std::string_view path, SQLite::Exception const& failure) {
    std::string_view const why = failure.what();
    switch (failure.getErrorCode()) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return damaged(path, why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return text::in_quotes(path) +
               " is in use by another process: each autoscaler needs a directory of its own, see "
               "--storage.path";
    case SQLITE_FULL:
        return text::in_quotes(path) + ": " + std::string(why) + ": free some space there";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        return text::in_quotes(path) + ": " + std::string(why) +
               ": make it writable for this user, or give another directory with --storage.path";
    default:
        return text::in_quotes(path) + ": " + std::string(why);
    }
}

std::variant<database_file, std::string> open_file(std::string const& directory) {
    if (directory.empty() || directory.find('\0') != std::string::npos)
        return "bad storage directory " + text::in_quotes(directory) + ": expected a path";
    if (std::string problem = make_directory(directory); !problem.empty())
        return problem;
    std::string const path = (std::filesystem::path(directory) / file_name).string();
    try {
        int const flags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
        auto file = std::make_unique<SQLite::Database>(path, flags, lock_patience);
        if (std::string problem = check_and_migrate(*file, path); !problem.empty())
            return problem;
        return database_file{std::move(file), path};
    } catch (SQLite::Exception const& failure) {
        return explain(path, failure);
    }
}

} // namespace autoscaler::server::storage
