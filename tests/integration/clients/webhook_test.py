#!/usr/bin/env python3
"""A real Alertmanager passes alerts on by its webhook: with each kind of credentials, resolved ones, groups; and what
it was told 200 for outlives a kill -9."""
import datetime
import json
import unittest

import programs
import secured

POLICY = """
policies:
- {name: web, matchers: ['service="web"'], service: web, scale: +1, max: 10, return: {after: 10m, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""


def receivers(fleet, case):
    """What Alertmanager is told of each way: name -> (autoscaler, path, http_config, whether it gets in)."""
    ca = fleet.authority.certificate
    stranger = fleet.stranger.issue("stranger")
    client = {"ca_file": ca, "cert_file": fleet.client[0], "key_file": fleet.client[1]}
    token_file = {"authorization": {"credentials_file": fleet.token_file}}
    return {
        "plain": (fleet.plain, "/webhook", {}, True),
        "plain_alert": (fleet.plain, "/alert", {}, True),
        "plain_alert_slash": (fleet.plain, "/alert/?a=b%20c", {}, True),
        "plain_root": (fleet.plain, "/", {}, True),
        "basic": (fleet.authenticated, "/webhook", {"basic_auth": {"username": "prom", "password": secured.PASSWORD}}, True),
        "bearer": (fleet.authenticated, "/webhook", token_file, True),
        "bearer_lower": (fleet.authenticated, "/alert", {"authorization": {"type": "bearer", "credentials": secured.TOKEN}}, True),
        "no_credentials": (fleet.authenticated, "/webhook", {}, False),
        "wrong_password": (fleet.authenticated, "/webhook", {"basic_auth": {"username": "prom", "password": "wr0ng"}}, False),
        "wrong_user": (fleet.authenticated, "/webhook", {"basic_auth": {"username": "nobody", "password": secured.PASSWORD}}, False),
        "wrong_token": (fleet.authenticated, "/webhook", {"authorization": {"credentials": "wr0ng"}}, False),
        "token_scheme": (fleet.authenticated, "/webhook", {"authorization": {"type": "Token", "credentials": secured.TOKEN}}, False),
        "tls": (fleet.tls, "/webhook", {"tls_config": {"ca_file": ca}}, True),
        "tls_distrusted": (fleet.tls, "/webhook", {"tls_config": {"ca_file": fleet.stranger.certificate}}, False),
        "mutual": (fleet.mutual, "/webhook", {"tls_config": client}, True),
        "mutual_without": (fleet.mutual, "/webhook", {"tls_config": {"ca_file": ca}}, False),
        "mutual_stranger": (fleet.mutual, "/webhook", {"tls_config": {
            "ca_file": ca, "cert_file": stranger[0], "key_file": stranger[1]}}, False),
    }


def configuration(all_receivers):
    """Each alert goes to the receiver that its label `way` names. JSON is YAML, too."""
    return json.dumps({
        "route": {
            "receiver": "nobody", "group_by": ["alertname", "way"], "group_wait": "1ms", "group_interval": "300ms",
            "repeat_interval": "1h",
            "routes": [{"receiver": name, "matchers": [f'way="{name}"']} for name in all_receivers],
        },
        "receivers": [{"name": "nobody"}] + [
            {"name": name, "webhook_configs": [{
                "url": f"{daemon.scheme}://127.0.0.1:{daemon.port}{path}", "send_resolved": True, "http_config": config}]}
            for name, (daemon, path, config, _) in all_receivers.items()
        ],
    })


def now(seconds=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


class Webhook(programs.Case):
    def setUp(self):
        super().setUp()
        self.fleet = secured.Fleet(self, POLICY)
        self.receivers = receivers(self.fleet, self)
        self.manager = programs.real_alertmanager(self, "alertmanager", configuration(self.receivers))

    def post(self, alerts):
        said = programs.ask_json(self.manager.port, "POST", "/api/v2/alerts", alerts)
        self.assertEqual(said.status, 200, said)

    def listed(self, daemon):
        return {(each["labels"]["way"], each["labels"].get("n", "")) for each in self.fleet.ask(daemon, "/api/v2/alerts").json()}

    def all_listed(self):
        return set().union(*(self.listed(daemon) for daemon in self.fleet.all))

    def notified(self, name):
        metrics = programs.ask(self.manager.port, "GET", "/metrics").text
        return programs.sample_of(metrics, "alertmanager_" + name, integration="webhook")

    def alert(self, way, **labels):
        return {"labels": {"alertname": "A", "service": "web", "way": way, **labels}, "annotations": {"text": "of " + way},
                "generatorURL": "http://prometheus/graph?x=%3E"}

    def test_its_alerts_arrive_by_every_way_that_is_open_and_no_other(self):
        self.post([self.alert(way) for way in self.receivers])
        open_ways = {way for way, (_, _, _, gets_in) in self.receivers.items() if gets_in}
        self.manager.wait_for("all open ways", lambda: {way for way, _ in self.all_listed()} == open_ways)
        closed = len(self.receivers) - len(open_ways)
        self.manager.wait_for("each refusal is counted there",
                              lambda: self.notified("notification_requests_failed_total") >= closed)
        self.assertGreaterEqual(self.fleet.refused(self.fleet.authenticated), 5)
        for each in self.fleet.ask(self.fleet.plain, "/api/v2/alerts").json():
            self.assertEqual(each["annotations"], {"text": "of " + each["labels"]["way"]})
            self.assertEqual(each["generatorURL"], "http://prometheus/graph?x=%3E")
            self.assertEqual(each["receivers"], [{"name": "web"}])
        self.post([{**self.alert(way), "endsAt": now()} for way in self.receivers])
        self.manager.wait_for("all are resolved", lambda: self.all_listed() == set())
        for daemon in self.fleet.all:
            self.assertEqual(daemon.stop(), 0)
            for secret in (secured.PASSWORD, secured.TOKEN, "wr0ng", secured.HASH):
                self.assertNotIn(secret, daemon.text())

    def test_of_a_group_each_alert_fires_and_is_resolved_by_itself(self):
        def holds(*numbers):
            self.manager.wait_for(f"{numbers} fire", lambda: self.listed(self.fleet.plain) == {("plain", n) for n in numbers})

        self.post([self.alert("plain", n=n) for n in "123"])
        holds("1", "2", "3")
        self.post([{**self.alert("plain", n="2"), "endsAt": now()}])
        holds("1", "3")
        self.post([self.alert("plain", n="2"), self.alert("plain", n="4")])
        holds("1", "2", "3", "4")
        self.post([{**self.alert("plain", n=n), "endsAt": now()} for n in "1234"])
        holds()

    def test_what_it_has_told_us_outlives_a_kill(self):
        daemon = self.fleet.plain
        for n in range(3):
            before = self.notified("notification_requests_total")
            self.post([self.alert("plain", n=str(n))])
            self.manager.wait_for("it was told 200", lambda b=before: self.notified("notification_requests_total") > b)
            daemon.kill()
            daemon.start()
            self.assertEqual(self.listed(daemon), {("plain", str(each)) for each in range(n + 1)})
        self.assertEqual(self.notified("notification_requests_failed_total"), 0)
        # Resolved, and killed again: what was told is not forgotten either.
        before = self.notified("notification_requests_total")
        self.post([{**self.alert("plain", n="0"), "endsAt": now()}])
        self.manager.wait_for("it was told 200", lambda: self.notified("notification_requests_total") > before)
        daemon.kill()
        daemon.start()
        self.assertEqual(self.listed(daemon), {("plain", "1"), ("plain", "2")})

    def test_a_late_copy_of_what_is_resolved_does_not_come_back_by_a_restart(self):
        daemon = self.fleet.plain
        firing = {"status": "firing", "labels": {"alertname": "A", "way": "late"}, "startsAt": "2026-01-01T00:00:00Z"}
        for alert in (firing, {**firing, "status": "resolved"}, firing):
            said = daemon.ask_json("POST", "/webhook", {"version": "4", "status": alert["status"], "alerts": [alert]})
            self.assertEqual(said.status, 200, said)
        self.assertEqual(self.listed(daemon), set())
        daemon.kill()
        daemon.start()
        self.assertEqual(self.listed(daemon), set())


if __name__ == "__main__":
    unittest.main()
