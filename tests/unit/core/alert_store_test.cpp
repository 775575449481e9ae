#include "policy/core/alert_store.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using effect = alert_store::effect;
using end = alert_store::end;

namespace {

struct ledger {
    alert_store store{5h};
    time_point now = t0;

    alert_store::applied hear(alert_spec const& what, time_point when) {
        now = when;
        return apply(store, what, when);
    }

    alert_store::status status(alert_store::handle which, time_point when) const {
        return store.status_of(which, when);
    }

    bool fires(std::string_view name, time_point when) const {
        label const only{"alertname", name};
        return store.fires({&only, 1}, when);
    }

    std::vector<alert_store::handle> sweep(time_point when) {
        std::vector<alert_store::handle> removed;
        store.sweep(when, [&](auto which) { removed.push_back(which); });
        return removed;
    }
};

alert_spec by_webhook(std::string name, bool over, std::optional<time_point> since = t0) {
    auto spec = firing(std::move(name));
    spec.source = alert_source::webhook;
    spec.starts_at = since;
    spec.ends_at = over ? std::optional(t0) : std::nullopt;
    spec.resolved = over;
    return spec;
}

} // namespace

TEST_CASE(
    "an alert opens once, is confirmed by each repetition and ends when it is resolved", "[alert_store]"
) {
    ledger l;
    auto const opened = l.hear(firing("X"), t0);
    CHECK(opened.what == effect::opened);
    CHECK(opened.created);
    auto const again = l.hear(firing("X"), t0 + 75s);
    CHECK(again.which == opened.which);
    CHECK(again.what == effect::confirmed);
    CHECK_FALSE(again.created);
    CHECK(l.hear(resolved("X", t0 + 90s), t0 + 90s).what == effect::ended);
    CHECK_FALSE(l.status(opened.which, t0 + 90s).firing);
    CHECK(l.status(opened.which, t0 + 90s).ended == end::resolved);
    CHECK(l.store.size() == 1);
}

TEST_CASE("a resolved notice that is repeated for a quarter of an hour changes nothing", "[alert_store]") {
    ledger l;
    l.hear(firing("X"), t0);
    auto const which = l.hear(resolved("X", t0 + 60s), t0 + 60s).which;
    for (auto when = t0 + 135s; when <= t0 + 16min; when += 75s)
        CHECK(l.hear(resolved("X", t0 + 60s), when).what == effect::confirmed);
    CHECK(l.status(which, t0 + 16min).ended_at == t0 + 60s);
}

TEST_CASE("two Prometheus with the same rules do not flip an alert", "[alert_store]") {
    ledger l;
    l.hear(firing("X", t0), t0);
    auto const which = l.hear(firing("X", t0 + 3s), t0 + 3s).which;
    CHECK(l.hear(resolved("X", t0 + 60s, t0), t0 + 60s).what == effect::confirmed);
    CHECK(l.status(which, t0 + 60s).firing);
    CHECK(l.status(which, t0 + 60s).since == t0 + 3s);
    CHECK(l.hear(resolved("X", t0 + 63s, t0 + 3s), t0 + 63s).what == effect::ended);
}

TEST_CASE("an alert fires from the earliest start of what fires, until the latest end", "[alert_store]") {
    ledger l;
    auto first = firing("X", t0);
    first.ends_at = t0 + 240s;
    auto second = firing("X", t0 + 3s);
    second.ends_at = t0 + 243s;
    l.hear(second, t0 + 3s);
    auto const which = l.hear(first, t0 + 4s).which;
    auto const seen = l.status(which, t0 + 5s);
    CHECK(seen.firing);
    CHECK(seen.since == t0);
    CHECK(seen.ends == t0 + 243s);
    CHECK(l.status(which, t0 + 243s - 1ms).firing);
    CHECK_FALSE(l.status(which, t0 + 243s).firing);
}

TEST_CASE("an alert that fires anew with a new start opens again at once", "[alert_store]") {
    ledger l;
    l.hear(firing("X"), t0);
    l.hear(resolved("X", t0 + 60s), t0 + 60s);
    auto const again = l.hear(firing("X", t0 + 61s), t0 + 61s);
    CHECK(again.what == effect::opened);
    CHECK(l.status(again.which, t0 + 61s).since == t0 + 61s);
}

