#include "server/web/gate.hpp"

#include "server/web/credentials.hpp"
#include "server/web/load.hpp"
#include "server/web/password_checker.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::web {

namespace asio = boost::asio;

namespace {

http::response too_busy() {
    auto answer = http::text(503, "503 Service Unavailable: too many passwords to check\n");
    answer.fields.emplace_back("Retry-After", "1");
    return answer;
}

// What a password comes to. A coroutine that needs nothing but its arguments: the gate may be gone when it
// goes on.
asio::awaitable<http::guard::ruling> decide_by_password(
    std::shared_ptr<settings const> by,
    asio::awaitable<verdict> check,
    std::string user,
    http::right needed,
    http::peer const& who
) {
    auto const found = co_await std::move(check);
    if (found == verdict::unknown)
        co_return too_busy();
    co_return found == verdict::right ? by->who.decide(needed, user, who) : by->who.unauthorized();
}

asio::awaitable<http::guard::ruling> at_once(http::guard::ruling verdict) {
    co_return verdict;
}

} // namespace

class gate::state {
public:
    using clock = std::chrono::steady_clock;

    state(asio::any_io_executor executor, std::string path, gate_options with)
        : file(std::move(path)), chosen(std::move(with)), passwords(std::move(executor)) {}

    std::vector<policy::fault> load() {
        looked = clock::now();
        auto next = load_settings(file);
        if (next.made) {
            force = std::move(next.made);
            passwords.forget_others([this](std::string const& user) { return force->who.knows(user); });
            watched = std::move(next.files);
        } else {
            // What was read before may be mended, too.
            for (auto& each : watched)
                if (std::ranges::find(next.files, each.path, &file_look::path) == next.files.end())
                    next.files.push_back(look_at(each.path));
            watched = std::move(next.files);
        }
        return std::move(next.faults);
    }

    void refresh() {
        if (clock::now() - looked < chosen.look_every)
            return;
        looked = clock::now();
        if (std::ranges::all_of(watched, [](auto const& each) { return look_at(each.path) == each; }))
            return;
        auto const faults = load();
        if (chosen.on_reload)
            chosen.on_reload(faults);
    }

    std::string file;
    gate_options chosen;
    clock::time_point looked;
    std::shared_ptr<settings const> force;
    std::vector<file_look> watched;
    password_checker passwords;
};

gate::gate(std::unique_ptr<state> made) : state_(std::move(made)) {}

gate::~gate() = default;

opened_gate gate::open(asio::any_io_executor executor, std::string const& file, gate_options chosen) {
    auto made = std::make_unique<state>(std::move(executor), file, std::move(chosen));
    opened_gate result;
    result.faults = made->load();
    if (made->force)
        result.made.reset(new gate(std::move(made))
        ); // NOLINT(cppcoreguidelines-owning-memory): private constructor
    return result;
}

std::vector<policy::fault> gate::reload() {
    return state_->load();
}

bool gate::speaks_tls() const {
    return state_->force->tls != nullptr;
}

bool gate::knows_callers() const {
    return state_->force->knows_callers;
}

std::shared_ptr<ssl_ctx_st> gate::tls() {
    state_->refresh();
    return state_->force->tls;
}

std::string_view gate::fields() {
    return state_->force->fields;
}

std::optional<gate::ruling>
gate::judge(http::request const& head, http::right needed, http::peer const& who) {
    state_->refresh();
    auto const& known = state_->force->who;
    if (needed == http::right::open || !known.knows_anybody())
        return known.decide(needed, "", who);
    auto const given = read_credentials(head.header("authorization"));
    if (std::holds_alternative<no_credentials>(given))
        return known.decide(needed, "", who);
    if (auto const* const token = std::get_if<token_credentials>(&given)) {
        auto const holder = known.holder_of(token->token);
        return holder ? known.decide(needed, *holder, who) : known.unauthorized();
    }
    auto const* const password = std::get_if<password_credentials>(&given);
    if (password == nullptr || known.hash_of(password->user).empty())
        return known.unauthorized();
    auto const found =
        state_->passwords.remembered(password->user, password->password, known.hash_of(password->user));
    if (!found)
        return {};
    return *found == verdict::right ? known.decide(needed, password->user, who) : known.unauthorized();
}

asio::awaitable<gate::ruling>
gate::judge_later(std::string authorization, http::right needed, http::peer const& who) {
    auto const force = state_->force;
    auto given = read_credentials(authorization);
    auto* const password = std::get_if<password_credentials>(&given);
    if (password == nullptr || force->who.hash_of(password->user).empty()) // the file has changed meanwhile
        return at_once(force->who.unauthorized());
    auto check = state_->passwords.check(
        password->user, std::move(password->password), force->who.hash_of(password->user)
    );
    return decide_by_password(force, std::move(check), std::move(password->user), needed, who);
}

void gate::stop() {
    state_->passwords.stop();
}

} // namespace autoscaler::server::web
