#!/usr/bin/env python3
"""The machine's time jumps by an hour, either way, while the autoscaler runs and between two of its lives. The Swarm and
the senders keep the true time, and judge: no step comes twice, none is blocked for an hour, and an alert that only looks
over takes nothing away. Needs faketime, which cannot be loaded into a program with AddressSanitizer."""
import threading
import time
import unittest

import fleet
import programs

COOLDOWN = 2  # seconds
HOUR = 3600
LIVENESS = "liveness: {matchers: ['alertname=\"Watchdog\"'], within: 3m}\n"


class Trial(threading.Thread):
    """One service, and an autoscaler whose clock is set by set_clock()."""
    stores = True
    webhook = False
    at_first = 0  # what its clock is off by
    follows = False  # the sender runs on the machine whose clock jumps
    policy = f"alert: Broken, scale: +1, max: 99, cooldown: {COOLDOWN}s"

    def __init__(self, case, swarm, service, jump):
        super().__init__(daemon=True)
        self.case, self.swarm, self.service, self.jump = case, swarm, service, jump
        self.name = f"{type(self).__name__} {jump:+}"
        policy = LIVENESS + "policies:\n- {name: p, service: " + service + ", " + self.policy + "}\n"
        self.daemon_ = fleet.Mortal(case, service, policy, swarm, self.stores)
        self.clock = case.path(service + "-clock")
        self.daemon_.environment.update(
            LD_PRELOAD="/usr/$LIB/faketime/libfaketimeMT.so.1", FAKETIME_TIMESTAMP_FILE=self.clock, FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.sender = fleet.Sender([self.daemon_.port], {"alertname": "Broken", "of": service}, webhook=self.webhook, lasts=240)
        self.watchdog = fleet.Sender([self.daemon_.port], {"alertname": "Watchdog"}, lasts=240)
        self.fault = None

    def set_clock(self, offset):
        self.offset = offset
        self.case.write(self.service + "-clock", f"{offset:+}")
        if self.follows:
            self.sender.offset = self.watchdog.offset = offset

    def run(self):
        try:
            self.set_clock(self.at_first)
            for each in (self.sender, self.watchdog):
                self.case.addCleanup(each.end)
                each.start()
                each.fire()
            self.daemon_.start().ready()
            self.go_on()
        except BaseException as fault:  # pylint: disable=broad-except
            self.fault = AssertionError(f"{self.name}: {fault!r}\n{self.swarm.steps(self.service)}\n{self.daemon_.tail()}")
        finally:
            self.daemon_.kill()

    def steps(self):
        return self.swarm.steps(self.service)

    def expect(self, holds, what):
        if not holds:
            raise AssertionError(what)

    def until_steps(self, count, within=4 * COOLDOWN):
        """Far less than an hour."""
        self.daemon_.wait_for(f"{count} steps", lambda: len(self.steps()) >= count, within)

    def expect_paces(self, early):
        """So many steps at most come before the last one's cooldown is over in true time."""
        times = [each.at for each in self.steps()]
        near = sum(later - earlier < COOLDOWN - 0.1 for earlier, later in zip(times, times[1:]))
        self.expect(near <= early, f"{near} steps came early")
        self.expect(all(each.new == each.old + 1 for each in self.steps()), "a step down")


class Running(Trial):
    """Jumps right after a step, and after a while back: no step comes early or is missing."""

    def go_on(self):
        self.until_steps(1)
        self.set_clock(self.jump)
        self.until_steps(3)
        self.set_clock(0)
        self.until_steps(5)
        self.expect_paces(early=0)


class RunningByWebhook(Running):
    webhook = True


class RunningWithPrometheus(Running):
    follows = True


class Between(Trial):
    """Jumps while it is dead."""

    def go_on(self):
        for offset in (self.jump, 0):
            if self.fires():
                self.until_steps(len(self.steps()) + 1)
            self.daemon_.kill()
            self.set_clock(offset)
            self.daemon_.start().ready()
        self.until_steps(len(self.steps()) + 2)
        self.expect_paces(early=1)


    def fires(self):
        """Not where the sender's alerts are long over by this clock."""
        return self.follows or self.webhook or self.offset <= 0


class BetweenByWebhook(Between):
    webhook = True


class BetweenWithPrometheus(Between):
    follows = True
    stores = False


class BetweenWithPrometheusStored(Between):
    follows = True


class NothingIsLowered(Trial):
    """By this clock all of the alerts are over, and the senders go on saying so. When it is right again they fire anew, and
    that may be an episode of its own."""
    policy = "alert: Broken, scale: +2, max: 9, cooldown: 500ms, repeat: false, on_resolved: revert"
    more = 2  # episodes, at most: one for each time that the clock is set forward
    dies = False  # at a first look, an alert that is long over by our clock and one that fires by a slow one are the same

    def go_on(self):
        self.until_steps(1)
        for offset in (self.jump, 0):
            self.set_clock(offset)
            self.watch()
        for offset in (self.jump, 0) if self.dies else ():
            self.daemon_.kill()
            self.set_clock(offset)
            self.daemon_.start().ready()
            self.watch()

    def watch(self):
        """Much is heard meanwhile, and looked at."""
        heard = self.sender.heard + (0 if self.webhook else 15)
        self.daemon_.wait_for("alerts are taken", lambda: self.sender.heard >= heard)
        time.sleep(2)
        self.expect(all(each.new > each.old for each in self.steps()), "a step down")
        self.expect(len(self.steps()) <= 1 + self.more, "too many steps up")


class NothingIsReturned(NothingIsLowered):
    policy = "alert: Broken, scale: +2, max: 9, cooldown: 500ms, repeat: false, return: {after: 10m, by: 1}"


class NothingIsLoweredWithPrometheus(NothingIsLowered):
    follows = True
    dies = True


class NothingIsLoweredByWebhook(NothingIsLoweredWithPrometheus):
    webhook = True
    follows = False
    more = 0


class Restart(Trial):
    """An action has a clock of its own."""
    policy = f"alert: Broken, action: restart, action_cooldown: {COOLDOWN}s"
    webhook = True

    def go_on(self):
        for number in range(1, 4):
            self.daemon_.wait_for("a restart", lambda n=number: self.swarm.restarts(self.service) == n, 4 * COOLDOWN)
            self.set_clock(self.jump if number % 2 else 0)
            self.sender.resolve()
            self.daemon_.wait_for("the end is taken", lambda: self.sender.heard)
            self.sender.fire()
            self.daemon_.wait_for("the next is taken", lambda: self.sender.heard)


class Two(Trial):
    """Two autoscalers of one Swarm, whose clocks differ from the true time by `jump` and by as much the other way. Both hear
    all alerts."""

    @property
    def at_first(self):
        return self.jump

    def go_on(self):
        policy = "policies:\n- {name: p, service: " + self.service + ", " + self.policy + "}\n"
        other = fleet.Mortal(self.case, self.service + "-other", policy, self.swarm, False)
        other.environment = {**self.daemon_.environment, **other.environment,
                             "FAKETIME_TIMESTAMP_FILE": self.case.write(self.service + "-other-clock", f"{-self.jump:+}")}
        self.sender.ports.append(other.start().ready().port)
        self.until_steps(8, 20 * COOLDOWN)
        # Either may die, and the other goes on alone.
        self.daemon_.kill()
        programs.wait_until("more steps", lambda: len(self.steps()) >= 10, 20 * COOLDOWN)
        self.daemon_.start().ready()
        other.kill()
        self.until_steps(12, 20 * COOLDOWN)
        self.expect_paces(early=0)


class Clock(programs.Case):
    def run_all(self, kinds, jumps=(HOUR, -HOUR)):
        chosen = [(kind, jump) for kind in kinds for jump in jumps]
        names = [f"s{number}" for number in range(len(chosen))]
        swarm = fleet.Swarm(self, "swarm", {name: 2 for name in names}).start()
        trials = [kind(self, swarm, name, jump) for name, (kind, jump) in zip(names, chosen)]
        for each in trials:
            each.start()
        for each in trials:
            each.join()
        faults = [str(each.fault) for each in trials if each.fault]
        self.assertFalse(faults, "\n\n".join(faults))

    def test_a_jump_while_it_runs(self):
        self.run_all([Running, RunningByWebhook, RunningWithPrometheus, Restart])

    def test_a_jump_between_two_lives(self):
        self.run_all([Between, BetweenByWebhook, BetweenWithPrometheus, BetweenWithPrometheusStored])

    def test_two_whose_clocks_differ(self):
        self.run_all([Two], jumps=(5, -5))

    def test_what_only_looks_over_takes_nothing_away(self):
        self.run_all([NothingIsLowered, NothingIsLoweredByWebhook, NothingIsLoweredWithPrometheus, NothingIsReturned])


if __name__ == "__main__":
    unittest.main()
