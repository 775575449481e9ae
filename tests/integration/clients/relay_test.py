#!/usr/bin/env python3
"""Several autoscalers on one Swarm: what reaches one of them reaches all, once, and one that restarts asks the others."""
import datetime
import json
import os
import random
import signal
import socket
import threading
import time
import unittest

import authority
import programs
import secured

IDLE = "policies: [{alert: Nothing, service: nobody, scale: +1, max: 2, return: {after: 1h, by: 1}}]"
POLICY = """
policies:
- {alert: Broken, service: hosp_patient, scale: +1, max: 10, repeat: false, on_resolved: -1, cooldown: {up: 1s, down: 1s}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""


def stamp(seconds=0.0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def message(name="Broken", fires=True, start="2020-01-01T00:00:00Z", **labels):
    return {"version": "4", "status": "firing" if fires else "resolved", "alerts": [{
        "status": "firing" if fires else "resolved", "labels": {"alertname": name, **labels}, "annotations": {"text": name},
        "startsAt": start, "endsAt": "0001-01-01T00:00:00Z" if fires else stamp()}]}


class Sink(threading.Thread):
    """Accepts connections and never answers."""

    def __init__(self, case):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.links = []
        case.addCleanup(self.end)
        self.start()

    def run(self):
        try:
            while True:
                self.links.append(self.socket.accept()[0])
        except OSError:
            pass

    def end(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for each in self.links:
            each.close()


class Relay(programs.Case):
    def swarm(self):
        daemon = programs.Autoscaler(self, "swarm", IDLE).start().ready()
        return daemon, "unix://" + daemon.socket_of_swarm()

    def several(self, count=3, *flags, policy=POLICY, others=()):
        """Autoscalers on one simulated Swarm, each with all of them as peers, itself too."""
        _, host = self.swarm()
        ports = [programs.free_port() for _ in range(count)]
        peers = [f"--cluster.peers=127.0.0.1:{port}" for port in [*ports, *others]]
        return [programs.Autoscaler(self, f"a{index}", policy, *peers, *flags, docker_host=host, port=port).start()
                for index, port in enumerate(ports)]

    def post(self, daemon, value, path="/webhook"):
        said = daemon.ask_json("POST", path, value)
        self.assertEqual(said.status, 200, said)

    @staticmethod
    def names(daemon):
        return sorted(each["labels"]["alertname"] for each in daemon.alerts())

    def wait_names(self, daemon, *names):
        daemon.wait_for(f"it has {names}", lambda: self.names(daemon) == sorted(names))

    @staticmethod
    def replicas(daemon):
        return daemon.ask("GET", "/autoscaler/v1/services/hosp_patient").json()["replicas"]["spec"]

    @staticmethod
    def total(daemons, name):
        return sum(programs.sample_of(each.metrics(), "swarm_autoscaler_relay_" + name) for each in daemons)

    @staticmethod
    def steps(daemons):
        return sum(each.text().count("msg=scaled") for each in daemons)

    def test_a_webhook_to_one_reaches_all_and_each_step_is_made_once(self):
        all_three = self.several()
        for each in all_three:
            each.ready()
        before = self.replicas(all_three[0])
        self.post(all_three[0], message())
        for each in all_three:
            self.wait_names(each, "Broken")
            each.wait_for("the step", lambda: self.replicas(each) == before + 1)
        self.post(all_three[1], message(fires=False))
        for each in all_three:
            self.wait_names(each)
            each.wait_for("the step back", lambda: self.replicas(each) == before)
        self.assertEqual(self.steps(all_three), 2)

    def test_each_body_reaches_each_peer_once_and_goes_no_further(self):
        all_three = self.several()
        for number in range(30):
            daemon = random.choice(all_three)
            if number % 3:
                self.post(daemon, message("Stored", number=str(number)))
            else:
                self.post(daemon, [{"labels": {"alertname": "Stored", "number": str(number)}}], f"/api/v{random.choice('12')}/alerts")
        for each in all_three:
            each.wait_for("all alerts", lambda: len(each.alerts()) == 30)
        programs.wait_until("all is sent", lambda: self.total(all_three, "queued_bodies") == 0)
        self.assertEqual(self.total(all_three, "received_total"), 60)
        self.assertEqual(self.total(all_three, "sent_total"), 60)
        for each in all_three:
            self.assertEqual(programs.sample_of(each.metrics(), "swarm_autoscaler_relay_dropped_total"), 0, each.tail())
        self.assertEqual(self.total(all_three, "peers"), 6)  # nobody is his own

    def test_what_is_marked_as_relayed_stays_here(self):
        first, second = self.several(2)
        said = first.ask("POST", "/webhook", json.dumps(message("Marked")), {"X-Swarm-Autoscaler-Relay": "1"})
        self.assertEqual(said.status, 200)
        self.post(first, message("Plain"))
        self.wait_names(second, "Plain")
        self.wait_names(first, "Marked", "Plain")

    def test_a_dead_peer_gets_what_it_has_missed_when_it_returns(self):
        first, second = self.several(2)
        self.post(first, message("Before"))
        self.wait_names(second, "Before")
        second.kill()
        self.post(first, message("Before", fires=False))
        self.post(first, message("Meanwhile"))
        first.wait_for("it is missed", lambda: "peer takes no alerts" in first.text())
        second.start()
        self.wait_names(second, "Meanwhile")
        first.wait_for("it is back", lambda: "peer takes alerts again" in first.text())
        self.assertEqual(first.text().count("peer takes no alerts"), 1, first.tail())
        self.assertEqual(self.total([first], "dropped_total"), 0)

    def test_one_that_starts_elsewhere_learns_from_a_peer_what_fires_and_what_has_ended(self):
        first, second = self.several(2)
        self.post(first, message("Ended"))
        self.post(first, message("Lasting", start="2021-01-01T00:00:00Z"))
        self.wait_names(second, "Ended", "Lasting")
        self.assertEqual(second.stop(), 0)
        self.post(first, message("Ended", fires=False))
        self.post(first, message("Later"))
        end = stamp(600)
        self.post(first, [{"labels": {"alertname": "ByApi"}, "startsAt": stamp(-60), "endsAt": end}], "/api/v2/alerts")
        # With its disk on another port, which nobody knows.
        second.words = [each.replace(f"127.0.0.1:{second.port}", f"127.0.0.1:{programs.free_port()}") if "listen" in each else each
                        for each in second.words]
        second.port = int(next(each for each in second.words if "listen" in each).rsplit(":", 1)[1])
        second.start()
        self.wait_names(second, "Lasting", "Later", "ByApi")
        of = {each["labels"]["alertname"]: each for each in second.alerts()}
        self.assertEqual(of["ByApi"]["endsAt"][:19], end[:19])
        self.assertEqual(of["Lasting"]["startsAt"], "2021-01-01T00:00:00.000Z")
        self.assertEqual(of["Later"]["annotations"], {"text": "Later"})
        # They are alerts of a webhook here, too: a resolved message ends them, on the disk as well.
        self.post(second, message("Later", fires=False))
        self.wait_names(second, "Lasting", "ByApi")
        second.kill()
        first.kill()
        second.start()
        self.wait_names(second, "Lasting")

    def test_one_without_a_disk_decides_nothing_before_it_has_asked(self):
        veto = """
