#!/usr/bin/env python3
"""The daemon dies at each named moment around a write or a commit, in the middle of each thing it does, with local
storage and without. It starts again, and the Swarm's own record says that each step was made once, and in its time."""
import signal
import threading
import time
import unittest

import fleet
import programs

COOLDOWN = 2  # seconds
AROUND_WRITES = ("before_send", "sent", "read")
# The first ones of a start read and prune. Then memories are kept every 5 s, and webhook alerts before their answer.
AROUND_COMMITS = tuple(f"{point}:{number}" for point in ("before_commit", "after_commit") for number in (2, 3, 4))


class Trial(threading.Thread):
    """One service, one autoscaler, one death. The trials of a test run side by side."""
    replicas = 2
    webhook = False

    def __init__(self, case, swarm, service, failpoint, stores):
        super().__init__(daemon=True)
        self.case, self.swarm, self.service, self.failpoint, self.stores = case, swarm, service, failpoint, stores
        self.name = f"{type(self).__name__} {failpoint} {'with' if stores else 'without'} storage"
        policy = "policies:\n- {name: p, service: " + service + ", " + self.policy + "}\n"
        self.daemon_ = fleet.Mortal(case, service, policy, swarm, stores)
        self.sender = fleet.Sender([self.daemon_.port], {"alertname": "Broken", "of": service}, webhook=self.webhook)
        case.addCleanup(self.sender.end)
        self.fault = None

    def run(self):
        try:
            self.sender.start()
            self.prepare()
            self.die()
            self.go_on()
        except BaseException as fault:  # pylint: disable=broad-except
            self.fault = AssertionError(f"{self.name}: {fault!r}\n{self.swarm.steps(self.service)}\n{self.daemon_.tail()}")
        finally:
            self.sender.silent()
            self.daemon_.kill()

    def prepare(self):
        self.sender.fire()

    def die(self):
        self.daemon_.start_doomed(self.failpoint)
        programs.wait_until(f"{self.name} dies", lambda: self.daemon_.process.poll() is not None)
        self.expect(self.daemon_.process.returncode == -signal.SIGKILL, f"status {self.daemon_.process.returncode}")
        self.daemon_.process.wait()
        # What was sent is the Swarm's, whoever has died meanwhile.
        if self.failpoint == "before_send":
            self.expect(not self.wrote(), "nothing was sent")
        elif self.failpoint in AROUND_WRITES:
            programs.wait_until(f"{self.name}: the write arrives", self.wrote)

    def wrote(self):
        """Whether the Swarm has the write at which the daemon is to die."""
        return len(self.swarm.steps(self.service)) > self.prepared()

    def prepared(self):
        """Steps before that write."""
        return 0

    def again(self):
        self.daemon_.start().ready()

    def expect(self, holds, what):
        if not holds:
            raise AssertionError(what)

    def until(self, what, condition):
        self.daemon_.wait_for(f"{self.name}: {what}", condition)

    def until_heard(self, times=2):
        """The sender's present state was taken since."""
        wanted = 1 if self.webhook else self.sender.heard + times
        self.until("alerts are taken", lambda: self.sender.heard >= wanted)

    def until_reason(self, reason):
        self.until(reason, lambda: reason in self.daemon_.reasons(self.service))

    def until_counts(self, counts):
        self.until(f"counts {counts}", lambda: self.swarm.counts(self.service)[-1] == counts[-1] and
                   len(self.swarm.steps(self.service)) >= len(counts) - 1)
        self.expect_counts(counts)

    def expect_counts(self, counts):
        self.expect(self.swarm.counts(self.service) == counts, f"counts {self.swarm.counts(self.service)}, not {counts}")

    def judge(self, low, high):
        fleet.judge_steps(self.case, self.swarm, self.service, COOLDOWN, low, high, self.name + " ")


class Up(Trial):
    """Fires on: a step per cooldown, to the maximum."""
    policy = f"alert: Broken, scale: +1, max: 4, cooldown: {COOLDOWN}s"

    def go_on(self):
        self.again()
        self.until_counts([2, 3, 4])
        self.until_reason("at_max")
        self.expect_counts([2, 3, 4])
        self.judge(2, 4)


class WebhookUp(Up):
    webhook = True


class Once(Trial):
    """Fires on, and the rule acts once in an episode."""
    policy = f"alert: Broken, scale: +2, max: 9, cooldown: {COOLDOWN}s, repeat: false"

    def go_on(self):
        self.again()
        self.until_counts([2, 4])
        self.until_reason("already_acted")
        time.sleep(COOLDOWN)  # a second step would come now
        self.until_heard()
        self.expect_counts([2, 4])
        self.judge(2, 4)


