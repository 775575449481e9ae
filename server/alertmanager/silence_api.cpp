#include "server/alertmanager/silence_api.hpp"

#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/render.hpp"
#include "server/alertmanager/silence_decoder.hpp"
#include "server/alertmanager/silence_list.hpp"

#include <algorithm>

namespace autoscaler::server::alertmanager {

namespace {

namespace asio = boost::asio;
using kind = shared::silence_outcome::kind;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// go-openapi/strfmt's pattern of a UUID: each dash may be missing.
bool is_uuid(std::string_view text) {
    for (std::size_t const length : {8U, 4U, 4U, 4U, 12U}) {
        if (text.size() < length || !std::ranges::all_of(text.substr(0, length), is_hex))
            return false;
        text.remove_prefix(length);
        if (length != 12 && text.starts_with('-'))
            text.remove_prefix(1);
    }
    return text.empty();
}

// The answer to a path whose last segment is no id, or status 200.
http::response judge_id(std::string const& id) {
    if (is_uuid(id))
        return {};
    return v2_fault(422, 601, "silenceID in path must be of type uuid: " + quoted(id));
}

http::response not_found() {
    return {404, {}, {}, {}, false};
}

http::response answer_to_post(shared::silence_outcome const& outcome) {
    switch (outcome.what) {
    case kind::done:
        return v2_value(R"({"silenceID":)" + json_string(outcome.id, true) + "}");
    case kind::not_found:
        return v2_said(404, outcome.text);
    case kind::refused:
        return v2_said(400, outcome.text);
    case kind::unavailable:
        break;
    }
    return v2_said(503, "the silence could not be kept: " + outcome.text);
}

http::response answer_to_delete(shared::silence_outcome const& outcome) {
    switch (outcome.what) {
    case kind::done:
        return {};
    case kind::not_found:
        return not_found();
    case kind::refused:
        return v2_said(500, outcome.text);
    case kind::unavailable:
        break;
    }
    return v2_said(503, "the end of the silence could not be kept: " + outcome.text);
}

} // namespace

silence_api::silence_api(backend& keeps, shared::silence_limits const& limits, wall_clock now)
    : keeps_(keeps), limits_(limits), now_(std::move(now)) {}

http::response silence_api::list(http::request const& asked) const {
    auto const query = read_silence_query(url_query(asked.query));
    if (auto const* const fault = std::get_if<std::string>(&query))
        return v2_said(400, *fault);
    return v2_value(list_silences(keeps_.silences(), std::get<silence_query>(query), now_()));
}

http::response silence_api::read(http::request const& asked) const {
    std::string const id = http::percent_decode(asked.parameters[0]);
    if (auto refusal = judge_id(id); refusal.status != 200)
        return refusal;
    auto const& all = keeps_.silences();
    auto const found = std::ranges::find(all, id, &policy::silence::id);
    if (found == all.end())
        return not_found();
    std::string out;
    append_silence(out, *found, now_());
    return v2_value(std::move(out));
}

asio::awaitable<http::response> silence_api::post(http::request const& asked) {
    if (auto refusal = judge_media_types(asked, false); refusal.status != 200)
        co_return v2_sealed(std::move(refusal));
    auto decoded = decode_silence(asked.body, limits_);
    if (decoded.refusal.status != 200)
        co_return v2_sealed(std::move(decoded.refusal));
    if (!decoded.matcher_fault.empty()) {
        auto const first = shared::objection(keeps_.silences(), decoded.draft, now_());
        co_return v2_sealed(first ? answer_to_post(*first) : v2_said(400, decoded.matcher_fault));
    }
    auto const outcome = co_await keeps_.set_silence(std::move(decoded.draft));
    co_return v2_sealed(answer_to_post(outcome));
}

asio::awaitable<http::response> silence_api::expire(http::request const& asked) {
    if (auto refusal = judge_media_types(asked, false); refusal.status != 200)
        co_return v2_sealed(std::move(refusal));
    std::string id = http::percent_decode(asked.parameters[0]);
    if (auto refusal = judge_id(id); refusal.status != 200)
        co_return v2_sealed(std::move(refusal));
    auto const outcome = co_await keeps_.expire_silence(std::move(id));
    co_return v2_sealed(answer_to_delete(outcome));
}

void silence_api::add_to(http::router& routes) {
    using request = http::request;
    routes.add("GET", "/api/v2/silences", v2_reading("GET,POST", [this](request const& asked) {
                   return list(asked);
               }));
    routes.add_async("POST", "/api/v2/silences", [this](request const& asked) { return post(asked); });
    routes.add_async("DELETE", "/api/v2/silence/{id}", [this](request const& asked) {
        return expire(asked);
    });
    routes.add("GET", "/api/v2/silence/{id}", v2_reading("DELETE,GET", [this](request const& asked) {
                   return read(asked);
               }));
}

} // namespace autoscaler::server::alertmanager
