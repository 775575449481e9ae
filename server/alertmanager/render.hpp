// The values of API v2 as JSON text, key by key in Alertmanager's order: appended to a string, strict, valid
// UTF-8 whatever comes in, maps and lists never null. No state.
#pragma once

#include "policy/core/listed_alert.hpp"
#include "policy/core/silence.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// `"2006-01-02T15:04:05.000Z"`, in a zone so many minutes east of UTC. Years beyond 0 to 9999 are cut off.
void append_time(std::string& out, policy::time_point when, std::int16_t zone = 0);

// `{"name":"value",...}`. Alertmanager escapes < > & in some values and not in others.
void append_labels(std::string& out, std::span<policy::label const> labels, bool escape_html);

// `{"name":"..."}`.
void append_receiver(std::string& out, std::string_view name, bool escape_html);

// One of /alerts. `receivers`: names in the order shown.
void append_alert(
    std::string& out, policy::listed_alert const& alert, std::span<std::string_view const> receivers
);

// One of /silences.
void append_silence(std::string& out, policy::silence const& what, policy::time_point now);

// `[a,b,c]`, each element appended by `element`.
template<typename List, typename Element>
void append_list(std::string& out, List const& list, Element const& element) {
    out += '[';
    bool first = true;
    for (auto const& each : list) {
        if (!first)
            out += ',';
        first = false;
        element(each);
    }
    out += ']';
}

} // namespace autoscaler::server::alertmanager
