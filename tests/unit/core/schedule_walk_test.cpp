#include "support/catch.hpp"
#include "unit/core/schedule_support.hpp"

#include <cstdlib>
#include <ctime>
#include <random>
#include <set>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;
using namespace std::chrono_literals;
using std::chrono::floor;
using std::chrono::seconds;

namespace {

// A random expression together with what it means.
struct random_cron {
    std::string text;
    std::set<int> minutes, hours, days, months, weekdays;
    bool any_day = false, any_weekday = false;

    bool fires(std::tm const& local) const {
        bool const day = days.contains(local.tm_mday);
        bool const weekday = weekdays.contains(local.tm_wday);
        return minutes.contains(local.tm_min) && hours.contains(local.tm_hour) &&
               months.contains(local.tm_mon + 1) &&
               (any_day || any_weekday ? day && weekday : day || weekday);
    }
};

class generator {
public:
    explicit generator(unsigned seed) : chance_(seed) {}

    random_cron next() {
        random_cron made;
        field(made.text, made.minutes, 0, 59, 2);
        field(made.text, made.hours, 0, 23, 3);
        made.any_day = field(made.text, made.days, 1, 31, 3);
        field(made.text, made.months, 1, 12, 6);
        made.any_weekday = field(made.text, made.weekdays, 0, 6, 3);
        return made;
    }

private:
    int upto(int most) { return std::uniform_int_distribution(0, most)(chance_); }

    // True: the field is `*`, as it is `stars` times of `stars` + 1.
    bool field(std::string& text, std::set<int>& values, int least, int most, int stars) {
        if (!text.empty())
            text += ' ';
        if (upto(stars) != 0) {
            add(values, least, most, 1);
            text += '*';
            return true;
        }
        for (int items = 1 + upto(2); items > 0; --items) {
            int const first = least + upto(most - least);
            int const last = first + upto(most - first);
            int const step = 1 + upto(std::max(0, std::min(6, last - first) - 1));
            add(values, first, last, step);
            text += std::to_string(first) + '-' + std::to_string(last) + '/' + std::to_string(step);
            text += items > 1 ? "," : "";
        }
        return false;
    }

    static void add(std::set<int>& values, int first, int last, int step) {
        for (; first <= last; first += step)
            values.insert(first);
    }

    std::mt19937 chance_;
};

} // namespace

// The C library reads the same zones with code of its own.
TEST_CASE("the last time is the one that a walk over all minutes finds", "[schedule]") {
    struct {
        char const* zone;
        char const* begin; // two and a half days around a change
    } const places[] = {
        {"Europe/Berlin", "2026-03-27T22:00Z"},
        {"Europe/Berlin", "2026-10-23T22:00Z"},
        {"America/New_York", "2026-03-06T22:00Z"},
        {"America/New_York", "2026-10-30T22:00Z"},
        {"Australia/Lord_Howe", "2026-04-03T00:00Z"},
        {"Australia/Lord_Howe", "2026-10-02T00:00Z"},
        {"America/St_Johns", "2006-10-27T22:00Z"},  // goes back at 00:01
        {"Pacific/Apia", "2011-12-29T00:00Z"},      // leaves out a day
        {"America/Sao_Paulo", "2018-11-03T00:00Z"}, // skips midnight
        {"Asia/Kathmandu", "2026-02-27T00:00Z"},
    };

    constexpr int minutes_walked = 3600;
    unsigned seed = 1;
    int fired = 0;
    for (auto const& place : places) {
        setenv("TZ", place.zone, 1);
        tzset();
        auto const here = zone(place.zone);
        for (int round = 0; round < 15; ++round, ++seed) {
            auto const wanted = generator(seed).next();
            CAPTURE(place.zone, seed, wanted.text);
            if (!fault_of_cron(wanted.text).empty())
                continue; // it can never come
            auto const expression = cron(wanted.text);
            auto const begin = at(place.begin);
            std::optional<time_point> expected;
            for (int minute = 0; minute < minutes_walked; ++minute) {
                auto const now = begin + std::chrono::minutes{minute};
                auto const stamp = static_cast<std::time_t>(floor<seconds>(now).time_since_epoch().count());
                std::tm local{};
                localtime_r(&stamp, &local);
                if (wanted.fires(local)) {
                    expected = now;
                    ++fired;
                }
                if (minute % 7 != 0 && expected != now)
                    continue;
                auto const found = expression.last(now + 31s, here);
                bool const right = expected ? found == expected : !found || *found < begin;
                if (!right)
                    FAIL(
                        "at " << text_of(now) << ": found " << text_of(found) << ", expected "
                              << text_of(expected)
                    );
            }
        }
    }
    unsetenv("TZ");
    tzset();
    CHECK(fired > 3000);
}
