#!/usr/bin/env python3
"""200 times kill -9 at random moments, while alerts fire all the time: by the Swarm's own record no step comes before its
time, none leaves the bounds, and in the end nothing is missing."""
import random
import threading
import time
import unittest

import fleet
import programs

KILLS = 200
LANES = 4  # side by side, each with an autoscaler of its own; every other one has local storage
LONGEST_LIFE = 0.3  # seconds from the moment at which it listens
NEAR = 0.1  # seconds between a kill and a write of that life, or of the next one

# Cooldowns of about a second that do not fall in with each other, so that each life meets some of their ends. The first
# ones come to their maximum on the way.
COOLDOWNS = [0.8, 0.9, 1.0, 1.1]
MAXIMA = [8, 14, 19, 24]


class Lane(threading.Thread):
    def __init__(self, case, swarm, number, chance):
        super().__init__(daemon=True)
        self.swarm, self.chance = swarm, chance
        self.services = names(number)
        policies = "".join(
            f"- {{alert: Broken, name: {each}, service: {each}, scale: +1, max: {most}, cooldown: {round(cooldown * 1000)}ms}}\n"
            for each, most, cooldown in zip(self.services, MAXIMA, COOLDOWNS))
        self.daemon_ = fleet.Mortal(case, f"lane{number}", "policies:\n" + policies, swarm, stores=number % 2 == 0)
        self.sender = fleet.Sender([self.daemon_.port], {"alertname": "Broken"}, rhythm=0.02).fire()
        case.addCleanup(self.sender.end)
        self.kills = []
        self.fault = None

    def run(self):
        self.sender.start()
        try:
            for _ in range(KILLS // LANES):
                self.daemon_.start()
                self.live()
                self.kills.append(time.time())
                self.daemon_.kill()
            self.daemon_.start().ready()
            for each, most in zip(self.services, MAXIMA):
                self.daemon_.wait_for(f"{each} comes to {most}", lambda each=each, most=most: self.swarm.counts(each)[-1] >= most)
        except BaseException as fault:  # pylint: disable=broad-except
            self.fault = f"{fault!r}\n{self.daemon_.tail()}"

    def live(self):
        """For a while from the moment at which it listens; or to the next write that the Swarm tells of, while one is to
        come: the answer is under way then, or has just been read."""
        if self.chance.random() < 0.4 or all(self.swarm.counts(each)[-1] >= most for each, most in zip(self.services, MAXIMA)):
            time.sleep(self.chance.uniform(0, LONGEST_LIFE))
            return
        before = self.written()
        with self.swarm.changed:
            self.swarm.changed.wait_for(lambda: self.written() > before, timeout=2)
        time.sleep(self.chance.choice([0, self.chance.uniform(0, 0.03)]))

    def written(self):
        return sum(len(self.swarm.known[each]) for each in self.services)

    def kills_near_writes(self):
        writes = [step.at for each in self.services for step in self.swarm.steps(each)]
        return sum(any(abs(at - kill) < NEAR for at in writes) for kill in self.kills)


def names(lane):
    return [f"lane{lane}-{number}" for number in range(len(MAXIMA))]


class Kills(programs.Case):
    def test_no_kill_doubles_or_loses_a_step(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        swarm = fleet.Swarm(self, "swarm", {each: 1 for lane in range(LANES) for each in names(lane)}).start()
        lanes = [Lane(self, swarm, number, random.Random(f"{seed} {number}")) for number in range(LANES)]
        for each in lanes:
            each.start()
        for each in lanes:
            each.join()
        self.assertEqual([each.fault for each in lanes if each.fault], [], f"seed {seed}")
        for lane in lanes:
            for each, most, cooldown in zip(lane.services, MAXIMA, COOLDOWNS):
                self.assertEqual(swarm.counts(each), list(range(1, most + 1)), f"{each}, seed {seed}")
                fleet.judge_steps(self, swarm, each, cooldown, 1, most, f"seed {seed}: ")
        near = sum(each.kills_near_writes() for each in lanes)
        print(f"{KILLS} kills, {near} of them within {NEAR} s of a write")
        self.assertGreater(near, KILLS * 2 // 5, f"the kills miss the writes, seed {seed}")


if __name__ == "__main__":
    unittest.main()