TEST_CASE("in one body the order decides: resolved, firing anew, resolved", "[alert_store]") {
    ledger l;
    auto const which = l.hear(firing("X"), t0).which;
    CHECK(l.hear(resolved("X", t0 + 10s), t0 + 60s).what == effect::ended);
    CHECK(l.hear(firing("X", t0 + 20s), t0 + 60s).what == effect::opened);
    CHECK(l.hear(resolved("X", t0 + 50s, t0 + 20s), t0 + 60s).what == effect::ended);
    CHECK_FALSE(l.status(which, t0 + 60s).firing);
}

TEST_CASE(
    "a firing notice that comes late after the resolved one is dropped, but not for ever", "[alert_store]"
) {
    ledger l;
    auto const which = l.hear(firing("X"), t0).which;
    l.hear(resolved("X", t0 + 60s), t0 + 60s);
    CHECK(l.hear(firing("X"), t0 + 60s + late_duplicate_window - 1ms).what == effect::dropped);
    CHECK_FALSE(l.status(which, t0 + 120s).firing);
    CHECK_FALSE(l.fires("X", t0 + 119s));
    CHECK(l.hear(firing("X"), t0 + 60s + late_duplicate_window).what == effect::opened);
    CHECK(l.fires("X", t0 + 120s));
    CHECK_FALSE(l.fires("Y", t0 + 120s));
}

TEST_CASE("of a late duplicate not even the annotations are taken", "[alert_store]") {
    ledger l;
    auto spec = firing("X");
    spec.annotations = {{"summary", "before"}};
    auto const which = l.hear(spec, t0).which;
    l.hear(resolved("X", t0 + 10s), t0 + 10s); // brings no annotations: these are the last words
    spec.annotations = {{"summary", "late"}};
    CHECK(l.hear(spec, t0 + 20s).what == effect::dropped);
    std::vector<label> annotations;
    l.store.text_of(which).annotations(annotations);
    CHECK(annotations.empty());
}

TEST_CASE("a resolved notice for an alert nobody knew makes it known, not firing", "[alert_store]") {
    ledger l;
    auto const heard = l.hear(resolved("X", t0 - 60s, t0 - 600s), t0);
    CHECK(heard.created);
    CHECK(heard.what == effect::confirmed);
    CHECK(l.status(heard.which, t0).ended == end::resolved);
}

TEST_CASE("a resolved notice does not prolong an end that has passed", "[alert_store]") {
    ledger l;
    auto spec = firing("X");
    spec.ends_at = t0 + 60s;
    auto const which = l.hear(spec, t0).which;
    l.hear(resolved("X", t0 + 90s), t0 + 100s);
    CHECK_FALSE(l.status(which, t0 + 80s).firing);
}

TEST_CASE("a notice without a start speaks of whatever fires", "[alert_store]") {
    ledger l;
    auto spec = firing("X");
    spec.starts_at = {};
    spec.ends_at = {};
    auto const which = l.hear(spec, t0).which; // curl: labels only
    CHECK(l.status(which, t0).since == t0);
    l.hear(spec, t0 + 60s); // the same again: no second start
    CHECK(l.status(which, t0 + 60s).since == t0);
    CHECK(l.status(which, t0 + 60s).ends == t0 + 60s + resolve_timeout);
    spec.ends_at = t0 + 90s; // and its resolve
    CHECK(l.hear(spec, t0 + 90s).what == effect::ended);
    CHECK_FALSE(l.status(which, t0 + 90s).firing);
}

TEST_CASE("a notice without a start ends every start that fires", "[alert_store]") {
    ledger l;
    l.hear(firing("X", t0), t0);
    l.hear(firing("X", t0 + 3s), t0 + 3s);
    auto spec = resolved("X", t0 + 10s);
    spec.starts_at = {};
    CHECK(l.hear(spec, t0 + 10s).what == effect::ended);
}

