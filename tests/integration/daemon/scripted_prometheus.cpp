#include "scripted_prometheus.hpp"

#include <charconv>

namespace autoscaler::tests {

namespace {

// The value of `query` in a form.
std::string query_of(std::string const& form) {
    constexpr std::string_view name = "query=";
    if (!form.starts_with(name))
        return "";
    std::string text;
    for (std::size_t i = name.size(); i < form.size() && form[i] != '&'; ++i) {
        unsigned code = 0;
        if (form[i] == '%' && i + 2 < form.size()) {
            std::from_chars(form.data() + i + 1, form.data() + i + 3, code, 16);
            text += static_cast<char>(code);
            i += 2;
        } else {
            text += form[i] == '+' ? ' ' : form[i];
        }
    }
    return text;
}

} // namespace

scripted_prometheus::scripted_prometheus(loop& runs_on)
    : server_(runs_on.context(), [this](test::heard_request const& what) { return answer(what); }) {}

std::string scripted_prometheus::section(std::string const& timeout) const {
    return "prometheus: {url: '" + url() + "', timeout: " + timeout + "}\n";
}

std::vector<std::string> scripted_prometheus::queries() const {
    std::vector<std::string> texts;
    for (auto const& each : server_.requests())
        if (each.target == "/api/v1/query")
            texts.push_back(query_of(each.body));
    return texts;
}

std::size_t scripted_prometheus::lists() const {
    std::size_t count = 0;
    for (auto const& each : server_.requests())
        count += each.target == "/api/v1/alerts" ? 1 : 0;
    return count;
}

test::scripted_reply scripted_prometheus::answer(test::heard_request const& what) const {
    if (now == mood::silent)
        return {"", test::scripted_reply::then::stall};
    if (now == mood::fails)
        return test::answer_with(503, "Service Unavailable");
    if (what.target == "/api/v1/alerts") {
        std::string list;
        for (auto const& each : firing)
            list += (list.empty() ? "" : ",") + (R"({"labels":{"alertname":")" + each +
                                                 R"("},"annotations":{},"state":"firing",)"
                                                 R"("activeAt":"2026-01-01T00:00:00Z","value":"1e+00"})");
        return test::answer_with(200, R"({"status":"success","data":{"alerts":[)" + list + "]}}");
    }
    std::string const series =
        now == mood::empty ? "" : R"({"metric":{},"value":[1795181550,")" + std::to_string(value) + R"("]})";
    return test::answer_with(
        200, R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}"
    );
}

} // namespace autoscaler::tests
