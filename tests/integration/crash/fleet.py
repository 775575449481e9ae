"""A simulated Swarm in a process of its own, which keeps the record of what is done to its services while autoscalers
die and come back; and senders that repeat their alerts as Prometheus does."""
import datetime
import http.client
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import programs  # noqa: E402

# Its policy is about nothing: it only holds the Swarm.
IDLE = "policies: [{alert: Never, service: nobody, scale: +1, max: 2}]"
QUICK = {"orchestrate": "1ms", "schedule": "1ms", "prepare": "1ms", "start_delay": "1ms", "stop_time": "1ms"}


def timestamp(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat()


class UnixLink(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=programs.PATIENCE):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Step:
    """A change of the replicas, as the Swarm tells of it. `at` is its own time, in seconds."""

    def __init__(self, at, old, new):
        self.at, self.old, self.new = at, old, new

    def __repr__(self):
        return f"{self.old}->{self.new} at {self.at:.3f}"


class Swarm(programs.Autoscaler):
    """`services`: name -> replicas at the start."""

    def __init__(self, case, name, services):
        scenario = {"services": [{"name": each, "replicas": count, "start_delay": "2ms", "stop_grace": "2ms",
                                  "update": {"parallelism": 0, "monitor": "5ms"}} for each, count in services.items()],
                    "timing": QUICK, "task_limit": 100000}
        file = case.write(name + "-scenario.yml", json.dumps(scenario))
        super().__init__(case, name, IDLE, "--storage.path=", docker_host="simulated:" + file)
        self.words = [each for each in self.words if not each.startswith("--storage.path=/")]
        self.began = dict(services)
        self.known = {each: [] for each in services}
        self.changed = threading.Condition()

    def start(self):
        super().start().ready()
        self.socket = self.socket_of_swarm()
        threading.Thread(target=self.follow, daemon=True).start()
        return self

    @property
    def address(self):
        return "unix://" + self.socket

    def follow(self):
        link = UnixLink(self.socket, timeout=None)
        try:
            link.request("GET", "/v1.41/events?since=1")
            for line in link.getresponse():
                self.note(json.loads(line))
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the test is over

    def note(self, event):
        said = event.get("Actor", {}).get("Attributes", {})
        if event.get("Type") != "service" or "replicas.new" not in said:
            return
        with self.changed:
            self.known[said["name"]].append(
                Step(event["timeNano"] / 1e9, int(said["replicas.old"]), int(said["replicas.new"])))
            self.changed.notify_all()

    def steps(self, service):
        """All that the Swarm has told of by now; it tells at once."""
        with self.changed:
            return list(self.known[service])

    def counts(self, service):
        return [self.began[service]] + [each.new for each in self.steps(service)]

    def service(self, name):
        """As inspected."""
        return json.loads(programs.ask(0, "GET", "/v1.41/services/" + name, connection=UnixLink(self.socket)).body)

    def replicas(self, name):
        return self.service(name)["Spec"]["Mode"]["Replicated"]["Replicas"]

    def restarts(self, name):
        return self.service(name)["Spec"]["TaskTemplate"]["ForceUpdate"]

    def state(self, name):
        """What the state label says, {} where there is none."""
        return json.loads(self.service(name)["Spec"].get("Labels", {}).get("swarm.autoscaler.state", "{}"))


class Mortal(programs.Autoscaler):
    """An autoscaler of that Swarm, which may be told where to die."""

    def __init__(self, case, name, policy, swarm, stores, *flags, **options):
        super().__init__(case, name, policy, *([] if stores else ["--storage.path="]), *flags,
                         docker_host=swarm.address, **options)
        if not stores:
            self.words = [each for each in self.words if not each.startswith("--storage.path=/")]

    def start_doomed(self, failpoint):
        """Does not wait until it listens: it may not come that far."""
        self.environment["SWARM_AUTOSCALER_FAILPOINT"] = failpoint
        programs.Program.start(self)
        del self.environment["SWARM_AUTOSCALER_FAILPOINT"]

    def reasons(self, service):
        """Of its decisions about the service, newest first."""
        said = self.ask("GET", f"/autoscaler/v1/decisions?service={service}&limit=1000").json()
        return [each["reason"] for each in said["decisions"]]


class Sender(threading.Thread):
    """Repeats what it has to say every `rhythm` seconds to those ports, heard or not, until `end`: alerts as Prometheus
    sends them, or Alertmanager's webhook, which is repeated only until it is taken."""

    def __init__(self, ports, labels, webhook=False, rhythm=0.1, lasts=30):
        super().__init__(daemon=True)
        self.ports, self.labels, self.webhook, self.rhythm, self.lasts = ports, labels, webhook, rhythm, lasts
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.starts = self.resolved_at = None
        self.offset = 0  # of its clock, in seconds
        self.heard = 0  # how often the present state was taken

    def fire(self, starts=None):
        with self.lock:
            self.starts, self.resolved_at, self.heard = starts or self.now(), None, 0
        return self

    def resolve(self):
        with self.lock:
            self.resolved_at, self.heard = self.now(), 0
        return self

    def silent(self):
        """Says nothing any more, as one that has died."""
        with self.lock:
            self.starts = None
        return self

    def end(self):
        self.ending.set()
        self.join()

    def now(self):
        return time.time() + self.offset

    def message(self):
        with self.lock:
            starts, resolved_at = self.starts, self.resolved_at
        if starts is None:
            return None, None
        starts = min(starts, self.now())  # whoever evaluates rules by a clock that was set back starts anew
        alert = {"labels": self.labels, "startsAt": timestamp(starts), "annotations": {}}
        if self.webhook:
            word = "resolved" if resolved_at else "firing"
            alert.update(status=word, endsAt=timestamp(resolved_at) if resolved_at else "0001-01-01T00:00:00Z")
            return "/webhook", {"version": "4", "status": word, "alerts": [alert]}
        alert["endsAt"] = timestamp(resolved_at or self.now() + self.lasts)
        return "/api/v2/alerts", [alert]

    def say(self):
        path, body = self.message()
        if path is None:
            return
        for port in self.ports:
            try:
                taken = programs.ask_json(port, "POST", path, body).status == 200
            except (OSError, http.client.HTTPException):
                taken = False
            if taken:
                self.heard += 1

    def run(self):
        while not self.ending.wait(self.rhythm):
            if not (self.webhook and self.heard):
                self.say()


def judge_steps(case, swarm, service, cooldown, low, high, context=""):
    """No two steps of a direction are nearer than the cooldown, and none leaves the bounds. Two clocks are looked at: what
    the label says, to the millisecond; and the Swarm's own, in which a write may have been under way for a while."""
    steps = swarm.steps(service)
    said = f"{context}{service}: {steps}, label {swarm.state(service)}"
    for each in steps:
        case.assertTrue(low <= each.new <= high, said)
    for way in (1, -1):
        times = [each.at for each in steps if (each.new - each.old) * way > 0]
        for earlier, later in zip(times, times[1:]):
            case.assertGreaterEqual(later - earlier, cooldown - UNDER_WAY, said)
        noted = [t for t, change in swarm.state(service).get("e", []) if change * way > 0]
        for earlier, later in zip(noted, noted[1:]):
            case.assertGreaterEqual(later - earlier, cooldown * 1000, said)
    # The label's memory is the Swarm's own, as far back as it reaches.
    noted = [change for _, change in swarm.state(service).get("e", [])]
    if len(steps) <= len(noted):
        case.assertEqual(noted, [each.new - each.old for each in steps], said)


# Seconds between a decision and its arrival in the Swarm, on a machine that has much else to do.
UNDER_WAY = 0.5
