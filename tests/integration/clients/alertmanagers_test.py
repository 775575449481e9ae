#!/usr/bin/env python3
"""A real Alertmanager that the policy file names is read at the start: what fires there and is routed to us."""
import json
import unittest

import programs

ROUTES = json.dumps({
    "route": {"receiver": "people", "routes": [{"receiver": "scal.er", "matchers": ['service="web"']}]},
    "receivers": [{"name": "people"}, {"name": "scal.er"}],
})

POLICY = """
alertmanagers: [{{url: 'http://127.0.0.1:{port}', receiver: scal.er}}]
policies:
- {{name: web, matchers: ['service="web"'], service: web, scale: +1, repeat: false, max: 10, return: {{after: 10m, by: 1}}}}
liveness: {{matchers: ['alertname="Watchdog"'], within: 3m}}
"""


def alert(name, service="web"):
    return {"labels": {"alertname": name, "service": service}, "annotations": {"text": "of " + name}}


class Alertmanagers(programs.Case):
    def setUp(self):
        super().setUp()
        self.manager = programs.real_alertmanager(self, "alertmanager", ROUTES)

    def post(self, path, value):
        said = programs.ask_json(self.manager.port, "POST", path, value)
        self.assertEqual(said.status, 200, said)

    def start_autoscaler(self):
        return programs.Autoscaler(self, "autoscaler", POLICY.format(port=self.manager.port)).start()

    def test_what_fires_there_and_is_routed_to_us_scales_from_the_start(self):
        self.post("/api/v2/alerts", [alert("Fires"), alert("Silenced"), alert("Elsewhere", service="db")])
        self.post("/api/v2/silences", {
            "matchers": [{"name": "alertname", "value": "Silenced", "isRegex": False}], "createdBy": "me", "comment": "",
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"})
        daemon = self.start_autoscaler()
        daemon.wait_for("it has the alert", lambda: daemon.alerts())
        self.assertEqual([each["labels"]["alertname"] for each in daemon.alerts()], ["Fires"])
        self.assertEqual(daemon.alerts()[0]["annotations"], {"text": "of Fires"})
        daemon.wait_for("it has scaled", lambda: "msg=scaled" in daemon.text())

    def test_one_that_is_not_there_yet_is_asked_until_it_answers(self):
        self.manager.kill()
        daemon = self.start_autoscaler()
        daemon.wait_for("it has missed it", lambda: "alertmanager does not answer" in daemon.text())
        self.manager.start()
        daemon.wait_for("it answers", lambda: "alertmanager answers again" in daemon.text())


if __name__ == "__main__":
    unittest.main()
