"""Real programs on free ports of loopback, each in a directory of its own. They end with the test, however it ends."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PATIENCE = 30  # seconds; a machine that builds at the same time is slow

OUR_PROGRAM = os.environ.get("SWARM_AUTOSCALER", "")


def free_port():
    """A port that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as each:
        each.bind(("127.0.0.1", 0))
        return each.getsockname()[1]


def wait_until(what, condition, seconds=PATIENCE):
    """What the condition says as soon as it says something true; fails, naming `what`, when the time is over."""
    limit = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > limit:
            raise AssertionError(f"waited {seconds} s in vain: {what}; last: {found!r}")
        time.sleep(0.05)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


def ask(port, method, path, body=None, headers=None, timeout=PATIENCE, connection=None):
    """One request on a connection of its own, or on that one, over TLS perhaps."""
    link = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        link.request(method, path, body, headers or {})
        said = link.getresponse()
        return Answer(said.status, said.headers, said.read())
    finally:
        link.close()


def ask_json(port, method, path, value, headers=None):
    return ask(port, method, path, json.dumps(value), {"Content-Type": "application/json", **(headers or {})})


def answers(port, path, status=200):
    try:
        return ask(port, "GET", path, timeout=5).status == status
    except (OSError, http.client.HTTPException):
        return False


def run(words, timeout=PATIENCE, text_in=None, environment=None):
    """A command until it ends: (exit status, stdout, stderr)."""
    done = subprocess.run(
        words, input=text_in, capture_output=True, text=True, timeout=timeout, check=False, env=environment
    )
    return done.returncode, done.stdout, done.stderr


class Program:
    """A program that runs. `start` may be called again after `kill` or `stop`."""

    def __init__(self, directory, name, words, environment=None):
        self.log = os.path.join(directory, name + ".log")
        self.words = words
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            # The kernel ends it when this test dies.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.words],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment,
            )
        return self

    def wait_for(self, what, condition, seconds=PATIENCE):
        def holds():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.words[0]} ended with {self.process.returncode}:\n{self.tail()}")
            return condition()

        try:
            return wait_until(what, holds, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.tail()}") from None

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, seconds=PATIENCE):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def tail(self):
        return self.text()[-3000:]


class Case(unittest.TestCase):
    """A test with a directory and programs of its own."""

    maxDiff = None

    def setUp(self):
        # Short, for the path of a unix socket ends at 107 bytes.
        self.directory = tempfile.mkdtemp(prefix="clients-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content)
        return self.path(name)

    def start(self, name, words, environment=None):
        made = Program(self.directory, name, words, environment)
        self.addCleanup(made.kill)
        return made.start()


class Autoscaler(Program):
    """Our daemon. By default with a simulated Swarm, storage of its own, and a free port."""

    def __init__(self, case, name, policy, *flags, docker_host="simulated:", port=None, scheme="http"):
        if not OUR_PROGRAM:
            raise AssertionError("SWARM_AUTOSCALER names no program")
        self.port = port or free_port()
        self.docker_home = case.path(name + "-tmp")
        os.makedirs(self.docker_home, exist_ok=True)
        words = [
            OUR_PROGRAM, "serve",
            "--config.file=" + case.write(name + ".yml", policy),
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--storage.path=" + case.path(name + "-data"),
            "--docker.host=" + docker_host,
            *flags,
        ]
        super().__init__(case.directory, name, words, {"TMPDIR": self.docker_home})
        self.scheme = scheme
        case.addCleanup(self.kill)

    def start(self):
        super().start()
        self.wait_for("our daemon listens", self.listens)
        return self

    def listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as each:
            return each.connect_ex(("127.0.0.1", self.port)) == 0

    def ready(self):
        self.wait_for("our daemon is ready", lambda: answers(self.port, "/-/ready"))
        return self

    def socket_of_swarm(self):
        """The engine's socket of a daemon that holds a simulated Swarm."""
        found = [os.path.join(self.docker_home, each, "docker.sock") for each in os.listdir(self.docker_home)]
        return next(path for path in found if os.path.exists(path))

    def ask(self, method, path, body=None, headers=None):
        return ask(self.port, method, path, body, headers)

    def ask_json(self, method, path, value, headers=None):
        return ask_json(self.port, method, path, value, headers)

    def alerts(self, query=""):
        said = self.ask("GET", "/api/v2/alerts" + query)
        if said.status != 200:
            raise AssertionError(f"GET /api/v2/alerts{query}: {said!r}")
        return said.json()

    def metrics(self):
        return self.ask("GET", "/metrics").text


def real_alertmanager(case, name, configuration, *flags):
    """Alertmanager 0.25, the oracle; its port is in `port`."""
    port = free_port()
    made = case.start(name, [
        "prometheus-alertmanager",
        "--config.file=" + case.write(name + ".yml", configuration),
        "--storage.path=" + case.path(name + "-data"),
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        *flags,
    ])
    made.port = port
    made.wait_for("Alertmanager answers", lambda: answers(port, "/-/ready"))
    return made


def sample_of(metrics, name, **labels):
    """The value of one sample in the text format; 0 where there is none."""
    for line in metrics.splitlines():
        if line.startswith((name + " ", name + "{")) and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return 0.0
