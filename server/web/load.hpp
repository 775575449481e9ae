// One reading of the web configuration with all files that it names. Blocks only for regular files.
#pragma once

#include "policy/yaml/fault.hpp"
#include "server/web/callers.hpp"

#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace autoscaler::server::web {

// What one look at a file's entry tells; another content has another look.
struct file_look {
    std::string path;
    long long modified = 0; // nanoseconds
    long long changed = 0;  // of the entry itself
    unsigned long long inode = 0;
    long long size = -1; // -1: there is none

    friend bool operator==(file_look const&, file_look const&) = default;
};

file_look look_at(std::string const& path);

// In force together, or not at all.
struct settings {
    std::shared_ptr<ssl_ctx_st> tls; // null: plain
    std::string fields;              // of every answer, in wire format
    callers who;
    bool knows_callers = false;
};

struct loaded_settings {
    std::shared_ptr<settings const> made; // null where a fault is an error
    std::vector<policy::fault> faults;
    std::vector<file_look> files; // as they were before they were read
};

loaded_settings load_settings(std::string const& file);

} // namespace autoscaler::server::web
