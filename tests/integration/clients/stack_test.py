#!/usr/bin/env python3
"""The stacks that we ship, as docker and Prometheus read them."""
import pathlib
import re
import unittest

import programs

STACK = pathlib.Path(__file__).parents[3] / "stack"


class Stack(programs.Case):
    def merged(self, *files):
        words = ["docker", "stack", "config"]
        for each in files:
            words += ["-c", str(STACK / each)]
        status, text, faults = programs.run(words)
        self.assertEqual(status, 0, faults)
        return text

    def test_several_autoscalers_are_one_on_each_manager_and_find_each_other(self):
        text = self.merged("docker-compose.yml", "cluster/several.yml")
        service = re.search(r"^  autoscaler:\n(.*?)^  \w", text, re.M | re.S).group(1)
        self.assertIn("mode: global", service)
        self.assertNotIn("replicas:", service)  # docker would refuse both
        self.assertIn("node.role == manager", service)
        flags = re.findall(r"^ +- (--\S+)", service, re.M)
        self.assertIn("--cluster.peers=tasks.autoscaler:9093", flags)
        # They replace those of the stack of one.
        alone = set(re.findall(r'"(--[^"]+)"', (STACK / "docker-compose.yml").read_text(encoding="utf-8")))
        self.assertEqual({each for each in alone if "storage" in each or "config" in each} - set(flags), set())
        # And the daemon takes them.
        status, _, faults = programs.run([programs.OUR_PROGRAM, "serve", *flags])
        self.assertEqual(status, 2)
        self.assertIn("/etc/swarm-autoscaler/policy.yml:1:1: error: cannot read the file", faults)

    def test_prometheus_finds_each_of_several(self):
        for name in ("prometheus.yml", "cluster/prometheus.yml"):
            status, text, faults = programs.run(["promtool", "check", "config", "--syntax-only", str(STACK / name)])
            self.assertEqual(status, 0, text + faults)
        several = (STACK / "cluster/prometheus.yml").read_text(encoding="utf-8")
        alerting = several[several.index("alerting:"):several.index("scrape_configs:")]
        self.assertIn("tasks.autoscaler", alerting)


if __name__ == "__main__":
    unittest.main()
