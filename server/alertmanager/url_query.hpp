// The query of a URL, read as Alertmanager reads it: a pair that is no valid one is as if it were not there.
// A value; owns its text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::alertmanager {

class url_query {
public:
    explicit url_query(std::string_view query);

    // All values of `name`, in order.
    std::vector<std::string_view> all(std::string_view name) const;

    // The last one; "" where there is none.
    std::string_view last(std::string_view name) const;

    // The last one as a flag, `fallback` where it is missing or "". No text is wrong: what does not mean yes
    // means no.
    bool flag(std::string_view name, bool fallback) const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

} // namespace autoscaler::server::alertmanager
