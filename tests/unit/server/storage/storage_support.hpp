// A directory that ends with the test, and a database in it with an executor that the test runs.
#pragma once

#include "server/storage/storage.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

namespace autoscaler::tests {

class scratch_directory {
public:
    scratch_directory() : path_((std::filesystem::temp_directory_path() / "storage.XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("mkdtemp " + path_);
    }

    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;
    scratch_directory(scratch_directory&&) = delete;
    scratch_directory& operator=(scratch_directory&&) = delete;

    std::string path(std::string const& below = "data") const { return path_ + "/" + below; }

    std::string file() const { return path() + "/autoscaler.db"; }

private:
    std::string path_;
};

// The database, or what kept it from opening.
struct storage_rig {
    explicit storage_rig(std::string const& path) {
        auto opened =
            server::storage::database::open(io.get_executor(), path, [this](std::string_view fault) {
                faults.emplace_back(fault);
            });
        if (auto* problem = std::get_if<std::string>(&opened))
            refusal = std::move(*problem);
        else
            database = std::get<std::unique_ptr<server::storage::database>>(std::move(opened));
    }

    // What one call ends with.
    std::string wait(boost::asio::awaitable<std::string> what) {
        std::string outcome = "never ended";
        boost::asio::co_spawn(io, std::move(what), [&](std::exception_ptr const& failure, std::string text) {
            outcome = failure ? "threw" : std::move(text);
        });
        io.restart();
        io.run();
        return outcome;
    }

    void close() { database.reset(); }

    boost::asio::io_context io;
    std::vector<std::string> faults;
    std::string refusal;
    std::unique_ptr<server::storage::database> database;
};

inline policy::time_point at(std::int64_t milliseconds) {
    return policy::time_point(policy::duration(milliseconds));
}

} // namespace autoscaler::tests
