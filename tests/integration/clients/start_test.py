#!/usr/bin/env python3
"""An autoscaler that has just started, with nothing on its disk, among others that were told of pauses and silences."""
import socket
import threading
import time
import unittest

import programs

POLICY = """
policies:
- {alert: Broken, service: web, scale: +1, min: %d, max: 10, return: {after: 1h, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""
DELAY = 1  # second, that configs come later than all else: an inspect takes milliseconds


class SlowConfigs:
    """Stands before the engine, and is slow with whatever is about configs."""

    def __init__(self, case, engine):
        self.engine = engine
        self.where = case.path("slow.sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.where)
        self.listener.listen()
        case.addCleanup(self.listener.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            engine.connect(self.engine)
            threading.Thread(target=self.pump, args=(client, engine, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(engine, client, False), daemon=True).start()

    @staticmethod
    def pump(source, sink, asks):
        try:
            while data := source.recv(65536):
                if asks and b"/configs" in data:
                    time.sleep(DELAY)
                sink.sendall(data)
        except OSError:
            pass
        sink.close()


class Start(programs.Case):
    def test_it_keeps_to_a_pause_that_it_has_not_heard_of(self):
        old = programs.Autoscaler(self, "old", POLICY % 1).start().ready()
        paused = programs.wait_until("the pause", lambda: self.pause(old))
        self.assertEqual(paused["direction"], "both")
        slow = SlowConfigs(self, old.socket_of_swarm())
        # Its minimum is above the count: without the pause it writes as soon as it has seen the service.
        new = programs.Autoscaler(self, "new", POLICY % 5, docker_host="unix://" + slow.where).start()
        decided = programs.wait_until("a decision", lambda: new.ask("GET", "/autoscaler/v1/decisions").json()["decisions"])
        self.assertEqual({each["reason"] for each in decided}, {"paused"}, new.tail())

    @staticmethod
    def pause(daemon):
        said = daemon.ask_json("PUT", "/autoscaler/v1/services/web/pause", {})
        return said.json() if said.status == 200 else None


if __name__ == "__main__":
    unittest.main()
