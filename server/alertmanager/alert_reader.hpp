// Reads the fields of one alert of API v1 or v2, and finds the faults that Alertmanager would find while
// decoding it. Private to alert_decoder.cpp; what the fields mean together is judged there.
#pragma once

#include "server/alertmanager/alert_decoder.hpp"
#include "server/alertmanager/go_time.hpp"
#include "server/alertmanager/json_document.hpp"
#include "server/alertmanager/notice_arena.hpp"

namespace autoscaler::server::alertmanager {

// Which of several faults of one alert Alertmanager reports. API v2 decodes an alert in two passes, and
// within one a fault of a field with a decoder of its own ends it at once, while one of another type is kept
// until its end.
class alert_faults {
public:
    enum class rank { first_at_once, first_kept, second_at_once, second_kept, count };

    template<typename Text>
    void add(rank where, Text text) {
        auto& place = texts_[static_cast<std::size_t>(where)];
        if (place.empty())
            place = text();
    }

    std::string const& at(rank where) const { return texts_[static_cast<std::size_t>(where)]; }

    std::string first() const {
        for (auto const& each : texts_)
            if (!each.empty())
                return each;
        return {};
    }

private:
    std::array<std::string, static_cast<std::size_t>(rank::count)> texts_;
};

// The fields of one alert, as far as they are not in the arena.
struct alert_fields {
    bool has_labels = false; // a map was given, perhaps an empty one
    std::optional<instant> starts_at;
    std::optional<instant> ends_at;
    std::string_view generator_url;
};

// Go's words for a value of the wrong type; `into` is what it was to become.
std::string cannot_unmarshal(simdjson::dom::element value, std::string_view into);

// Labels and annotations go to the notice that was begun in `arena`, the rest to `into`.
alert_faults
read_alert_fields(api_version version, simdjson::dom::object alert, alert_fields& into, notice_arena& arena);

} // namespace autoscaler::server::alertmanager
