#!/usr/bin/env python3
"""Senders that die, repeat themselves, come late or in the wrong order, around deaths of our own: by the Swarm's record each
episode is acted on once and given back once."""
import time
import unittest

import fleet
import programs

# A step by an alert, given back when it is resolved. `mark` shows that what came before it was dealt with.
POLICY = """
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
policies:
- {name: web, alert: Broken, service: web, scale: +2, max: 99, cooldown: 100ms, repeat: false, on_resolved: revert}
- {name: steady, alert: Steady, service: steady, scale: +1, max: 99, cooldown: 1s}
- {name: mark, alert: Mark, service: mark, scale: +1, max: 99, cooldown: 0s, repeat: false}
"""


CLOCK_TOLERANCE = 10  # seconds


class Senders(programs.Case):
    def setUp(self):
        super().setUp()
        self.swarm = fleet.Swarm(self, "swarm", {"web": 2, "steady": 2, "mark": 1}).start()
        self.daemon = fleet.Mortal(self, "autoscaler", POLICY, self.swarm, True).start().ready()
        self.began = time.time()

    def sender(self, name="Broken", webhook=False, lasts=240):
        made = fleet.Sender([self.daemon.port], {"alertname": name}, webhook=webhook, lasts=lasts)
        self.addCleanup(made.end)
        made.start()
        return made

    def api(self, over, starts, name="Broken"):
        """One notice; `starts` in seconds from the beginning of the test."""
        ends = fleet.timestamp(time.time() + (-0.05 if over else 240))
        self.taken("/api/v2/alerts", [{"labels": {"alertname": name}, "endsAt": ends,
                                       "startsAt": fleet.timestamp(self.began + starts)}])

    def webhook(self, over, starts, name="Broken"):
        word = "resolved" if over else "firing"
        self.taken("/webhook", {"version": "4", "status": word, "alerts": [{
            "labels": {"alertname": name}, "status": word, "startsAt": fleet.timestamp(self.began + starts),
            "endsAt": fleet.timestamp(time.time()) if over else "0001-01-01T00:00:00Z"}]})

    def taken(self, path, body):
        said = self.daemon.ask_json("POST", path, body)
        self.assertEqual(said.status, 200, said)

    def settle(self):
        """Whatever was heard has been decided, and more than the cooldown has gone by."""
        for _ in range(2):
            self.webhook(over=False, starts=time.time() - self.began, name="Mark")
            self.daemon.wait_for("the mark", lambda: self.daemon.reasons("mark")[:1] == ["already_acted"])
            self.webhook(over=True, starts=time.time() - self.began, name="Mark")
            self.daemon.wait_for("its end", lambda: self.daemon.reasons("mark")[:1] == ["no_signal"])
            time.sleep(0.2)

    def restart(self):
        self.daemon.kill()
        self.daemon.start().ready()

    def expect(self, *counts):
        self.settle()
        self.assertEqual(self.swarm.counts("web"), list(counts), self.daemon.tail())

    def until(self, *counts):
        self.daemon.wait_for(f"counts {counts}", lambda: self.swarm.counts("web")[-1] == counts[-1])
        self.expect(*counts)

    def test_of_two_prometheus_one_dies(self):
        dying, living = self.sender(lasts=2), self.sender()
        watchdogs = [self.sender("Watchdog") for _ in range(2)]
        for each in (dying, *watchdogs):
            each.fire()
        self.until(2, 4)
        living.fire(time.time() + 0.5)
        programs.wait_until("both are heard", lambda: dying.heard > 2 and living.heard > 2)
        self.expect(2, 4)
        for each in (dying, watchdogs[0]):
            each.silent()
        time.sleep(2.5)  # what it has said has run out
        self.expect(2, 4)
        # It comes back, and has forgotten since when; then it is the first to see the end, and dies again.
        dying.fire()
        self.expect(2, 4)
        dying.resolve()
        programs.wait_until("the end is heard", lambda: dying.heard > 2)
        self.expect(2, 4)
        dying.silent()  # to one that has just started, whoever speaks first is all that there is
        self.restart()
        self.expect(2, 4)
        living.resolve()
        self.until(2, 4, 2)
        self.restart()
        programs.wait_until("the end is heard again", lambda: living.heard > 2)
        self.expect(2, 4, 2)

    def test_the_only_prometheus_dies_and_nothing_is_taken_away(self):
        alert, watchdog = self.sender(lasts=2), self.sender("Watchdog", lasts=2)
        for each in (alert, watchdog):
            each.fire()
        self.until(2, 4)
        for each in (alert, watchdog):
            each.silent()
        self.daemon.wait_for("it is missed", lambda: self.daemon.reasons("web")[0] == "source_lost")
        self.restart()
        self.expect(2, 4)
        watchdog.fire()  # back, and not yet sure of anything
        self.expect(2, 4)
        alert.fire(self.began)
        alert.resolve()
        self.until(2, 4, 2)

    def test_notices_in_another_order(self):
        for say in (self.api, self.webhook):
            before = self.swarm.counts("web")
            # The end overtakes the beginning.
            say(over=True, starts=-5)
            say(over=False, starts=-5)
            self.expect(*before)
            # The end of an earlier episode comes in the middle of a later one.
            begin = time.time() - self.began
            say(over=False, starts=begin)
            self.until(*before, 4)
            if say == self.api:
                say(over=True, starts=-5)
                self.expect(*before, 4)
            # The beginning comes once more after the end, before a death of ours and after it.
            say(over=True, starts=begin)
            self.until(*before, 4, 2)
            say(over=False, starts=begin)
            self.expect(*before, 4, 2)

    def test_a_webhook_is_obeyed_across_deaths_until_its_end_is_told_once(self):
        alert, steady = self.sender(webhook=True), self.sender("Steady", webhook=True)
        for each in (alert, steady):
            each.fire()
        self.until(2, 4)
        for _ in range(3):
            self.restart()
            steps = len(self.swarm.steps("steady"))
            self.daemon.wait_for("another step, though nobody repeats it", lambda s=steps: len(self.swarm.steps("steady")) > s)
        self.expect(2, 4)
        for each in (alert, steady):
            each.resolve()
        self.daemon.wait_for("the end is taken", lambda: alert.heard and steady.heard)
        steps = len(self.swarm.steps("steady"))
        self.until(2, 4, 2)
        self.restart()
        self.expect(2, 4, 2)
        self.assertLessEqual(len(self.swarm.steps("steady")), steps + 1)
        fleet.judge_steps(self, self.swarm, "steady", 1, 2, 99)

    def test_an_end_that_is_told_while_we_are_dead_is_taken_afterwards(self):
        for webhook in (False, True):
            before = self.swarm.counts("web")
            alert = self.sender(webhook=webhook).fire()
            self.until(*before, 4)
            self.daemon.kill()
            # Nearer to the beginning than clocks may differ, it could be the end of an episode before.
            time.sleep(CLOCK_TOLERANCE)
            alert.resolve()
            self.daemon.start().ready()
            self.until(*before, 4, 2)
            alert.end()


if __name__ == "__main__":
    unittest.main()
