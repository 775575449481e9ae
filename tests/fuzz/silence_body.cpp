// Any bytes as a silence that a client posts. One that is taken can be read back and posted again, as
// amtool's update does, and is the same.
#include "fuzz/faults.hpp"
#include "server/alertmanager/render.hpp"
#include "server/alertmanager/silence_decoder.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::server::alertmanager;

namespace {

constexpr policy::time_point now{std::chrono::seconds(1795159800)};

decoded_silence decode(std::string text) {
    std::size_t const size = text.size();
    text.append(http::body_padding, '\0');
    return decode_silence(std::string_view(text).substr(0, size), {});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const read = decode(std::string(data, data + size));
    if (read.refusal.status != 200) {
        fuzz::require(nlohmann::json::accept(read.refusal.body), "a refusal is JSON");
        return 0;
    }
    auto draft = read.draft;
    draft.id.clear();
    auto const verdict = shared::set_silence({}, draft, "11111111-2222-3333-4444-555555555555", now, {});
    if (verdict.write.empty()) {
        fuzz::require(!verdict.outcome.text.empty(), "what is refused has a reason");
        return 0;
    }
    auto const& made = verdict.write.front();
    std::string shown;
    append_silence(shown, made, now);
    fuzz::require(nlohmann::json::accept(shown), "a silence is shown as JSON");
    auto const again = decode(shown);
    fuzz::require(again.refusal.status == 200 && again.matcher_fault.empty(), "it can be posted again");
    fuzz::require(
        again.draft.id == made.id && again.draft.matchers == made.matchers &&
            again.draft.comment == made.comment && again.draft.created_by == made.created_by &&
            again.draft.starts_at == made.starts_at && again.draft.ends_at == made.ends_at,
        "and says the same"
    );
    return 0;
}
