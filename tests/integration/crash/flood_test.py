#!/usr/bin/env python3
"""100,000 alerts in the middle of an incident: it goes on being obeyed, nothing is scaled because of the many, and their end
is no reason to take away what the incident needs. How long it takes is nobody's promise."""
import random
import threading
import time
import unittest

import fleet
import programs

FLOOD = 100_000
COOLDOWN = 2  # seconds
MIB = 1 << 20
RESIDENT = 1024 * MIB  # of the process, a sanitizer's share included

# What fires without end has one step per cooldown, however many alerts it is. `web` is the incident's, `many` that of
# half of the flood; `calm` would be given back if nothing fired.
POLICY = f"""
liveness: {{matchers: ['alertname="Watchdog"'], within: 3m}}
policies:
- {{name: web, alert: Broken, service: web, scale: +1, max: 99, cooldown: {COOLDOWN}s, on_resolved: revert}}
- {{name: many, alert: Flood, service: many, scale: +1, max: 99, cooldown: {COOLDOWN}s, on_resolved: revert}}
- {{name: calm, alert: Flood, service: calm, scale: +1, max: 3, cooldown: 0s, repeat: false, return: {{after: 1h, by: 1}}}}
"""


class Flood(programs.Case):
    def setUp(self):
        super().setUp()
        self.seed = random.randrange(1 << 32)
        self.swarm = fleet.Swarm(self, "swarm", {"web": 2, "many": 2, "calm": 2}).start()

    def begin(self, *flags):
        self.daemon = fleet.Mortal(self, "autoscaler", POLICY, self.swarm, False, *flags).start().ready()
        for name in ("Broken", "Watchdog"):
            sender = fleet.Sender([self.daemon.port], {"alertname": name}, rhythm=0.2, lasts=240)
            self.addCleanup(sender.end)
            sender.fire().start()
            setattr(self, name.lower(), sender)
        self.daemon.wait_for("the first step", lambda: self.swarm.steps("web"))

    def pour(self, lasts, width=0):
        """The flood in bodies of 64 to 1000 from four clients; every second alert is one that a policy waits for. Returns how
        many bodies were answered by which status."""
        chance = random.Random(self.seed)
        numbers, bodies = iter(range(FLOOD)), []
        while batch := [next(numbers, None) for _ in range(chance.randrange(64, 1001))]:
            batch = [each for each in batch if each is not None]
            if not batch:
                break
            bodies.append(batch)
        answers, lock = {}, threading.Lock()

        def client():
            while True:
                with lock:
                    if not bodies:
                        return
                    batch = bodies.pop()
                ends = fleet.timestamp(time.time() + lasts)
                said = self.daemon.ask_json("POST", "/api/v2/alerts", [
                    {"labels": {"alertname": "Flood" if each % 2 else "Other", "n": str(each), "text": "x" * width},
                     "endsAt": ends} for each in batch]).status
                with lock:
                    answers[said] = answers.get(said, 0) + 1

        clients = [threading.Thread(target=client, daemon=True) for _ in range(4)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        return answers

    def more_steps(self, service, count=2):
        wanted = len(self.swarm.steps(service)) + count
        self.daemon.wait_for(f"more steps of {service}", lambda: len(self.swarm.steps(service)) >= wanted, 120)

    def judge(self, *services):
        for each in services:
            fleet.judge_steps(self, self.swarm, each, COOLDOWN, 2, 99, f"seed {self.seed}: ")
            self.assertTrue(all(step.new == step.old + 1 for step in self.swarm.steps(each)), self.swarm.steps(each))

    def sample(self, name):
        return programs.sample_of(self.daemon.metrics(), name)

    def test_the_incident_is_obeyed_and_the_end_of_the_flood_takes_nothing_away(self):
        self.begin()
        # They run out without a word: no all-clear, though the liveness alert is there, for the next five minutes.
        answers = self.pour(lasts=45)
        self.assertEqual(set(answers), {200}, answers)
        flooded = self.sample("swarm_autoscaler_alerts_active")
        print(f"{FLOOD} alerts in {sum(answers.values())} bodies: {flooded:.0f} fire,"
              f" {self.sample('swarm_autoscaler_alert_memory_bytes') / MIB:.0f} MiB of alerts,"
              f" {self.sample('process_resident_memory_bytes') / MIB:.0f} MiB resident")
        self.assertGreater(flooded, FLOOD)
        self.more_steps("web")
        self.more_steps("many")
        self.daemon.wait_for("they run out", lambda: self.sample("swarm_autoscaler_alerts_active") == 2, 120)
        steps = len(self.swarm.steps("many"))
        self.more_steps("web", 3)
        self.assertLessEqual(len(self.swarm.steps("many")), steps + 1)
        self.judge("web", "many")
        self.assertEqual(self.swarm.counts("calm"), [2, 3])
        self.assertIn("source_lost", self.daemon.reasons("many"))
        self.assertLess(self.sample("process_resident_memory_bytes"), RESIDENT)

    def test_a_small_memory_refuses_the_flood_and_not_the_incident(self):
        self.begin("--alerts.max-memory=4MiB")
        answers = self.pour(lasts=600, width=300)
        self.assertEqual(set(answers), {200, 503}, answers)
        self.assertGreater(self.sample("swarm_autoscaler_alerts_refused_total"), FLOOD / 2)
        self.assertLessEqual(self.sample("swarm_autoscaler_alert_memory_bytes"), 4 * MIB)
        mixed = [{"labels": {"alertname": "New", "text": "x" * 8192}}, *self.broken.message()[1]]
        self.assertEqual(self.daemon.ask_json("POST", "/api/v2/alerts", mixed).status, 503)
        heard = self.broken.heard
        self.daemon.wait_for("the incident is taken", lambda: self.broken.heard > heard + 1)
        self.more_steps("web", 3)
        self.judge("web", "many")
        self.broken.resolve()
        self.daemon.wait_for("it is given back", lambda: self.swarm.counts("web")[-1] == 2)


if __name__ == "__main__":
    unittest.main()
