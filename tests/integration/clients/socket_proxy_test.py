#!/usr/bin/env python3
"""haproxy with stack/socket-proxy/haproxy.cfg between us and the engine: it permits each call that we make, and nothing
else. All that the daemon does goes through it here, and its log says which of its lines were needed."""
import collections
import http.client
import json
import os
import re
import socket
import socketserver
import threading
import unittest
import uuid

import programs

REPOSITORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
CONFIGURATION = os.path.join(REPOSITORY, "stack", "socket-proxy", "haproxy.cfg")

POLICY = """
policies:
- {alert: Broken, service: web, scale: +1, max: 10, cooldown: 0s, return: {after: 1h, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""


def content_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def calls_of_client():
    """name -> (method, pattern), from the table in swarm_client/calls.hpp."""
    table = content_of(os.path.join(REPOSITORY, "swarm_client", "calls.hpp"))
    rows = re.findall(r'inline constexpr engine_call (\w+)\{\s*"(\w+)",\s*"([^"]+)"', table)
    return {name: (method, pattern) for name, method, pattern in rows}


def calls_of_proxy():
    """name -> (method, expression)."""
    rows = re.findall(r"set-var\(txn\.call\) str\((\w+)\)\s+if \{ method (\w+) \}\s+\{ pathq -m reg (\S+) \}",
                      content_of(CONFIGURATION))
    return {name: (method, expression) for name, method, expression in rows}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=programs.PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def listens(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as each:
        return each.connect_ex(path) == 0


def proxy(case, engine_socket):
    made = case.start("haproxy", ["haproxy", "-db", "-f", CONFIGURATION],
                      {"ENGINE_SOCKET": engine_socket, "PROXY_SOCKET": case.path("docker.sock")})
    made.socket = case.path("docker.sock")
    made.wait_for("haproxy listens", lambda: listens(made.socket))
    return made


def log_of(haproxy):
    """(call, status, method, uri) of each finished request; the call is "-" for what was refused."""
    return re.findall(r'^call=(\S+) status=(\S+) method=(\S+) uri="?([^"\n]*)', haproxy.text(), re.MULTILINE)


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers 200 to whatever gets through, and counts it."""
    daemon_threads = True

    def __init__(self, case):
        self.heard = []
        engine = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline()
                while line and line not in (b"\r\n", b"\n"):
                    if b" HTTP/1." in line:
                        engine.heard.append(line.decode("latin-1").strip())
                    line = self.rfile.readline()
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        self.where = case.path("engine.sock")
        super().__init__(self.where, Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.server_close)
        case.addCleanup(self.shutdown)


