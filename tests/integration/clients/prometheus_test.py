#!/usr/bin/env python3
"""One real Prometheus sends its alert to four autoscalers, each secured in its own way: with the right credentials it
arrives, firing and then resolved; with wrong ones it is dropped, and both sides count that."""
import http.server
import json
import threading
import unittest

import programs
import secured

POLICY = """
policies:
- {alert: Broken, service: web, scale: +1, max: 10, return: {after: 10m, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""

RULES = """
groups:
- name: test
  rules:
  - {alert: Broken, expr: 'broken > 0', labels: {severity: page}, annotations: {summary: 'of {{ $value }} <b>&'}}
"""


class Gauge:
    """An exporter of one number, `broken`."""

    def __init__(self, case):
        self.value = 1
        gauge = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"broken {gauge.value}\n".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)


def targets(fleet, case):
    """What Prometheus is told of each autoscaler: (port, path prefix, version, more, whether it gets in)."""
    password = {"username": "prom", "password": secured.PASSWORD}
    wrong_token = case.write("wrong", "wr0ng")
    ca = fleet.authority.certificate
    client = {"ca_file": ca, "cert_file": fleet.client[0], "key_file": fleet.client[1]}
    stranger = fleet.stranger.issue("stranger")
    tls = {"scheme": "https", "tls_config": {"ca_file": ca}}
    return [
        (fleet.plain, "", "v2", {}, True),
        (fleet.plain, "/alert", "v2", {}, True),
        (fleet.plain, "", "v1", {}, True),
        (fleet.plain, "alert/", "v1", {}, True),
        (fleet.authenticated, "", "v2", {"basic_auth": password}, True),
        (fleet.authenticated, "/alert", "v2", {"authorization": {"credentials_file": fleet.token_file}}, True),
        (fleet.authenticated, "", "v1", {"basic_auth": {**password, "password": "wr0ng"}}, False),
        (fleet.authenticated, "/alert", "v1", {"authorization": {"credentials_file": wrong_token}}, False),
        (fleet.tls, "", "v2", tls, True),
        (fleet.tls, "", "v1", {"scheme": "https", "tls_config": {"ca_file": fleet.stranger.certificate}}, False),
        (fleet.tls, "/alert", "v1", {}, False),
        (fleet.mutual, "/alert", "v2", {"scheme": "https", "tls_config": client}, True),
        (fleet.mutual, "", "v1", tls, False),
        (fleet.mutual, "/alert", "v1", {"scheme": "https", "tls_config": {
            "ca_file": ca, "cert_file": stranger[0], "key_file": stranger[1]}}, False),
    ]


def url_of(target):
    daemon, prefix, version, more, _ = target
    prefix = "/" + prefix.strip("/") if prefix else ""
    return f"{more.get('scheme', 'http')}://127.0.0.1:{daemon.port}{prefix}/api/{version}/alerts"


def configuration(gauge, all_targets):
    """JSON is YAML, too."""
    return json.dumps({
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms",
                   "external_labels": {"cluster": "test"}},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "gauge", "static_configs": [{"targets": [f"127.0.0.1:{gauge.port}"]}]}],
        "alerting": {"alertmanagers": [
            {"static_configs": [{"targets": [f"127.0.0.1:{daemon.port}"]}], "path_prefix": prefix,
             "api_version": version, **more}
            for daemon, prefix, version, more, _ in all_targets
        ]},
    })


class Prometheus(programs.Case):
    def setUp(self):
        super().setUp()
        self.gauge = Gauge(self)
        self.fleet = secured.Fleet(self, POLICY)
        self.targets = targets(self.fleet, self)
        self.write("rules.yml", RULES)
        self.port = programs.free_port()
        self.prometheus = self.start("prometheus", [
            "prometheus", "--config.file=" + self.write("prometheus.yml", configuration(self.gauge, self.targets)),
            "--storage.tsdb.path=" + self.path("tsdb"), f"--web.listen-address=127.0.0.1:{self.port}",
            "--rules.alert.resend-delay=500ms",
        ])

    def received(self, daemon, version, status):
        return programs.sample_of(self.fleet.metrics(daemon), "swarm_autoscaler_alerts_received_total",
                                  api=version, status=status)

    def counted(self, name, target):
        metrics = programs.ask(self.port, "GET", "/metrics").text
        return programs.sample_of(metrics, "prometheus_notifications_" + name, alertmanager=url_of(target))

    def arrives(self, status):
        for daemon, version in [(each[0], each[2]) for each in self.targets if each[4]]:
            self.prometheus.wait_for(f"{daemon.words[2]} hears by {version} that the alert is {status}",
                                     lambda d=daemon, v=version: self.received(d, v, status) > 0)

    def test_its_alerts_arrive_by_every_way_that_is_open_and_no_other(self):
        self.arrives("firing")
        for daemon in self.fleet.all:
            listed = self.fleet.ask(daemon, "/api/v2/alerts").json()
            self.assertEqual([each["labels"] for each in listed],
                             [{"alertname": "Broken", "cluster": "test", "instance": f"127.0.0.1:{self.gauge.port}",
                               "job": "gauge", "severity": "page"}])
            self.assertEqual(listed[0]["annotations"], {"summary": "of 1 <b>&"})
        self.gauge.value = 0
        self.arrives("resolved")
        for daemon in self.fleet.all:
            self.assertEqual(self.fleet.ask(daemon, "/api/v2/alerts").json(), [])
        self.check_counts()
        for daemon in self.fleet.all:
            self.check_metrics(daemon)
            self.assertEqual(daemon.stop(), 0)
            for secret in (secured.PASSWORD, secured.TOKEN, "wr0ng", secured.HASH):
                self.assertNotIn(secret, daemon.text())

    def check_counts(self):
        for target in self.targets:
            with self.subTest(target=url_of(target), more=target[3]):
                if target[4]:
                    self.assertGreater(self.counted("sent_total", target), 0)
                    self.assertEqual(self.counted("errors_total", target), 0)
                else:
                    self.assertGreater(self.counted("errors_total", target), 0)
        self.assertEqual(self.received(self.fleet.authenticated, "v1", "firing"), 0)
        self.assertGreaterEqual(self.fleet.refused(self.fleet.authenticated), 2)
        for daemon in (self.fleet.plain, self.fleet.tls, self.fleet.mutual):
            self.assertEqual(self.fleet.refused(daemon), 0)

    def check_metrics(self, daemon):
        status, out, err = programs.run(["promtool", "check", "metrics"], text_in=self.fleet.metrics(daemon))
        self.assertEqual((status, out, err), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
