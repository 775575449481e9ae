#!/usr/bin/env python3
"""container_exporter.py SOCKET ADDRESS:PORT: the CPU time of an engine's running containers, for Prometheus.

It stands in for cAdvisor, which Debian does not package: the same metric under the same name and labels, of which
a policy's query uses container_label_com_docker_swarm_service_name. It runs on the node, as cAdvisor does in its
privileged container: it reads the cgroups of the containers (version 1 or 2) and asks the engine for their names.
"""
import http.client
import http.server
import json
import re
import socket
import sys

METRIC = "container_cpu_usage_seconds_total"
CGROUPS = "/sys/fs/cgroup"
ENGINE_SECONDS = 5  # Below any scrape timeout that makes sense: a late answer helps nobody.


class EngineConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=ENGINE_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(socket_path, what):
    """The engine's answer, or None where it has none: a container may be gone by now."""
    connection = EngineConnection(socket_path)
    try:
        connection.request("GET", what)
        answer = connection.getresponse()
        text = answer.read()
        return json.loads(text) if answer.status == 200 else None
    finally:
        connection.close()


def meter_of(pid):
    """The file that counts the CPU time of a process's cgroup, the key in it, and how many of its units are a second."""
    paths = {}
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            for controller in controllers.split(","):
                paths[controller] = path
    if "cpuacct" in paths:
        return f"{CGROUPS}/cpuacct{paths['cpuacct']}/cpuacct.usage", None, 1e9
    return f"{CGROUPS}{paths['']}/cpu.stat", "usage_usec", 1e6


def seconds_of(meter):
    name, key, unit = meter
    with open(name, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if key is None or words[0] == key:
                return int(words[-1]) / unit
    raise ValueError(f"{name} has no {key}")


def label_text(labels):
    def quoted(value):
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    return ",".join(f'{name}="{quoted(value)}"' for name, value in sorted(labels.items()))


def labels_of(container):
    labels = {"container_label_" + re.sub(r"[^a-zA-Z0-9_]", "_", name): value
              for name, value in container["Labels"].items()}
    labels.update(id="/docker/" + container["Id"], image=container["Image"], name=container["Names"][0].lstrip("/"),
                  cpu="total")
    return label_text(labels)


class Exporter:
    def __init__(self, socket_path):
        self.socket_path = socket_path
        self.meters = {}  # By container; one that starts again gets a new cgroup, and its old one cannot be read.

    def sample(self, container):
        """The line of one container; None when it ended while we looked."""
        key = container["Id"]
        try:
            if key not in self.meters:
                known = ask(self.socket_path, f"/containers/{key}/json")
                if not known or not known["State"]["Pid"]:
                    return None
                self.meters[key] = meter_of(known["State"]["Pid"])
            return f"{METRIC}{{{labels_of(container)}}} {seconds_of(self.meters[key]):.9f}\n"
        except (OSError, ValueError, KeyError):
            self.meters.pop(key, None)
            return None

    def text(self):
        containers = ask(self.socket_path, "/containers/json") or []
        self.meters = {key: self.meters[key] for key in self.meters.keys() & {each["Id"] for each in containers}}
        lines = [f"# HELP {METRIC} Cumulative cpu time consumed in seconds.\n", f"# TYPE {METRIC} counter\n"]
        return "".join(lines + [line for line in map(self.sample, containers) if line])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            code, body = 200, self.server.exporter.text().encode()
        except (OSError, ValueError, http.client.HTTPException) as fault:
            code, body = 503, f"the engine does not answer: {fault}\n".encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        pass  # One line a second would hide the faults.


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: container_exporter.py SOCKET ADDRESS:PORT")
    address, port = sys.argv[2].rsplit(":", 1)
    server = http.server.HTTPServer((address, int(port)), Handler)
    server.exporter = Exporter(sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