TEST_CASE("a notice without an end ends by itself, unless an end was said that lies later", "[alert_store]") {
    ledger l;
    auto open = firing("X");
    open.ends_at = {};
    auto const which = l.hear(open, t0).which;
    CHECK(l.status(which, t0).ends == t0 + resolve_timeout);
    auto until = firing("X");
    until.ends_at = t0 + 1h;
    l.hear(until, t0 + 1s);
    l.hear(open, t0 + 2s);
    CHECK(l.status(which, t0 + 2s).ends == t0 + 1h);
    l.hear(open, t0 + 2h); // that end has passed: a fresh one
    CHECK(l.status(which, t0 + 2h).ends == t0 + 2h + resolve_timeout);
}

TEST_CASE("an alert that nobody confirms runs out, and that is told from being resolved", "[alert_store]") {
    ledger l;
    auto spec = firing("X");
    spec.ends_at = t0 + 240s;
    auto const which = l.hear(spec, t0).which;
    CHECK_FALSE(l.store.sweep_due(t0 + 240s - 1ms));
    CHECK(l.store.sweep_due(t0 + 240s));
    CHECK(l.status(which, t0 + 240s).ended == end::expired);
    CHECK(l.status(which, t0 + 240s).ended_at == t0 + 240s);
    CHECK_FALSE(l.store.latest_expiry());
    l.sweep(t0 + 250s);
    CHECK(l.store.latest_expiry() == t0 + 240s);
    CHECK_FALSE(l.store.sweep_due(t0 + 250s));
    l.hear(resolved("X", t0 + 230s), t0 + 260s); // Prometheus is back and says how it was
    CHECK(l.status(which, t0 + 260s).ended == end::resolved);
}

TEST_CASE("an alert that was confirmed has not run out at its first end", "[alert_store]") {
    ledger l;
    auto spec = firing("X");
    spec.ends_at = t0 + 240s;
    l.hear(spec, t0);
    spec.ends_at = t0 + 315s;
    l.hear(spec, t0 + 75s);
    l.sweep(t0 + 250s);
    CHECK_FALSE(l.store.latest_expiry());
    CHECK(l.store.sweep_due(t0 + 315s));
}

TEST_CASE("a webhook alert lasts until it is resolved or until its time to live is over", "[alert_store]") {
    ledger l;
    auto const which = l.hear(by_webhook("X", false), t0).which;
    CHECK(l.status(which, t0).by_webhook);
    CHECK(l.status(which, t0 + 5h - 1ms).firing);
    CHECK(l.status(which, t0 + 5h).ended == end::expired);
    l.hear(by_webhook("X", false), t0 + 4h);
    CHECK(l.status(which, t0 + 9h - 1ms).firing);
    CHECK(l.hear(by_webhook("X", true), t0 + 8h).what == effect::ended);
    CHECK(l.status(which, t0 + 8h).ended == end::resolved);
}

TEST_CASE("a new time to live counts for notices from then on", "[alert_store]") {
    ledger l;
    l.store.set_webhook_ttl(10min);
    auto const which = l.hear(by_webhook("X", false), t0).which;
    CHECK(l.status(which, t0).ends == t0 + 10min);
}

TEST_CASE(
    "a late firing webhook notice after the resolved one is dropped, a new start is not", "[alert_store]"
) {
    ledger l;
    l.hear(by_webhook("X", false), t0);
    l.hear(by_webhook("X", true), t0 + 30s);
    CHECK(l.hear(by_webhook("X", false), t0 + 89s).what == effect::dropped);
    CHECK(l.hear(by_webhook("X", false, t0 + 40s), t0 + 89s).what == effect::opened);
}

TEST_CASE("a webhook alert resolved before its firing notice came does not fire late", "[alert_store]") {
    ledger l;
    l.hear(by_webhook("X", true), t0);
    CHECK(l.hear(by_webhook("X", false), t0 + 5s).what == effect::dropped);
}

TEST_CASE("a webhook notice without a start keeps the start of what fires", "[alert_store]") {
    ledger l;
    l.hear(by_webhook("X", false), t0);
    auto const which = l.hear(by_webhook("X", false, std::nullopt), t0 + 60s).which;
    CHECK(l.status(which, t0 + 60s).since == t0);
}

