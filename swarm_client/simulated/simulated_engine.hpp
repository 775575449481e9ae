// The embedded Swarm: the model behind an Engine API server on a unix socket, for the daemon's `simulated:`
// host, for demos and for tests. Owns the model, the faults, the socket and all its sessions; borrows the
// io_context, on whose one thread every call here is to be made. The directory of the socket belongs to the
// caller.
#pragma once

#include "swarm_client/model/cluster.hpp"
#include "swarm_client/simulated/faults.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace boost::asio {
class io_context;
}

namespace autoscaler::swarm::simulated {

class simulated_engine {
public:
    using clock = std::function<model::time_point()>;

    // The Swarm exists from here on; nobody hears of it before start(). `now` must not run backwards.
    simulated_engine(
        boost::asio::io_context& context,
        model::scenario scenario,
        std::string socket_path,
        clock now = wall_clock
    );
    // Another manager of the same Swarm, with faults and a place of its own. Either may go first.
    simulated_engine(
        boost::asio::io_context& context, simulated_engine const& other, std::string socket_path
    );
    // As stop(). Sessions that are still unwinding keep what they need alive until the context has run them
    // out.
    ~simulated_engine();
    simulated_engine(simulated_engine const&) = delete;
    simulated_engine& operator=(simulated_engine const&) = delete;

    // Opens the socket and serves; nothing, or why it cannot ("bind /x/docker.sock: Address already in use").
    std::optional<std::string> start();

    // Closes the socket and every connection, stalled ones and event streams too, and removes the socket
    // file. May be called twice. The io_context runs out of this engine's work at once.
    void stop();

    // Accepts and reads, and neither does nor answers anything until thaw(); then it goes on with what it has
    // read, as a process does that was stopped and continued.
    void freeze();
    void thaw();

    // Like a leader that has lost all others: reads show the Swarm as it was then, and writes wait until
    // rejoin().
    void cut_off();
    void rejoin();

    // Tells the server that the clock has moved or that somebody has changed the model: runs what is due,
    // sends new events. Only needed beside a virtual clock or after changing swarm() by hand.
    void poke();

    model::cluster& swarm();
    faults& injected();
    std::string endpoint() const; // "unix:///x/docker.sock"

    static model::time_point wall_clock();

private:
    class server;
    std::shared_ptr<server> server_;
};

} // namespace autoscaler::swarm::simulated
