#include "server/web/password_checker.hpp"

#include "server/web/bcrypt.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace autoscaler::server::web {

namespace asio = boost::asio;

namespace {

// A check takes 50 ms at the usual cost of 10: who comes later than this would wait too long.
constexpr std::size_t most_waiting = 64;
constexpr std::size_t most_wrong = 256;
constexpr std::chrono::seconds patience{30};

// A question that is not answered yet, with all who wait for it.
struct question {
    question(asio::any_io_executor const& executor) : answered(executor, patience) {}

    asio::steady_timer answered; // cancelled with the answer
    verdict answer = verdict::unknown;
};

struct job {
    digest key{};
    std::string password;
    std::string hash;
};

} // namespace

// The thread knows the queue alone; everything else belongs to the executor's thread.
class password_checker::core : public std::enable_shared_from_this<core> {
public:
    explicit core(asio::any_io_executor on) : executor(std::move(on)) {}

    // The checker may be gone when this begins or goes on.
    static asio::awaitable<verdict>
    check(std::shared_ptr<core> self, std::string user, std::string password, std::string hash);

    void start() {
        thread_ = std::thread([this] { work(); });
    }

    void join() {
        if (thread_.joinable())
            thread_.join();
    }

    void enqueue(job what) {
        {
            std::lock_guard const lock(mutex_);
            jobs_.push_back(std::move(what));
        }
        wake_.notify_one();
    }

    void stop() {
        {
            std::lock_guard const lock(mutex_);
            stopped_ = true;
            jobs_.clear();
        }
        wake_.notify_one();
        for (auto& [key, each] : open)
            each->answered.cancel();
        open.clear();
    }

    bool stopped() const {
        std::lock_guard const lock(mutex_);
        return stopped_;
    }

    void answer(digest const& key, bool right) {
        auto const found = open.find(key);
        if (found == open.end())
            return;
        auto const asked = std::move(found->second);
        open.erase(found);
        asked->answer = right ? verdict::right : verdict::wrong;
        asked->answered.cancel();
        if (right)
            return; // who asked remembers it, by the user
        refused.push_back(key);
        if (refused.size() > most_wrong)
            refused.pop_front();
    }

    asio::any_io_executor executor;
    keyed_hash hash;
    std::map<digest, std::shared_ptr<question>> open;
    std::map<std::string, digest> proved; // by user
    std::deque<digest> refused;           // the oldest first

private:
    void work() {
        for (;;) {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
            if (stopped_)
                return;
            job what = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            bool const right = check_bcrypt(what.password, what.hash);
            ::OPENSSL_cleanse(what.password.data(), what.password.size());
            lock.lock();
            if (stopped_) // nobody waits, and the executor may be gone soon
                return;
            asio::post(executor, [self = weak_from_this(), key = what.key, right] {
                if (auto const alive = self.lock())
                    alive->answer(key, right);
            });
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<job> jobs_;
    bool stopped_ = false;
    std::thread thread_;
};

password_checker::password_checker(asio::any_io_executor executor)
    : core_(std::make_shared<core>(std::move(executor))) {
    core_->start();
}

password_checker::~password_checker() {
    core_->stop();
    core_->join();
}

void password_checker::stop() {
    core_->stop();
}

void password_checker::forget_others(std::function<bool(std::string const& user)> const& stay) {
    std::erase_if(core_->proved, [&](auto const& each) { return !stay(each.first); });
    core_->refused.clear();
}

std::optional<verdict> password_checker::remembered(
    std::string const& user, std::string const& password, std::string const& hash
) const {
    auto const key = core_->hash({user, password, hash});
    auto const right = core_->proved.find(user);
    if (right != core_->proved.end() && same_digest(right->second, key))
        return verdict::right;
    if (std::ranges::find(core_->refused, key) != core_->refused.end())
        return verdict::wrong;
    return {};
}

asio::awaitable<verdict> password_checker::check(std::string user, std::string password, std::string hash) {
    return core::check(core_, std::move(user), std::move(password), std::move(hash));
}

asio::awaitable<verdict> password_checker::core::check(
    std::shared_ptr<core> self, std::string user, std::string password, std::string hash
) {
    auto const key = self->hash({user, password, hash});
    auto& place = self->open[key];
    if (!place) {
        if (self->open.size() > most_waiting || self->stopped()) {
            self->open.erase(key);
            co_return verdict::unknown;
        }
        place = std::make_shared<question>(self->executor);
        self->enqueue({key, std::move(password), std::move(hash)});
    }
    auto const asked = place;
    boost::system::error_code ec;
    co_await asked->answered.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (asked->answer == verdict::right)
        self->proved[user] = key;
    co_return asked->answer;
}

} // namespace autoscaler::server::web
