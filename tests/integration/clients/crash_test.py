#!/usr/bin/env python3
"""kill -9, again and again, while silences and webhook alerts are written: what was acknowledged is there afterwards."""
import http.client
import json
import random
import shutil
import threading
import unittest

import programs

POLICY = """
policies:
- {alert: Broken, service: web, scale: +1, max: 10, return: {after: 1h, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""
ROUNDS = 20
LEAST_ACKNOWLEDGED = 3 * ROUNDS


class Writer(threading.Thread):
    """Asks one thing after the other on one connection until the daemon dies. `known` is what it was told 200 for; what was
    under way when the daemon died may have happened, or may happen yet, and is in `doubtful` for ever."""

    def __init__(self, port, known, doubtful, acknowledged):
        super().__init__(daemon=True)
        self.port, self.known, self.doubtful, self.acknowledged = port, known, doubtful, acknowledged
        self.refused = []

    def run(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=programs.PATIENCE)
        try:
            while self.step(link):
                self.acknowledged.release()
        except (OSError, http.client.HTTPException):
            pass  # it was killed
        finally:
            link.close()

    def ask(self, link, method, path, value):
        link.request(method, path, json.dumps(value), {"Content-Type": "application/json"})
        said = link.getresponse()
        body = said.read()
        if said.status != 200:
            self.refused.append((method, path, said.status, body))
        return said.status == 200, body


class SilenceWriter(Writer):
    """known: id -> comment, or None for one that was expired. A change of one that is active has another start, so the old one
    ends and a new one begins; one that begins in the future is changed in place."""

    def step(self, link):
        living = sorted(id for id, comment in self.known.items() if comment and id not in self.doubtful)
        what = random.random()
        if living and what < 0.3:
            return self.expire(link, random.choice(living))
        return self.put(link, random.choice(living) if living and what < 0.6 else "")

    def put(self, link, id):
        active = self.known[id].startswith("active") if id else random.random() < 0.5
        comment = f"{'active' if active else 'pending'} {random.randrange(1 << 60):x}"
        if id:
            self.doubtful.add(id)
        done, body = self.ask(link, "POST", "/api/v2/silences", {
            "id": id, "comment": comment, "createdBy": "me", "endsAt": "2099-01-01T00:00:00Z",
            "startsAt": "2020-01-01T00:00:00Z" if active else "2098-01-01T00:00:00Z",
            "matchers": [{"name": "alertname", "value": "Other", "isRegex": False, "isEqual": True}]})
        if done:
            if id:
                self.doubtful.discard(id)
                self.known[id] = None
            self.known[json.loads(body)["silenceID"]] = comment
        return done

    def expire(self, link, id):
        self.doubtful.add(id)
        done, _ = self.ask(link, "DELETE", "/api/v2/silence/" + id, None)
        if done:
            self.doubtful.discard(id)
            self.known[id] = None
        return done


class AlertWriter(Writer):
    """known: number -> whether it fires."""
    written = 0

    def step(self, link):
        number = random.choice([each for each in range(200) if each not in self.doubtful])
        fires = random.random() < 0.7
        self.doubtful.add(number)
        # A new start each time: a copy of one that has ended would be dropped as late.
        self.written += 1
        minutes, seconds = divmod(self.written, 60)
        start = f"2020-01-01T{minutes // 60 % 24:02}:{minutes % 60:02}:{seconds:02}Z"
        done, _ = self.ask(link, "POST", "/webhook", {"version": "4", "status": "firing", "alerts": [{
            "status": "firing" if fires else "resolved", "labels": {"alertname": "Stored", "number": str(number)}, "annotations": {},
            "startsAt": start, "endsAt": "0001-01-01T00:00:00Z" if fires else "2020-01-02T00:00:00Z"}]})
        if done:
            self.doubtful.discard(number)
            self.known[number] = fires
        return done


class Crash(programs.Case):
    def setUp(self):
        super().setUp()
        self.seed = random.randrange(1 << 32)
        random.seed(self.seed)
        self.silences, self.doubtful_silences, self.alerts, self.doubtful_alerts = {}, set(), {}, set()

    def round(self, daemon):
        """Writes until some number of answers, then kills."""
        acknowledged = threading.Semaphore(0)
        writers = [SilenceWriter(daemon.port, self.silences, self.doubtful_silences, acknowledged),
                   AlertWriter(daemon.port, self.alerts, self.doubtful_alerts, acknowledged)]
        for each in writers:
            each.start()
        for _ in range(random.randrange(3, 12)):
            self.assertTrue(acknowledged.acquire(timeout=programs.PATIENCE), f"no answer\n{daemon.tail()}")
        daemon.kill()
        for each in writers:
            each.join(programs.PATIENCE)
            self.assertFalse(each.is_alive())
            self.assertEqual(each.refused, [])

    def check_silences(self, daemon):
        found = {each["id"]: each for each in daemon.ask("GET", "/api/v2/silences").json()}
        for id, comment in self.silences.items():
            if id in self.doubtful_silences:
                continue
            self.assertIn(id, found, f"a silence is lost, seed {self.seed}\n{daemon.tail()}")
            if comment is None:
                self.assertEqual(found[id]["status"]["state"], "expired", f"seed {self.seed}")
            else:
                self.assertEqual((found[id]["status"]["state"], found[id]["comment"]), (comment.split()[0], comment), f"seed {self.seed}")

    def check_alerts(self, daemon):
        listed = {int(each["labels"]["number"]) for each in daemon.alerts()}
        for number, fires in self.alerts.items():
            if number not in self.doubtful_alerts:
                self.assertEqual(number in listed, fires, f"alert {number}, seed {self.seed}\n{daemon.tail()}")

    def loop(self, daemon, settle):
        daemon.start()
        for _ in range(ROUNDS):
            self.round(daemon)
            daemon.start()
            self.check_alerts(daemon)
            settle()
            self.check_silences(daemon)
        self.assertGreater(len(self.silences) + len(self.alerts), LEAST_ACKNOWLEDGED)
        self.assertIn(None, self.silences.values())

    def test_with_a_swarm_nothing_acknowledged_is_lost_and_the_swarm_has_all_silences(self):
        swarm = programs.Autoscaler(self, "swarm", POLICY).start().ready()
        daemon = programs.Autoscaler(self, "autoscaler", POLICY, docker_host="unix://" + swarm.socket_of_swarm())
        # What Swarm alone has is read from there first.
        self.loop(daemon, lambda: self.soon(self.check_silences, daemon))
        self.soon(self.check_silences, swarm)
        daemon.kill()
        shutil.rmtree(self.path("autoscaler-data"))
        daemon.start().ready()
        self.soon(self.check_silences, daemon)
        self.assertEqual(daemon.stop(), 0)

    def test_without_a_swarm_local_storage_keeps_all(self):
        daemon = programs.Autoscaler(self, "autoscaler", POLICY, docker_host="unix://" + self.path("nothing.sock"))
        self.loop(daemon, lambda: None)
        self.assertEqual(daemon.stop(), 0)

    @staticmethod
    def soon(check, *values):
        """The check holds before the time is over."""
        def holds():
            try:
                check(*values)
                return True
            except AssertionError:
                return False

        try:
            programs.wait_until("the check", holds)
        except AssertionError:
            check(*values)  # and says why not


if __name__ == "__main__":
    unittest.main()