TEST_CASE("each source ends only what it has opened itself", "[alert_store]") {
    ledger l;
    auto const which = l.hear(firing("X"), t0).which;
    CHECK_FALSE(l.status(which, t0).by_webhook);
    l.hear(by_webhook("X", false), t0 + 1s);
    CHECK_FALSE(l.status(which, t0 + 1s).by_webhook); // the API speaks of it, too
    CHECK(l.hear(resolved("X", t0 + 10s), t0 + 10s).what == effect::confirmed);
    CHECK(l.status(which, t0 + 10s).firing);
    CHECK(l.status(which, t0 + 10s).by_webhook);
    CHECK(l.hear(by_webhook("X", true), t0 + 20s).what == effect::ended);

    auto const other = l.hear(by_webhook("Y", false), t0).which;
    l.hear(firing("Y"), t0);
    l.hear(by_webhook("Y", true), t0 + 10s);
    CHECK(l.status(other, t0 + 10s).firing);
}

TEST_CASE("alerts are told apart by all their labels", "[alert_store]") {
    ledger l;
    auto a = firing("X");
    auto b = firing("X");
    b.labels["instance"] = "b";
    CHECK(l.hear(a, t0).which != l.hear(b, t0).which);
    CHECK(l.store.size() == 2);
    CHECK(l.store.count_firing(t0) == 2);
}

TEST_CASE("the text of an alert is kept, the last words on it win", "[alert_store]") {
    ledger l;
    auto spec = firing("Größe 長い");
    spec.annotations = {{"summary", ""}, {"text", "one"}};
    spec.url = "http://prometheus/graph";
    auto const which = l.hear(spec, t0).which;
    spec.annotations["text"] = "two";
    l.hear(spec, t0 + 75s);
    std::vector<label> pairs;
    l.store.text_of(which).labels(pairs);
    CHECK(pairs == std::vector<label>{{"alertname", "Größe 長い"}});
    l.store.text_of(which).annotations(pairs);
    CHECK(pairs == std::vector<label>{{"summary", ""}, {"text", "two"}});
    CHECK(l.store.text_of(which).generator_url() == "http://prometheus/graph");
}

TEST_CASE(
    "an alert that ended is forgotten after the time for which Prometheus repeats its end", "[alert_store]"
) {
    ledger l;
    auto const gone = l.hear(firing("X"), t0).which;
    auto const stays = l.hear(firing("Y"), t0).which;
    l.hear(resolved("X", t0 + 60s), t0 + 60s);
    CHECK(l.sweep(t0 + 60s + ended_retention - 1ms).empty());
    CHECK(l.sweep(t0 + 60s + ended_retention) == std::vector<alert_store::handle>{gone});
    CHECK(l.store.size() == 1);
    CHECK(l.hear(firing("Y"), t0 + 2h).which == stays);
    auto const back = l.hear(firing("X", t0 + 2h), t0 + 2h);
    CHECK(back.created);
    CHECK(back.which == gone); // its place is used again
}

TEST_CASE(
    "a Prometheus that restarts again and again does not make an alert grow without end", "[alert_store]"
) {
    ledger l;
    alert_store::handle which = 0;
    for (int restart = 0; restart < 1000; ++restart) {
        auto spec = firing("X", t0 + restart * 1s);
        spec.ends_at = *spec.starts_at + 240s;
        which = l.hear(spec, *spec.starts_at).which;
    }
    auto const seen = l.status(which, t0 + 1000s);
    CHECK(seen.firing);
    CHECK(seen.ends == t0 + 999s + 240s);
}

TEST_CASE("what is pushed already is not opened by a list, which would outlast it", "[alert_store]") {
    alert_store store(5h);
    alert_spec pushed = firing("X");
    pushed.ends_at = t0 + 16s;
    notices const body({pushed});
    auto const which = store.apply(body.views()[0], t0).which;
    alert_notice listed = body.views()[0];
    listed.source = alert_source::listed;
    listed.ends_at.reset();
    CHECK(store.apply(listed, t0 + 1s).what == alert_store::effect::confirmed);
    CHECK(store.status_of(which, t0 + 15s).firing);
    CHECK_FALSE(store.status_of(which, t0 + 16s).firing);
}