class WebhookOnce(Once):
    webhook = True


class ResolvedMeanwhile(Trial):
    """The alert is over when the daemon is back: what was given is taken back once, and no step comes of what was not."""
    policy = "alert: Broken, scale: +2, max: 9, cooldown: 500ms, repeat: false, on_resolved: revert"

    def go_on(self):
        self.sender.resolve()
        acted = self.wrote()
        self.again()
        expected = [2, 4, 2] if acted else [2]
        self.until_counts(expected)
        self.daemon_.kill()
        self.again()
        self.until_heard(4)
        self.expect_counts(expected)
        # The next episode is a whole one.
        self.sender.fire()
        self.until_counts([*expected, 4])
        self.sender.resolve()
        self.until_counts([*expected, 4, 2])


class Revert(Trial):
    """Dies while it takes back."""
    policy = "alert: Broken, scale: +2, max: 9, cooldown: 500ms, repeat: false, on_resolved: revert"

    def prepare(self):
        self.sender.fire()
        self.again()
        self.until_counts([2, 4])
        self.until_reason("already_acted")
        self.daemon_.kill()
        self.sender.resolve()

    def prepared(self):
        return 1

    def go_on(self):
        self.again()
        self.until_counts([2, 4, 2])
        self.until_heard(4)
        self.daemon_.kill()
        self.again()
        self.until_heard(4)
        self.expect_counts([2, 4, 2])


class Return(Trial):
    """Nothing fires: steps down, each after its cooldown."""
    replicas = 4
    policy = f"alert: Broken, scale: +1, min: 2, max: 9, cooldown: {COOLDOWN}s, return: {{after: 1s, by: 1}}"

    def prepare(self):
        pass

    def go_on(self):
        self.again()
        self.until_counts([4, 3, 2])
        self.judge(2, 4)


class Restart(Trial):
    """All tasks are placed anew, once in an episode."""
    policy = f"alert: Broken, action: restart, action_cooldown: {COOLDOWN}s"

    def wrote(self):
        return self.swarm.restarts(self.service) > 0

    def go_on(self):
        self.again()
        self.until("the restart", lambda: self.swarm.restarts(self.service) == 1)
        self.until_reason("already_acted")
        time.sleep(COOLDOWN)  # a second one would come now
        self.until_heard()
        self.expect(self.swarm.restarts(self.service) == 1, "restarted twice")
        self.sender.resolve()
        self.until_heard()
        self.until_reason("no_signal")
        self.sender.fire()
        self.until("the next episode's restart", lambda: self.swarm.restarts(self.service) == 2)
        self.until_heard()
        self.expect(self.swarm.restarts(self.service) == 2 and not self.swarm.steps(self.service), "one too many")


class Failpoints(programs.Case):
    def run_all(self, chosen):
        """chosen: (kind of trial, failpoint, whether it stores)."""
        names = [f"s{number}" for number in range(len(chosen))]
        swarm = fleet.Swarm(self, "swarm", {name: kind.replicas for name, (kind, _, _) in zip(names, chosen)}).start()
        trials = [kind(self, swarm, name, point, stores) for name, (kind, point, stores) in zip(names, chosen)]
        for each in trials:
            each.start()
        for each in trials:
            each.join()
        faults = [str(each.fault) for each in trials if each.fault]
        self.assertFalse(faults, "\n\n".join(faults))

    def test_death_around_a_write(self):
        self.run_all([(kind, point, stores) for kind in (Up, Once, ResolvedMeanwhile, Revert, Return, Restart)
                      for point in AROUND_WRITES for stores in (True, False)])

    def test_death_around_a_commit(self):
        self.run_all([(kind, point, True) for kind in (Up, Once, WebhookUp, WebhookOnce) for point in AROUND_COMMITS])

    def test_a_failpoint_that_nobody_knows_is_refused(self):
        for text in ("sent:0", "sent:x", "sent:1x", "nowhere", ":1"):
            swarm = programs.Autoscaler(self, "refused", fleet.IDLE)
            swarm.environment["SWARM_AUTOSCALER_FAILPOINT"] = text
            programs.Program.start(swarm)
            self.assertEqual(swarm.process.wait(programs.PATIENCE), 2, text)
            self.assertIn(f'"{text}" is no failpoint', swarm.text())


if __name__ == "__main__":
    unittest.main()
