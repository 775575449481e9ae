#!/usr/bin/env python3
"""The calls of clients that Debian does not have: Grafana's data source and contact points, karma, vmalert. Each sequence is
asked of us and of a real Alertmanager, and what the client needs of an answer is checked at both."""
import json
import re
import unittest
import urllib.parse

import programs

POLICY = """
policies:
- {name: web, alert: CpuHigh, service: web, scale: +1, max: 10, return: {after: 10m, by: 1}}
- {name: api, matchers: ['alertname="Latency"', 'severity=~"warning|critical"'], service: api, scale: +1, max: 10, on_resolved: revert}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise AssertionError(f"duplicate keys: {keys}")
    return dict(pairs)


def strict(body):
    """As karma decodes: broken UTF-8 and duplicate keys are faults."""
    return json.loads(body.decode("utf-8"), object_pairs_hook=no_duplicates)


class Sequences(programs.Case):
    def setUp(self):
        super().setUp()
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start().ready()
        shown = ours.ask("GET", "/api/v2/status").json()["config"]["original"]
        real = programs.real_alertmanager(self, "alertmanager", shown)
        self.ours = ours
        self.servers = {"Alertmanager": real.port, "us": ours.port}

    def at_both(self, sequence):
        """The steps are the same at both; the oracle comes first, so that a wrong sequence is seen there."""
        for name, port in self.servers.items():
            with self.subTest(server=name):
                sequence(port)

    def ask(self, port, method, path, value=None, headers=None, code=200):
        body = None if value is None else json.dumps(value)
        said = programs.ask(port, method, path, body, {**({"Content-Type": "application/json"} if body else {}), **(headers or {})})
        self.assertEqual(said.status, code, f"{method} {path}: {said!r}")
        return said

    def get(self, port, path, **query):
        said = self.ask(port, "GET", path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""))
        self.assertIn("json", said.headers["Content-Type"])
        return strict(said.body)

    def post_alerts(self, port):
        self.ask(port, "POST", "/api/v2/alerts", [
            {"labels": {"alertname": "CpuHigh", "service": "web", "text": "\x00 <&> \u2028 ü 😀"}, "annotations": {"a": "\x7f\"\\"}},
            {"labels": {"alertname": "Latency", "severity": "warning"}, "generatorURL": "http://prometheus/graph?g0.expr=x%3E1"},
            {"labels": {"alertname": "Other"}, "startsAt": "2020-01-01T00:00:00.123456789+02:00"},
        ])

    def check_alert(self, alert):
        for key in ("startsAt", "endsAt", "updatedAt"):
            self.assertRegex(alert[key], TIME)
        self.assertRegex(alert["fingerprint"], r"^[0-9a-f]{16}$")
        for each in ("labels", "annotations"):
            self.assertIsInstance(alert[each], dict)
        self.assertIsInstance(alert.get("generatorURL", ""), str)
        self.assertIn(alert["status"]["state"], ("active", "suppressed", "unprocessed"))
        for each in ("silencedBy", "inhibitedBy"):
            self.assertIsInstance(alert["status"][each], list)
        self.assertTrue(alert["receivers"] and all(each["name"] for each in alert["receivers"]))

    def check_silence(self, found):
        self.assertEqual(set(found) - {"annotations"},
                         {"id", "status", "updatedAt", "comment", "createdBy", "startsAt", "endsAt", "matchers"})
        for key in ("startsAt", "endsAt", "updatedAt"):
            self.assertRegex(found[key], TIME)
        self.assertIn(found["status"]["state"], ("active", "pending", "expired"))
        for matcher in found["matchers"]:
            self.assertEqual(set(matcher), {"name", "value", "isRegex", "isEqual"})

    def groups_appear(self, port):
        """Alertmanager groups a moment later than it stores."""
        found = programs.wait_until("the groups", lambda: len(self.get(port, "/api/v2/alerts/groups")) == 3 and
                                    self.get(port, "/api/v2/alerts/groups"))
        for group in found:
            self.assertIsInstance(group["labels"], dict)
            self.assertTrue(group["receiver"]["name"])
            self.assertTrue(group["alerts"])
            for each in group["alerts"]:
                self.check_alert(each)
        return found

    def test_grafana_saves_and_tests_its_data_source(self):
        def sequence(port):
            for prefix in ("", "/alert"):
                if prefix and port != self.ours.port:
                    continue
                self.ask(port, "GET", prefix + "/api/v1/status/buildinfo", code=404)
                # 200 would mean a Mimir or Cortex, and the test fails.
                self.ask(port, "GET", prefix + "/alertmanager/api/v2/status", code=404)
                status = self.get(port, prefix + "/api/v2/status")
                self.assertRegex(status["config"]["original"], r"(?m)^route:")
                self.assertTrue(status["versionInfo"]["version"])
                self.assertIn(status["cluster"]["status"], ("ready", "settling", "disabled"))
                self.assertIsInstance(status["cluster"]["peers"], list)
                self.assertRegex(status["uptime"], TIME)

        self.at_both(sequence)

    def test_grafana_lists_alerts_and_handles_silences(self):
        def sequence(port):
            self.post_alerts(port)
            flags = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}
            listed = self.get(port, "/api/v2/alerts", **flags, filter=['alertname="CpuHigh"', 'service=~"w.*"'])
            self.assertEqual([each["labels"]["service"] for each in listed], ["web"])
            self.assertEqual(len(self.get(port, "/api/v2/alerts", **flags)), 3)
            self.groups_appear(port)
            del flags["unprocessed"]
            groups = self.get(port, "/api/v2/alerts/groups", **flags, receiver="api", filter='severity="warning"')
            self.assertEqual([each["receiver"] for each in groups], [{"name": "api"}])
            made = strict(self.ask(port, "POST", "/api/v2/silences", {
                "matchers": [{"name": "alertname", "value": "CpuHigh", "isRegex": False, "isEqual": True}],
                "startsAt": "2020-01-01T00:00:00.000Z", "endsAt": "2099-01-01T00:00:00.000Z", "createdBy": "grafana", "comment": "x"}).body)
            found = self.get(port, "/api/v2/silence/" + made["silenceID"])
            self.check_silence(found)
            self.assertEqual([each["id"] for each in self.get(port, "/api/v2/silences")], [made["silenceID"]])
            silenced = self.get(port, "/api/v2/alerts", active="false", silenced="true")
            self.assertEqual([each["status"]["silencedBy"] for each in silenced], [[made["silenceID"]]])
            edited = strict(self.ask(port, "POST", "/api/v2/silences", {
                **{key: found[key] for key in ("id", "matchers", "startsAt", "endsAt", "createdBy")}, "comment": "edited"}).body)
            self.assertEqual(edited, made)
            self.ask(port, "DELETE", "/api/v2/silence/" + made["silenceID"])
            self.assertEqual(self.get(port, "/api/v2/silence/" + made["silenceID"])["status"], {"state": "expired"})
            self.assertEqual(self.get(port, "/api/v2/alerts", active="false", silenced="true"), [])
            self.ask(port, "GET", "/api/v2/silence/" + UNKNOWN_ID, code=404)

        self.at_both(sequence)

    def test_grafana_sends_alerts_of_its_own(self):
        def sequence(port):
            self.ask(port, "POST", "/api/v2/alerts", [{
                "labels": {"alertname": "FromGrafana", "grafana_folder": "f"}, "annotations": {"__value_string__": "[ var='A' ]"},
                "startsAt": "2020-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://grafana/alerting/x/edit",
                "UpdatedAt": "2020-01-01T00:00:00Z", "Timeout": False}], {"User-Agent": "Grafana"})
            self.assertEqual([each["labels"]["grafana_folder"] for each in
                              self.get(port, "/api/v2/alerts", filter='alertname="FromGrafana"')], ["f"])

        self.at_both(sequence)

    def test_grafanas_webhook(self):
        self.ask(self.ours.port, "POST", "/webhook", {
            "receiver": "autoscaler", "status": "firing", "orgId": 1, "alerts": [{
                "status": "firing", "labels": {"alertname": "OfGrafana"}, "annotations": {},
                "startsAt": "2020-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "x",
                "silenceURL": "", "dashboardURL": "", "panelURL": "", "values": {"A": 1.5}, "valueString": "", "imageURL": ""}],
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "", "version": "1", "groupKey": "{}:{}",
            "truncatedAlerts": 0, "title": "t", "state": "alerting", "message": "m", "appVersion": "11.0.0"})
        self.assertEqual([each["labels"]["alertname"] for each in self.ours.alerts()], ["OfGrafana"])

    def test_karma(self):
        def sequence(port):
            metrics = self.ask(port, "GET", "/metrics", headers={"Accept-Encoding": "gzip", "User-Agent": "karma/0.120"})
            if metrics.headers.get("Content-Encoding", "") != "gzip":
                found = re.search(r'^alertmanager_build_info\{.*version="([^"]*)".*\} 1$', metrics.text, re.MULTILINE)
                self.assertRegex(found[1], r"^0\.(2[2-9]|[3-9]\d)\.\d+")
            self.assertEqual(self.get(port, "/api/v2/silences"), [])
            self.assertEqual(self.get(port, "/api/v2/alerts/groups"), [])
            self.post_alerts(port)
            before = self.groups_appear(port)
            made = strict(self.ask(port, "POST", "/api/v2/silences", {
                "matchers": [{"name": "alertname", "value": "Cpu.*|Lat.*", "isRegex": True, "isEqual": True},
                             {"name": "cluster", "value": "a", "isRegex": False, "isEqual": False}],
                "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z", "createdBy": "me@karma", "comment": "ä"}).body)
            for found in self.get(port, "/api/v2/silences"):
                self.check_silence(found)
                self.assertEqual(found["id"], made["silenceID"])
            after = {each["labels"]["alertname"]: each["status"] for group in self.groups_appear(port) for each in group["alerts"]}
            self.assertEqual({name: each["state"] for name, each in after.items()},
                             {"CpuHigh": "suppressed", "Latency": "suppressed", "Other": "active"})
            self.assertEqual(after["Latency"]["silencedBy"], [made["silenceID"]])
            self.ask(port, "DELETE", "/api/v2/silence/" + made["silenceID"])
            self.assertEqual([[each["labels"] for each in group["alerts"]] for group in self.groups_appear(port)],
                             [[each["labels"] for each in group["alerts"]] for group in before])

        self.at_both(sequence)

    def test_vmalert(self):
        """Only exactly 200 is success for it."""
        def sequence(port):
            self.ask(port, "POST", "/api/v2/alerts", [
                {"startsAt": "2026-01-01T00:00:00.123456789Z", "generatorURL": "http://vmalert:8880/vmalert/alert?group_id=1&alert_id=2",
                 "endsAt": "2099-01-01T00:00:00.987654321Z", "labels": {"alertname": "FromVm", "alertgroup": "g"},
                 "annotations": {"summary": "x"}}])
            listed = self.get(port, "/api/v2/alerts", filter='alertgroup="g"')
            self.assertEqual([each["startsAt"] for each in listed], ["2026-01-01T00:00:00.123Z"])
            self.ask(port, "POST", "/api/v2/alerts", [
                {"startsAt": "2026-01-01T00:00:00.123456789Z", "generatorURL": "", "endsAt": "2026-01-01T00:00:01Z",
                 "labels": {"alertname": "FromVm", "alertgroup": "g"}, "annotations": {}}])
            self.assertEqual(self.get(port, "/api/v2/alerts", filter='alertgroup="g"'), [])

        self.at_both(sequence)


if __name__ == "__main__":
    unittest.main()
