#include "running_engine.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace autoscaler::tests {

namespace asio = boost::asio;

struct running_engine::machine {
    machine(swarm::model::scenario scenario, std::string const& path)
        : engine{context, std::move(scenario), path} {}

    asio::io_context context{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> busy{context.get_executor()};
    swarm::simulated::simulated_engine engine;
    std::thread thread;
};

running_engine::running_engine(swarm::model::scenario scenario, std::string path) : path_{std::move(path)} {
    if (path_.empty()) {
        directory_ = (std::filesystem::temp_directory_path() / "engine-XXXXXX").string();
        if (::mkdtemp(directory_.data()) == nullptr)
            throw std::runtime_error("cannot make a directory like " + directory_);
        path_ = directory_ + "/docker.sock";
    }
    machine_ = std::make_unique<machine>(std::move(scenario), path_);
    if (auto const fault = machine_->engine.start())
        throw std::runtime_error(*fault);
    machine_->thread = std::thread{[&context = machine_->context] { context.run(); }};
}

running_engine::~running_engine() {
    stop();
    std::error_code ignored;
    if (!directory_.empty())
        std::filesystem::remove_all(directory_, ignored);
}

void running_engine::with(std::function<void(swarm::simulated::simulated_engine&)> work) {
    std::promise<void> done;
    asio::post(machine_->context, [&] {
        work(machine_->engine);
        done.set_value();
    });
    done.get_future().wait();
}

void running_engine::stop() {
    if (!machine_->thread.joinable())
        return;
    with([](swarm::simulated::simulated_engine& engine) { engine.stop(); });
    machine_->busy.reset();
    machine_->thread.join();
}

} // namespace autoscaler::tests
