#include "golden/differences.hpp"

namespace autoscaler::test {

namespace {

constexpr char const* null_alert = "\"alert 0 is null, expected an object with labels\"\n";
constexpr char const* method_not_allowed = "Method Not Allowed\n";
constexpr char const* page_not_found = "404 page not found\n";

} // namespace

std::map<std::string, difference> const& edge_case_differences() {
    static std::map<std::string, difference> const all{
        {"array of null", {"null_alert", 400, null_alert}},
        {"array of null and valid", {"null_alert", 400, null_alert}},
        {"label name with dash", {"label_name_any_utf8", 200, ""}},
        {"label name starting with digit", {"label_name_any_utf8", 200, ""}},
        {"label name UTF-8 (\u00e9)", {"label_name_any_utf8", 200, ""}},
        {"bad annotation name", {"label_name_any_utf8", 200, ""}},
        {"invalid UTF-8 in label name", {"label_name_any_utf8", 200, ""}},
        {"one bad one good alert", {"label_name_any_utf8", 400, "\"at least one label pair required\"\n"}},
        {"no content type", {"content_type_lenient", 200, ""}},
        {"content type text/plain", {"content_type_lenient", 200, ""}},
        {"content type x-www-form-urlencoded (curl -d default)", {"content_type_lenient", 200, ""}},
        {"huge body 16 MiB label",
         {"alert_limits", 400, "\"value of label \\\"x\\\" too long: 16777216 bytes (limit: 65536)\"\n"}},
        {"short body (CL larger)",
         {"incomplete_body", 400, "400 Bad Request: the connection ended before the body did"}},
        {"both CL and TE", {"length_and_chunked", 400, "400 Bad Request"}},
        {"GET //api/v2/alerts", {"no_redirects", 404, page_not_found}},
        {"GET /api/v2//alerts",
         {"no_redirects", 404, R"({"code":404,"message":"path /api/v2//alerts was not found"})"}},
        {"GET /api/v1/alerts", {"api_v1_post_only", 405, method_not_allowed}},
        {"GET /api/v1/silences", {"api_v1_post_only", 404, page_not_found}},
        // Its alert `a-b` above was taken.
        {"GET alerts filter alertname!~\"T.*\"",
         {"label_name_any_utf8",
          200,
          R"([{"annotations":{},"endsAt":"TIME","fingerprint":"1a2dd6b0c71042a1","receivers":[{"name":"default"}],)"
          R"("startsAt":"TIME","status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"TIME",)"
          R"("labels":{"a-b":"x"}},{"annotations":{},"endsAt":"TIME","fingerprint":"3fff2c2d7595e046",)"
          R"("receivers":[{"name":"default"}],"startsAt":"TIME","status":{"inhibitedBy":[],"silencedBy":[],)"
          R"("state":"active"},"updatedAt":"TIME","labels":{"foo":"bar"}}])"
          "\n"}},
        {"POST /alert", {"webhook_at_alert", 200, ""}},
        {"silence matcher null",
         {"null_matcher", 422, R"({"code":602,"message":"matchers.0 in body is required"})"}},
        {"DELETE silence/11111111-2222-3333-4444-555555555555", {"unknown_silence_deleted", 404, ""}},
        {"DELETE silence/11111111-2222-3333-4444-555555555555/", {"unknown_silence_deleted", 404, ""}},
    };
    return all;
}

std::set<std::string> const& inhibited_steps() {
    static std::set<std::string> const all{
        "inhibited", "receiver=ops", "groups, two receivers", "groups by receiver"
    };
    return all;
}

std::string without_inhibition(std::string body) {
    constexpr std::string_view recorded =
        R"("inhibitedBy":["eff5ae0d58201404"],"silencedBy":[],"state":"suppressed")";
    constexpr std::string_view ours = R"("inhibitedBy":[],"silencedBy":[],"state":"active")";
    for (std::size_t at = body.find(recorded); at != std::string::npos; at = body.find(recorded, at))
        body.replace(at, recorded.size(), ours);
    return body;
}

std::string resolved_of_another_start() {
    return R"([{"annotations":{},"endsAt":"TIME","fingerprint":"037134eef6e4d6ab",)"
           R"("receivers":[{"name":"swarm-autoscaler"}],"startsAt":"TIME","status":{"inhibitedBy":[],)"
           R"("silencedBy":[],"state":"active"},"updatedAt":"TIME","labels":{"alertname":"SeqA","service":"w1"}},)"
           R"({"annotations":{},"endsAt":"TIME","fingerprint":"87ea77f3322b5a41",)"
           R"("receivers":[{"name":"swarm-autoscaler"}],"startsAt":"TIME","status":{"inhibitedBy":[],)"
           R"("silencedBy":[],"state":"active"},"updatedAt":"TIME","labels":{"alertname":"SeqB","service":"w2"}}])"
           "\n";
}

std::map<std::string, difference> const& amtool_differences() {
    static std::map<std::string, difference> const all{
        {"silence_expire_unknown", {"unknown_silence_deleted", 404, ""}},
    };
    return all;
}

std::set<std::string> names_taken() {
    std::set<std::string> names{"inhibition", "status_values", "open_cors", "resolved_by_start"};
    for (auto const* const differences : {&edge_case_differences(), &amtool_differences()})
        for (auto const& [request, each] : *differences)
            names.insert(each.name);
    return names;
}

} // namespace autoscaler::test