REFUSED = [
    ("POST", "/v1.41/containers/create"), ("GET", "/v1.41/containers/json"), ("POST", "/v1.41/containers/x/exec"),
    ("POST", "/v1.41/exec/x/start"), ("POST", "/v1.41/services/create"), ("DELETE", "/v1.41/services/web"),
    ("GET", "/v1.41/secrets"), ("POST", "/v1.41/secrets/create"), ("GET", "/v1.41/images/json"), ("GET", "/v1.41/info"),
    ("GET", "/v1.41/swarm"), ("POST", "/v1.41/swarm/leave"), ("GET", "/v1.41/nodes"), ("POST", "/v1.41/nodes/x/update?version=1"),
    ("GET", "/v1.41/services/web/logs"), ("GET", "/v1.41/tasks/x"), ("GET", "/v1.41/tasks"), ("GET", "/v1.41/tasks/x/logs"),
    ("POST", "/v1.41/build"), ("POST", "/v1.41/session"), ("POST", "/grpc"), ("GET", "/v1.41/volumes"), ("GET", "/v1.41/networks"),
    # Without a version, or with another beginning.
    ("GET", "/services"), ("GET", "/version"), ("GET", "/v1.41/_ping"), ("GET", "/v/services"), ("GET", "/v1.41x/services"),
    ("GET", "//v1.41/services"), ("GET", "/x/v1.41/services"), ("HEAD", "/_ping"), ("GET", "/_ping?x=1"), ("GET", "/"),
    # The right path with another method, and the other way round.
    ("POST", "/v1.41/services"), ("PUT", "/v1.41/services/web/update?version=1"), ("GET", "/v1.41/services/web/update?version=1"),
    ("POST", "/v1.41/tasks?filters=x"), ("POST", "/_ping"), ("OPTIONS", "/v1.41/services"), ("HEAD", "/v1.41/services"),
    ("DELETE", "/v1.41/configs"), ("PUT", "/v1.41/configs/create"), ("GET", "/v1.41/configs/create"), ("GET", "/v1.41/configs/x"),
    # More in the query than we ask for.
    ("POST", "/v1.41/services/web/update"), ("POST", "/v1.41/services/web/update?version=1&rollback=previous"),
    ("POST", "/v1.41/services/web/update?rollback=previous&version=1"), ("POST", "/v1.41/services/web/update?version=1x"),
    ("GET", "/v1.41/services?filters=x&status=true"), ("GET", "/v1.41/services/web?insertDefaults=true"),
    ("GET", "/v1.41/events?since=0"), ("GET", "/v1.41/configs"), ("GET", "/v1.41/configs?filters=%7B%7D"),
    ("GET", "/v1.41/configs?filters=%7B%22name%22%3A%5B%22%22%5D%7D"), ("GET", "/v1.41/configs?filters=%7B%22name%22%3A%5B%22swarm%22%5D%7D"),
    ("GET", "/v1.41/configs?filters=%7B%22name%22%3A%5B%22swarm-autoscaler.%22%2C%22%22%5D%7D"), ("POST", "/v1.41/configs/create?x=1"),
    ("GET", "/v1.41/configs?filters=%7B%22name%22%3A%5B%22swarm-autoscaler.%22%5D%7D&filters=%7B%7D"),
    # Paths that mean another one to somebody.
    ("GET", "/v1.41/../containers/json"), ("GET", "/v1.41/services/../containers/json"), ("GET", "/v1.41/services/.."),
    ("GET", "/v1.41/services/%2e%2e"), ("GET", "/v1.41/services/..%2fcontainers%2fjson"), ("GET", "/v1.41/services/a%2flogs"),
    ("GET", "/v1.41/services/./web"), ("GET", "/v1.41/services/web/"), ("GET", "/v1.41/services//web"), ("GET", "/v1.41/services/"),
    ("GET", "/v1.41/services;/web"), ("GET", "/v1.41/services/web%00"), ("POST", "/v1.41/services/a/../create/update?version=1"),
    ("DELETE", "/v1.41/configs/..%2fsecrets%2fx"), ("DELETE", "/v1.41/configs/../secrets/x"), ("GET", "/V1.41/services"),
    ("GET", "/v1.41/Services"), ("GET", "http://engine/v1.41/containers/json"), ("GET", "http://engine/v1.41/services/../info"),
]


class Rules(programs.Case):
    def setUp(self):
        super().setUp()
        self.engine = Engine(self)
        self.haproxy = proxy(self, self.engine.where)

    def ask(self, method, path, headers=None):
        return programs.ask(0, method, path, headers=headers, connection=UnixConnection(self.haproxy.socket)).status

    def test_its_lines_are_the_calls_of_the_client_one_by_one(self):
        ours, theirs = calls_of_client(), calls_of_proxy()
        self.assertGreater(len(ours), 5)
        self.assertEqual(list(theirs), list(ours))
        self.assertEqual(content_of(CONFIGURATION).count("set-var(txn.call)"), len(theirs))
        for name, (method, pattern) in ours.items():
            with self.subTest(call=name):
                self.assertEqual(theirs[name][0], method)
                path = ("" if name == "ping" else "/v1.41") + pattern.replace("{id}", "k3j4l5")
                self.assertEqual(self.ask(method, path + self.query_of(theirs[name][1])), 200)
                self.haproxy.wait_for("it is told", lambda n=name: log_of(self.haproxy)[-1][0] == n)

    @staticmethod
    def query_of(expression):
        """A query that the line wants, if it wants any."""
        found = re.search(r"(?<!\()\[\?\](.*)\$$", expression)
        return "" if not found else "?" + found[1].replace("[^&]*", "%7B%7D").replace("[0-9]+", "17").replace("[.]", ".").replace("[a-zA-Z0-9_.-]*", "silence.x")

    def test_all_other_calls_are_refused_and_never_reach_the_engine(self):
        for method, path in REFUSED:
            with self.subTest(method=method, path=path):
                self.assertIn(self.ask(method, path), (400, 403))
        self.assertEqual(self.ask("GET", "/v1.41/services", {"Connection": "Upgrade", "Upgrade": "tcp"}), 403)
        self.assertEqual(self.ask("GET", "/v1.41/services", {"Connection": "Upgrade", "Upgrade": "h2c", "HTTP2-Settings": "AA"}), 403)
        self.assertEqual(self.engine.heard, [])

    def test_a_second_request_hidden_behind_the_first_is_judged_by_itself(self):
        for smuggled in (
            b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\nGET /v1.41/info HTTP/1.1\r\nHost: d\r\n\r\n",
            b"POST /v1.41/configs/create HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\nGET /v1.41/info HTTP/1.1\r\nHost: d\r\n\r\n",
            b"POST /v1.41/configs/create HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nContent-Length: 38\r\n\r\n"
            b"GET /v1.41/info HTTP/1.1\r\nHost: d\r\n\r\n",
        ):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(programs.PATIENCE)
                link.connect(self.haproxy.socket)
                link.sendall(smuggled)
                link.shutdown(socket.SHUT_WR)
                while link.recv(65536):
                    pass
        self.assertEqual([each for each in self.engine.heard if "info" in each], [])