policies:
- {service: hosp_patient, max: 10, cooldown: 0s, rules: [{name: down, alert: Low, scale: -1}, {name: keep, alert: Keep, scale: hold}]}
"""
        _, host = self.swarm()
        port = programs.free_port()
        peers = f"--cluster.peers=localhost:{port}"
        first = programs.Autoscaler(self, "first", veto, docker_host=host, port=port).start().ready()
        before = self.replicas(first)
        self.post(first, message("Keep"))
        self.post(first, message("Low"))
        for _ in range(3):
            second = programs.Autoscaler(self, "second", veto, peers, "--storage.path=", docker_host=host)
            second.words = [each for each in second.words if not each.startswith("--storage.path=/")]
            second.start()
            second.ask_json("POST", "/webhook", message("Low"))
            second.wait_for("it has decided", lambda: "reason=veto" in second.text())
            self.assertEqual(self.steps([second]), 0, second.tail())
            second.kill()
            os.remove(second.log)
        self.assertEqual(self.replicas(first), before)

    def test_a_peer_that_hangs_harms_nobody(self):
        sink = Sink(self)
        first, second = self.several(2, "--cluster.max-queued=10", others=[sink.port])
        first.ready()  # it has asked all of them, too
        began = time.monotonic()
        for number in range(50):
            self.post(first, message("Stored", number=str(number)))
        self.assertLess(time.monotonic() - began, programs.PATIENCE)
        second.wait_for("all alerts", lambda: len(second.alerts()) == 50)
        first.wait_for("a try has failed", lambda: self.total([first], "failed_total") >= 1)
        self.assertLessEqual(self.total([first], "queued_bodies"), 10)
        self.assertGreaterEqual(self.total([first], "dropped_total"), 40)
        began = time.monotonic()
        self.assertEqual(first.stop(), 0)
        self.assertLess(time.monotonic() - began, 8)

    def test_a_stopped_peer_gets_messages_late_but_not_as_news(self):
        first, second, third = self.several()
        for each in (first, second, third):
            each.ready()
        self.post(first, message("Broken"))
        for each in (first, second, third):
            self.wait_names(each, "Broken")
        second.send(signal.SIGSTOP)
        try:
            self.post(first, message("Broken", fires=False))
            self.post(third, message("Broken", start="2022-01-01T00:00:00Z"))
            self.wait_names(first, "Broken")
            first.wait_for("a try has failed", lambda: self.total([first], "failed_total") >= 1)
            third.wait_for("a try has failed", lambda: self.total([third], "failed_total") >= 1)
        finally:
            second.send(signal.SIGCONT)
        programs.wait_until("all is sent", lambda: self.total([first, third], "queued_bodies") == 0)
        # Whichever came first: the last word was that it fires, again.
        self.wait_names(second, "Broken")

    def test_what_is_accepted_before_the_end_is_still_passed_on(self):
        first, second = self.several(2)
        first.ready()
        self.post(first, message("Last"))
        self.assertEqual(first.stop(), 0)
        self.wait_names(second, "Last")

    def test_peers_behind_tls_and_a_password(self):
        own = authority.Authority(self.path("authority"))
        certificate, key = own.issue("autoscaler", "DNS:localhost")
        web = self.write("web.yml", f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\n"
                                    f"basic_auth_users: {{peer: '{secured.HASH}'}}\n")
        http = self.write("http.yml", f"tls_config: {{ca_file: {own.certificate}}}\n"
                                      f"basic_auth: {{username: peer, password: '{secured.PASSWORD}'}}\n")
        _, host = self.swarm()
        ports = [programs.free_port() for _ in range(2)]
        peers = [f"--cluster.peers=https://localhost:{port}" for port in ports]
        plain = programs.free_port()
        first = programs.Autoscaler(self, "first", POLICY, *peers, f"--cluster.peers=127.0.0.1:{plain}",
                                    "--cluster.http-config-file=" + http, docker_host=host, port=plain).start()
        second = programs.Autoscaler(self, "second", POLICY, "--web.config.file=" + web, docker_host=host, port=ports[0],
                                     scheme="https").start()
        self.post(first, message("Secret"))
        programs.wait_until("it is taken", lambda: self.total([first], "sent_total") == 1)
        self.assertIn("msg=\"storage", second.text() + "msg=\"storage")
        wrong = self.write("wrong.yml", f"tls_config: {{ca_file: {own.certificate}}}\n")
        third = programs.Autoscaler(self, "third", POLICY, peers[0], "--cluster.http-config-file=" + wrong, docker_host=host).start()
        self.post(third, message("Refused"))
        third.wait_for("it is refused", lambda: "it answered with status 401" in third.text())
        self.assertEqual(self.total([third], "sent_total"), 0)

    def test_a_bad_file_of_credentials_is_told_at_the_start(self):
        bad = self.write("http.yml", "basic_auth: {username: a, pasword: b}\n")
        daemon = programs.Autoscaler(self, "daemon", POLICY, "--cluster.peers=localhost:1", "--cluster.http-config-file=" + bad)
        status, _, text = programs.run(daemon.words)
        self.assertEqual(status, 2)
        self.assertIn(bad + ":1:27: error: unknown key \"pasword\"", text)
        self.assertIn("did you mean \"password\"?", text)


if __name__ == "__main__":
    unittest.main()
