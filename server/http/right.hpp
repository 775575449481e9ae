// What a caller needs to be let through to a route. Values.
#pragma once

namespace autoscaler::server::http {

enum class right {
    open,   // nothing: anybody may ask
    ingest, // bring alerts
    read,   // see what we know
    change, // silences, pauses, reload
    any     // one of the three, whichever: for what leads nowhere
};

} // namespace autoscaler::server::http