class Work(programs.Case):
    def test_all_that_the_daemon_does_is_permitted_and_needs_each_line(self):
        swarm = programs.Autoscaler(self, "swarm", POLICY, "--storage.retention=3650d").start().ready()
        haproxy = proxy(self, swarm.socket_of_swarm())
        daemon = programs.Autoscaler(self, "autoscaler", POLICY, docker_host="unix://" + haproxy.socket).start().ready()
        self.assertEqual(daemon.ask_json("POST", "/api/v2/alerts", [{"labels": {"alertname": "Broken"}}]).status, 200)
        replicas = lambda: daemon.ask("GET", "/autoscaler/v1/services/web").json()["replicas"]
        daemon.wait_for("the service grows", lambda: replicas()["spec"] > 3)
        made = daemon.ask_json("POST", "/api/v2/silences", silence("a"))
        self.assertEqual(made.status, 200, made)
        id = made.json()["silenceID"]
        changed = {**daemon.ask("GET", "/api/v2/silence/" + id).json(), "comment": "b"}
        self.assertEqual(daemon.ask_json("POST", "/api/v2/silences", changed).json(), {"silenceID": id})
        # The other autoscaler reads them out of the same Swarm.
        swarm.wait_for("the silence is there, too",
                       lambda: [each["comment"] for each in swarm.ask("GET", "/api/v2/silences").json()] == ["b"])
        self.assertEqual(daemon.ask("DELETE", "/api/v2/silence/" + id).status, 200)
        make_old_silence(swarm.socket_of_swarm())
        pause = "/autoscaler/v1/services/web/pause"
        self.assertEqual(daemon.ask_json("PUT", pause, {"direction": "both", "for": "1h"}).status, 200)
        self.assertEqual(daemon.ask("DELETE", pause).status, 200)
        needed = set(calls_of_proxy())
        daemon.wait_for("each line is needed", lambda: needed <= {call for call, *_ in log_of(haproxy)})
        self.assertEqual(daemon.stop(), 0)
        log = log_of(haproxy)
        self.assertEqual([each for each in log if each[0] not in needed or each[1] == "403"], [], "nothing is refused")
        self.assertEqual(set(collections.Counter(call for call, *_ in log)), needed)

    def test_without_an_engine_behind_it_the_daemon_is_not_ready_and_recovers(self):
        haproxy = proxy(self, self.path("gone.sock"))
        daemon = programs.Autoscaler(self, "autoscaler", POLICY, docker_host="unix://" + haproxy.socket).start()
        daemon.wait_for("it says why", lambda: "503" in daemon.ask("GET", "/-/ready").text)
        swarm = programs.Autoscaler(self, "swarm", POLICY).start().ready()
        os.symlink(swarm.socket_of_swarm(), self.path("gone.sock"))
        daemon.ready()


def make_old_silence(engine):
    """The silence that the Swarm has, once more, but 200 days older: so it is removed as one that is long over."""
    def ask(method, path, value=None):
        return programs.ask(0, method, "/v1.41" + path, None if value is None else json.dumps(value),
                            {"Content-Type": "application/json"}, connection=UnixConnection(engine))

    spec = next(each["Spec"] for each in ask("GET", "/configs").json() if ".silence." in each["Spec"]["Name"])
    other = str(uuid.uuid4())
    name, old = spec["Name"], spec["Name"].rpartition(".")[2]
    text = json.dumps({**spec, "Name": name}).replace(old, other)
    made = ask("POST", "/configs/create", json.loads(re.sub(r"\b1\d{12}\b", lambda time: str(int(time[0]) - 200 * 86400000), text)))
    if made.status != 201:
        raise AssertionError(made)


def silence(comment):
    return {"matchers": [{"name": "alertname", "value": "Other", "isRegex": False, "isEqual": True}], "createdBy": "me",
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z", "comment": comment}


if __name__ == "__main__":
    unittest.main()
