#include "server/alertmanager/render.hpp"

#include "server/alertmanager/go_text.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::server::alertmanager {

namespace {

void append_digits(std::string& out, int number, std::size_t width) {
    std::array<char, 4> digits{};
    for (std::size_t i = width; i-- > 0; number /= 10)
        digits[i] = static_cast<char>('0' + number % 10);
    out.append(digits.data(), width);
}

void append_bool(std::string& out, bool value) {
    out += value ? "true" : "false";
}

void append_matcher(std::string& out, policy::matcher const& what) {
    using op = policy::matcher::op;
    op const operation = what.operation();
    out += R"({"isEqual":)";
    append_bool(out, operation == op::equal || operation == op::matches);
    out += R"(,"isRegex":)";
    append_bool(out, operation == op::matches || operation == op::not_matches);
    out += R"(,"name":)";
    append_json_string(out, what.name(), true);
    out += R"(,"value":)";
    append_json_string(out, what.value(), true);
    out += '}';
}

} // namespace

void append_time(std::string& out, policy::time_point when, std::int16_t zone) {
    using namespace std::chrono;
    constexpr policy::time_point first = sys_days(year(0) / 1 / 1);
    constexpr policy::time_point last = sys_days(year(9999) / 12 / 31) + days(1) - milliseconds(1);
    auto const local = std::clamp(when + minutes(zone), first, last);
    auto const day = floor<days>(local);
    year_month_day const date(day);
    hh_mm_ss const time(local - day);

    out += '"';
    append_digits(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_digits(out, static_cast<int>(static_cast<unsigned>(date.month())), 2);
    out += '-';
    append_digits(out, static_cast<int>(static_cast<unsigned>(date.day())), 2);
    out += 'T';
    append_digits(out, static_cast<int>(time.hours().count()), 2);
    out += ':';
    append_digits(out, static_cast<int>(time.minutes().count()), 2);
    out += ':';
    append_digits(out, static_cast<int>(time.seconds().count()), 2);
    out += '.';
    append_digits(out, static_cast<int>(time.subseconds().count()), 3);
    if (zone == 0) {
        out += "Z\"";
        return;
    }
    int const offset = zone < 0 ? -zone : zone;
    out += zone < 0 ? '-' : '+';
    append_digits(out, offset / 60, 2);
    out += ':';
    append_digits(out, offset % 60, 2);
    out += '"';
}

void append_labels(std::string& out, std::span<policy::label const> labels, bool escape_html) {
    out += '{';
    for (auto const& each : labels) {
        if (&each != labels.data())
            out += ',';
        append_json_string(out, each.name, escape_html);
        out += ':';
        append_json_string(out, each.value, escape_html);
    }
    out += '}';
}

void append_receiver(std::string& out, std::string_view name, bool escape_html) {
    out += R"({"name":)";
    append_json_string(out, name, escape_html);
    out += '}';
}

void append_alert(
    std::string& out, policy::listed_alert const& alert, std::span<std::string_view const> receivers
) {
    out += R"({"annotations":)";
    append_labels(out, alert.annotations, true);
    out += R"(,"endsAt":)";
    append_time(out, alert.ends_at, alert.ends_zone);
    out += R"(,"fingerprint":")";
    out += policy::to_hex(policy::fingerprint(alert.labels));
    out += R"(","receivers":)";
    append_list(out, receivers, [&](auto name) { append_receiver(out, name, true); });
    out += R"(,"startsAt":)";
    append_time(out, alert.starts_at, alert.starts_zone);
    out += R"(,"status":{"inhibitedBy":[],"silencedBy":)";
    append_list(out, alert.silenced_by, [&](auto const& id) { append_json_string(out, id, true); });
    out += R"(,"state":")";
    out += alert.silenced_by.empty() ? "active" : "suppressed";
    out += R"("},"updatedAt":)";
    append_time(out, alert.updated_at);
    if (!alert.generator_url.empty()) {
        out += R"(,"generatorURL":)";
        append_json_string(out, alert.generator_url, true);
    }
    out += R"(,"labels":)";
    append_labels(out, alert.labels, true);
    out += '}';
}

void append_silence(std::string& out, policy::silence const& what, policy::time_point now) {
    out += R"({"id":)";
    append_json_string(out, what.id, true);
    out += R"(,"status":{"state":")";
    out += policy::to_string(policy::state_of(what, now));
    out += R"("},"updatedAt":)";
    append_time(out, what.updated_at);
    out += R"(,"comment":)";
    append_json_string(out, what.comment, true);
    out += R"(,"createdBy":)";
    append_json_string(out, what.created_by, true);
    out += R"(,"endsAt":)";
    append_time(out, what.ends_at);
    out += R"(,"matchers":)";
    append_list(out, what.matchers, [&](auto const& each) { append_matcher(out, each); });
    out += R"(,"startsAt":)";
    append_time(out, what.starts_at);
    out += '}';
}

} // namespace autoscaler::server::alertmanager
