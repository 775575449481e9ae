#include "server/storage/tables.hpp"

#include "server/storage/label_text.hpp"
#include "server/storage/memory_text.hpp"
#include "server/text/utf8.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

namespace autoscaler::server::storage {

namespace {

std::int64_t to_number(policy::time_point when) {
    return when.time_since_epoch().count();
}

// The years 1 to 9999, all that a notice can name: arithmetic on others might overflow.
constexpr std::int64_t earliest_time = -62'135'596'800'000;
constexpr std::int64_t latest_time = 253'402'300'800'000;

bool is_time(SQLite::Column const& column) {
    return column.getInt64() >= earliest_time && column.getInt64() <= latest_time;
}

policy::time_point to_time(SQLite::Column const& column) {
    return policy::time_point(policy::duration(column.getInt64()));
}

void run(SQLite::Statement& statement) {
    statement.exec();
    statement.reset();
}

class reading {
public:
    reading(SQLite::Database& from, std::vector<std::string>& faults) : from_(from), faults_(faults) {}

    std::vector<stored_alert> alerts() {
        std::vector<stored_alert> all;
        SQLite::Statement rows(
            from_, "SELECT labels, annotations, generator_url, starts_at, heard_at FROM alerts"
        );
        while (rows.executeStep()) {
            auto labels = decode_labels(rows.getColumn(0).getString());
            auto annotations = decode_labels(rows.getColumn(1).getString());
            bool const timely =
                is_time(rows.getColumn(4)) && (rows.getColumn(3).isNull() || is_time(rows.getColumn(3)));
            if (!labels || labels->empty() || !annotations || !timely) {
                skip("alert", rows.getColumn(0).getString());
                continue;
            }
            auto& alert = all.emplace_back();
            alert.labels = std::move(*labels);
            alert.annotations = std::move(*annotations);
            alert.generator_url = rows.getColumn(2).getString();
            if (!rows.getColumn(3).isNull())
                alert.starts_at = to_time(rows.getColumn(3));
            alert.heard_at = to_time(rows.getColumn(4));
        }
        return all;
    }

    std::vector<stored_memory> memories() {
        std::vector<stored_memory> all;
        SQLite::Statement rows(from_, "SELECT service_id, policy_group, memory FROM memories");
        while (rows.executeStep()) {
            auto memory = decode_memory(rows.getColumn(2).getString());
            if (!memory) {
                skip("memory of service", rows.getColumn(0).getString());
                continue;
            }
            all.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(), std::move(*memory)});
        }
        return all;
    }

    std::vector<stored_attachment> attachments() {
        std::vector<stored_attachment> all;
        SQLite::Statement rows(from_, "SELECT policy, service FROM attachments");
        while (rows.executeStep())
            all.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString()});
        return all;
    }

    std::vector<stored_record> records() {
        std::vector<stored_record> all;
        SQLite::Statement rows(from_, "SELECT name, labels, updated_at, pending FROM records");
        while (rows.executeStep()) {
            auto labels = decode_labels(rows.getColumn(1).getString());
            if (!labels || !is_time(rows.getColumn(2))) {
                skip("record", rows.getColumn(0).getString());
                continue;
            }
            auto& record = all.emplace_back();
            record.what.name = rows.getColumn(0).getString();
            for (auto& [name, value] : *labels)
                record.what.labels.insert_or_assign(std::move(name), std::move(value));
            record.what.updated_at = to_time(rows.getColumn(2));
            record.pending = rows.getColumn(3).getInt() != 0;
        }
        return all;
    }

private:
    void skip(std::string_view kind, std::string const& key) {
        faults_.push_back(
            "left out the " + std::string(kind) + " " + text::in_quotes(key) + ": its row cannot be read"
        );
    }

    SQLite::Database& from_;
    std::vector<std::string>& faults_;
};

} // namespace

void write_alerts(SQLite::Database& to, std::vector<alert_row> const& rows, policy::time_point now) {
    SQLite::Statement keep(
        to,
        "INSERT OR REPLACE INTO alerts(labels, annotations, generator_url, starts_at, heard_at) "
        "VALUES(?, ?, ?, ?, ?)"
    );
    SQLite::Statement end(to, "DELETE FROM alerts WHERE labels = ?");
    for (auto const& row : rows) {
        if (row.resolved) {
            end.bindNoCopy(1, row.labels);
            run(end);
            continue;
        }
        keep.bindNoCopy(1, row.labels);
        keep.bindNoCopy(2, row.annotations);
        keep.bindNoCopy(3, row.generator_url);
        if (row.starts_at)
            keep.bind(4, to_number(*row.starts_at));
        else
            keep.bind(4);
        keep.bind(5, to_number(std::min(row.heard_at.value_or(now), now)));
        run(keep);
    }
}

void write_records(SQLite::Database& to, std::vector<stored_record> const& records) {
    SQLite::Statement keep(
        to,
        "INSERT INTO records(name, labels, updated_at, pending) VALUES(?, ?, ?, ?) "
        "ON CONFLICT(name) DO UPDATE SET labels = excluded.labels, updated_at = excluded.updated_at, "
        "pending = excluded.pending WHERE excluded.updated_at >= updated_at"
    );
    for (auto const& [what, pending] : records) {
        keep.bind(1, what.name);
        keep.bind(2, encode_labels(what.labels));
        keep.bind(3, to_number(what.updated_at));
        keep.bind(4, pending ? 1 : 0);
        run(keep);
    }
}

void delete_records(SQLite::Database& from, std::vector<std::string> const& names) {
    SQLite::Statement drop(from, "DELETE FROM records WHERE name = ?");
    for (auto const& name : names) {
        drop.bind(1, name);
        run(drop);
    }
}

void write_memories(
    SQLite::Database& to, std::vector<stored_memory> const& memories, policy::time_point now
) {
    SQLite::Statement keep(
        to, "INSERT OR REPLACE INTO memories(service_id, policy_group, memory, kept_at) VALUES(?, ?, ?, ?)"
    );
    for (auto const& [service, group, memory] : memories) {
        keep.bind(1, service);
        keep.bind(2, group);
        keep.bind(3, encode_memory(memory));
        keep.bind(4, to_number(now));
        run(keep);
    }
}

void replace_attachments(SQLite::Database& in, std::vector<stored_attachment> const& all) {
    in.exec("DELETE FROM attachments");
    SQLite::Statement keep(in, "INSERT OR IGNORE INTO attachments(policy, service) VALUES(?, ?)");
    for (auto const& [policy, service] : all) {
        keep.bind(1, policy);
        keep.bind(2, service);
        run(keep);
    }
}

void delete_old(
    SQLite::Database& from, policy::time_point alerts_before, policy::time_point memories_before
) {
    SQLite::Statement alerts(from, "DELETE FROM alerts WHERE heard_at < ?");
    alerts.bind(1, to_number(alerts_before));
    run(alerts);
    SQLite::Statement memories(from, "DELETE FROM memories WHERE kept_at < ?");
    memories.bind(1, to_number(memories_before));
    run(memories);
}

contents read_all(SQLite::Database& from, std::vector<std::string>& faults) {
    reading rows(from, faults);
    contents all;
    all.alerts = rows.alerts();
    all.memories = rows.memories();
    all.attachments = rows.attachments();
    all.records = rows.records();
    return all;
}

} // namespace autoscaler::server::storage
