#!/usr/bin/env python3
"""amtool 0.25 says the same of our daemon as of a real Alertmanager, which runs beside it with the configuration that
our daemon shows. What may differ has a name in differences() below."""
import json
import os
import re
import unittest

import programs
import secured

POLICY = """
policies:
- {alert: CpuHigh, service: web, scale: +1, max: 10, return: {after: 10m, by: 1}}
- name: shop
  service: api
  max: 20
  rules:
  - {name: warn, matchers: ['alertname="Latency"', 'severity="warning"'], scale: +1, on_resolved: revert}
  - {name: crit, matchers: ['alertname=~"Latency|Down"', 'severity!="warning"'], scale: +50%, on_resolved: revert}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""

# Before and after every clock: these times stay as they are, all others are those of the run.
PAST, SOON, FUTURE = "2020-01-02T03:04:05+02:00", "2099-01-01T00:00:00+00:00", "2099-06-01T00:00:00+00:00"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"20(?!20|99)\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| UTC|[+-]\d\d:\d\d)")
# amtool 0.25 prints addresses in its memory where it means values.
ADDRESS = re.compile(r"0xc[0-9a-f]{9}")
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


class Tool:
    """amtool against one server; `said` is what it has told, free of what no two runs have in common."""

    def __init__(self, port, directory, scheme="http", http_config=None):
        os.makedirs(directory, exist_ok=True)
        self.port, self.directory = port, directory
        self.flags = [f"--alertmanager.url={scheme}://127.0.0.1:{port}"]
        if http_config is not None:
            with open(os.path.join(directory, "http.yml"), "w", encoding="utf-8") as file:
                json.dump(http_config, file)  # JSON is YAML, too
            self.flags.append("--http.config.file=" + file.name)
        self.said = {}
        self.ids = {}

    def plain(self, text):
        text = UUID.sub(self.known_id, text).replace(f"127.0.0.1:{self.port}", "SERVER")
        text = ADDRESS.sub("<address>", TIME.sub("<time>", text))
        return text.replace(self.directory, "DIRECTORY")

    def known_id(self, found):
        if found[0] == UNKNOWN_ID:
            return found[0]
        return self.ids.setdefault(found[0], f"<silence {len(self.ids) + 1:2} of this run          >")

    def __call__(self, *words, code=0, stdin=None, name=None, keep=True):
        status, out, err = programs.run(
            ["amtool", *self.flags, *words], text_in=stdin,
            environment={**os.environ, "TZ": "UTC", "HOME": self.directory},
        )
        step = name or self.plain(" ".join(words))
        while step in self.said:
            step += ", again"
        if keep:
            self.said[step] = {"code": status, "out": self.plain(out), "err": self.plain(err)}
        if status != code:
            raise AssertionError(f"amtool {step}: exit status {status}, not {code}\n{out}{err}")
        return out

    def silences(self):
        """Not kept: those that end at the same time have no order."""
        return json.loads(self("-o", "json", "silence", "query", keep=False))

    def updated(self, *words):
        """The id of the silence after an update; its table holds it at the begin of the second line."""
        return UUID.match(self("silence", "update", *words).splitlines()[1])[0]


def alerts(tool):
    tool("alert", "add", "CpuHigh", "node=bar", "--start", PAST)
    tool("alert", "add", "alertname=Latency", "severity=warning", 'path=/a b?c=d&e', "--start", "2020-01-02T03:04:06Z",
         "--end", FUTURE, "--annotation", "summary=the queue is long", "--annotation", "runbook=http://run.book/x",
         "--generator-url", "http://prometheus:9090/graph?g0.expr=x")
    tool("alert", "add", "alertname=Latency", "severity=critical", "--start", "2020-01-02T03:04:07Z", "--end", FUTURE)
    tool("alert", "add", 'foo="queue backlog"', "--start", "2020-01-02T03:04:08Z")
    tool("alert", "add", "Unzeit", "größe=5", code=1)  # 0.25 itself takes no such name
    tool("alert", "add", "Backwards", "--start", FUTURE, "--end", SOON, code=1)
    tool("alert", "add", "alertname=", code=1)
    tool("alert", "add", "Over", "--start", PAST, "--end", "2020-02-01T00:00:00Z")
    tool("alert", "add", "Watchdog")
    for form in ("simple", "extended", "json"):
        tool("-o", form, "alert", "query", "alertname!=Watchdog")
        tool("-o", form, "alert", "query", "nobody=here")
    for flags in (["-a"], ["-s"], ["-i"], ["-u"], ["-a", "-s", "-i", "-u"], ["-s", "-a"], ["-u", "-i"]):
        tool("-o", "json", "alert", "query", *flags)
    for matchers in (["CpuHigh"], ["alertname=~Lat.*"], ["alertname=~Lat"], ["alertname!~Lat.*", "node!="], ["node="],
                     ["alertname=Latency", "severity=~warn.*|none"], ["severity!=warning", "alertname=Latency"],
                     ['foo="queue backlog"'], ["path=/a b?c=d&e"], ["alertname==Latency"]):
        tool("-o", "json", "alert", "query", *matchers)
    for receiver in ("CpuHigh", "shop", "sh.*", "sho", "CpuHigh|shop", ".*", "nobody"):
        tool("-o", "json", "alert", "query", "--receiver", receiver)
    tool("alert", "query", "--receiver", "(", code=1)
    tool("alert", "query", "a=~(")  # as a name
    tool("alert", "query", '{a="b"}', code=1)


def silences(tool):
    def add(*words, code=0):
        return tool("silence", "add", "--author", "me", "--comment", "a test", *words, code=code).strip()

    first = add("--start", SOON, "--end", FUTURE, "alertname=Other", "node=~b.*", "team!=ops", "zone!~eu-.*")
    active = add("--duration", "2h", "alertname=Latency", "severity=warning")
    tool("silence", "add", "alertname=NoComment", code=1)
    add("alertname=~.*", code=1)
    add("--start", FUTURE, "--end", SOON, "a=b", code=1)
    add("--start", PAST, "--end", "2020-02-01T00:00:00Z", "a=b", code=1)
    add("a=~(")  # amtool takes what is no matcher as a name: alertname="a=~("
    add("--duration", "1h", 'city="Köln \\"am\\" Rhein"', 'tab=a\tb')
    for flags in (["-a"], ["-s"], ["-a", "-s"], []):
        tool("-o", "json", "alert", "query", *flags)
    tool("-o", "extended", "alert", "query", "-s")
    for form in ("simple", "extended", "json"):
        tool("-o", form, "silence", "query")
        tool("-o", form, "silence", "query", "--expired")
    for words in (["alertname=Other"], ["Other"], ["alertname=~Oth.*"], ["node=~b.*"], ["team!=ops", "zone!~eu-.*"], ["team=ops"],
                  ["--within", "3h"], ["--within", "30m"], ["--created-by", "me"], ["--created-by", "you"], ["-q"], ["-q", "node=~b.*"]):
        tool("silence", "query", *words)
    return first, active


def updates(tool, first, active):
    tool("silence", "update", "--comment", "another comment", first)
    tool("silence", "update", "--duration", "3h", "--comment", "longer", active)
    tool("silence", "update", "-q", "--end", "2099-07-01T00:00:00Z", first)
    moved = tool.updated("--start", "2099-01-02T00:00:00Z", first)
    tool("silence", "query", "-o", "json")
    tool("silence", "update", "--end", PAST, moved, code=1)
    tool("silence", "update", "--comment", "nobody", UNKNOWN_ID, code=1)
    tool("silence", "update", "--comment", "nobody", "no-uuid", code=1)
    tool("silence", "update", code=1)
    return moved


def expiry(tool, moved, active):
    tool("silence", "expire", active)
    tool("-o", "json", "alert", "query", "-s", "-a")
    tool("silence", "expire", active, name="silence expire of what has expired")
    tool("silence", "expire", moved)
    tool("silence", "expire", UNKNOWN_ID, code=1)
    tool("silence", "expire", "no-uuid", code=1)
    tool("silence", "expire", code=1)
    tool("silence", "query", "-o", "json")
    # Two that ended in one millisecond have no order.
    tool("-o", "json", "silence", "query", "--expired", "--within", "1h", "alertname=Latency")
    tool("-o", "json", "silence", "query", "--expired", "alertname=Other", "--within", "1h")
    tool.updated("--duration", "1h", active)
    tool("silence", "query", "-o", "json", "alertname=Latency")


def imports(tool):
    def file(name, found):
        with open(os.path.join(tool.directory, name), "w", encoding="utf-8") as made:
            json.dump(found, made)
        return made.name

    def listed():
        return sorted((each["comment"], json.dumps(each["matchers"], sort_keys=True)) for each in tool.silences())

    found = json.loads(tool("-o", "json", "silence", "query"))
    exported = file("exported.json", found)
    before = listed()
    tool("silence", "import", "--worker", "1", exported)
    assert listed() == before, "an import of what is there changes nothing"
    tool("silence", "import", "--worker", "1", "--force", exported)
    assert listed() == sorted(2 * before), "--force makes new ones"
    tool("silence", "import", "--worker", "1", stdin=json.dumps([{**found[0], "id": UNKNOWN_ID, "comment": "from stdin"}]),
         name="silence import < an unknown id")
    tool("silence", "import", "--worker", "1", file("bad.json", [
        {**found[0], "endsAt": "2020-01-01T00:00:00.000Z", "startsAt": "2019-01-01T00:00:00.000Z", "id": ""},
        {**found[0], "id": "", "comment": "beside a bad one"}]), code=1)
    tool("silence", "import", stdin="no json", code=1, name="silence import < no json")
    tool("silence", "import", stdin="[]", name="silence import < an empty list")
    assert len(listed()) == 2 * len(before) + 2
    # Eight workers at once.
    made = tool("silence", "import", file("many.json", [
        {**found[0], "id": "", "comment": f"many {n}"} for n in range(40)]), keep=False)
    assert len(set(made.split())) == 40
    assert sum(each[0].startswith("many ") for each in listed()) == 40


def routes(tool):
    tool("config", "routes", "show")
    tool("config", "routes")
    for labels in (["alertname=CpuHigh"], ["alertname=Latency", "severity=warning"], ["alertname=Latency", "severity=critical"],
                   ["alertname=Down"], ["alertname=Watchdog"], ["alertname=Nobody"]):
        tool("config", "routes", "test", *labels)
        tool("config", "routes", "test", "--tree", *labels)
    tool("config", "routes", "test", "--verify.receivers=shop", "alertname=Latency")
    tool("config", "routes", "test", "--verify.receivers=nobody", "alertname=Latency", code=1)


def shows(tool):
    for form in ("simple", "extended", "json"):
        tool("-o", form, "cluster", "show")
        tool("-o", form, "config", "show")


def session(tool):
    routes(tool)
    alerts(tool)
    first, active = silences(tool)
    moved = updates(tool, first, active)
    expiry(tool, moved, active)
    imports(tool)
    shows(tool)
    return tool.said


def differences(step):
    """Why the two may differ in this step; None: they may not."""
    if "config show" in step:
        return "config_original: Alertmanager adds its defaults to what it has read"
    if "cluster show" in step:
        return "cluster: its name and addresses are each server's own"
    if step.startswith(f"silence expire {UNKNOWN_ID}"):
        return "expire_unknown: 404 as Alertmanager has it since 0.26; 0.25 answers 500"
    return None


class Amtool(programs.Case):
    def test_it_says_the_same_of_us_as_of_a_real_alertmanager(self):
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start().ready()
        shown = ours.ask("GET", "/api/v2/status").json()["config"]["original"]
        real = programs.real_alertmanager(self, "alertmanager", shown)
        expected = session(Tool(real.port, self.path("real")))
        got = session(Tool(ours.port, self.path("ours")))
        self.assertGreater(len(expected), 100)
        self.assertEqual(list(got), list(expected))
        needed = set()
        for step, wanted in expected.items():
            with self.subTest(step=step):
                if differences(step) is None:
                    self.assertEqual(got[step], wanted)
                elif got[step] != wanted:
                    needed.add(differences(step))
        self.assertEqual(needed, {differences(step) for step in expected} - {None}, "differences that are none")

    def test_it_takes_the_configuration_that_we_show(self):
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start().ready()
        tool = Tool(ours.port, self.directory)
        shown = json.loads(tool("-o", "json", "config", "show"))
        self.assertEqual(programs.run(["amtool", "check-config", self.write("shown.yml", shown["config"]["original"])])[0], 0)
        self.assertIn("Status", tool("cluster", "show"))
        self.assertIn("ready", tool("cluster", "show"))

    def test_a_server_that_has_gone_is_told(self):
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start().ready()
        ours.stop()
        tool = Tool(ours.port, self.directory)
        tool("alert", "query", code=1)
        self.assertIn("connection refused", tool.said["alert query"]["err"])

    def test_it_gets_in_by_each_way_that_is_secured(self):
        fleet = secured.Fleet(self, POLICY)
        password = {"username": "prom", "password": secured.PASSWORD}
        token = {"authorization": {"credentials_file": fleet.token_file}}
        trust = {"ca_file": fleet.authority.certificate}
        client = {**trust, "cert_file": fleet.client[0], "key_file": fleet.client[1]}
        for name, daemon, config, code in [
            ("basic", fleet.authenticated, {"basic_auth": password}, 0),
            ("token", fleet.authenticated, token, 0),
            ("wrong", fleet.authenticated, {"basic_auth": {**password, "password": "wr0ng"}}, 1),
            ("none", fleet.authenticated, None, 1),
            ("tls", fleet.tls, {"tls_config": trust}, 0),
            ("distrusted", fleet.tls, {"tls_config": {"ca_file": fleet.stranger.certificate}}, 1),
            ("mutual", fleet.mutual, {"tls_config": client}, 0),
            ("unknown", fleet.mutual, {"tls_config": trust}, 1),
        ]:
            with self.subTest(way=name):
                tool = Tool(daemon.port, self.path("home-" + name), daemon.scheme, config)
                tool("alert", "add", name.capitalize(), code=code)
                tool("silence", "add", "--comment", "by " + name, name.capitalize(), code=code)
                said = tool("alert", "query", "-s", "-a", name.capitalize(), code=code)
                self.assertEqual("suppressed" in said, code == 0, said)


if __name__ == "__main__":
    unittest.main()
