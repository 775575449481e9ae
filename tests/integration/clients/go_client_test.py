#!/usr/bin/env python3
"""The Go client of Debian's alertmanager development package decodes and validates what we answer, step by step as what a
real Alertmanager answers. GO_CACHE may name a directory where builds are kept."""
import os
import time
import unittest

import programs

POLICY = """
policies:
- {alert: CpuHigh, service: web, scale: +1, max: 10, return: {after: 10m, by: 1}}
- {name: shop, matchers: ['alertname="Latency"', 'severity="warning"'], service: api, scale: +1, max: 20, on_resolved: revert}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "go_client", "main.go")
SLOW_BUILD = 300  # seconds; 10 are usual, and nothing is built twice


def build(case):
    """The package lies in Debian's GOPATH; nothing is downloaded."""
    out = case.path("go_client")
    began = time.monotonic()
    status, _, err = programs.run(["go", "build", "-o", out, SOURCE], timeout=SLOW_BUILD, environment={
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "-buildvcs=false", "GOPROXY": "off",
        "GOCACHE": os.environ.get("GO_CACHE", case.path("go_cache"))})
    if status != 0:
        raise AssertionError("the Go client is not built:\n" + err)
    print(f"built in {time.monotonic() - began:.1f} s")
    return out


class GoClient(programs.Case):
    def test_it_understands_us_as_it_understands_alertmanager(self):
        client = build(self)
        shown = programs.Autoscaler(self, "shown", POLICY).start().ready().ask("GET", "/api/v2/status").json()["config"]["original"]
        real = programs.real_alertmanager(self, "alertmanager", shown)
        status, expected, err = programs.run([client, f"127.0.0.1:{real.port}", ""])
        self.assertEqual((status, err), (0, ""), expected)
        self.assertGreater(len(expected.splitlines()), 20)
        for prefix in ("", "/alert"):
            with self.subTest(prefix=prefix):
                ours = programs.Autoscaler(self, "ours" + prefix.strip("/"), POLICY).start().ready()
                status, got, err = programs.run([client, f"127.0.0.1:{ours.port}", prefix])
                self.assertEqual((status, err), (0, ""), got)
                self.assertEqual(got, expected)
                self.assertEqual(ours.stop(), 0)


if __name__ == "__main__":
    unittest.main()
