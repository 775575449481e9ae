#!/usr/bin/env python3
"""curl, wget and Python's urllib, with the habits that they have by themselves. Where Alertmanager takes the same request it
is asked, too, and both answer alike."""
import json
import unittest
import urllib.error
import urllib.request

import programs

POLICY = """
policies:
- {alert: Broken, service: web, scale: +1, max: 10, return: {after: 1h, by: 1}}
liveness: {matchers: ['alertname="Watchdog"'], within: 3m}
"""
CONFIGURATION = "{route: {receiver: nobody}, receivers: [{name: nobody}]}"
CODE = "\\n%{http_code} %{content_type}"


def alert(name, padding=0):
    """With so many resolved ones of 1 KiB behind it; of one annotation, only 64 KiB are taken."""
    more = [{"labels": {"alertname": name, "n": str(n)}, "annotations": {"text": 1000 * "x"},
             "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-02T00:00:00Z"} for n in range(padding)]
    return json.dumps([{"labels": {"alertname": name}}] + more)


class Curl(programs.Case):
    def setUp(self):
        super().setUp()
        self.ours = programs.Autoscaler(self, "autoscaler", POLICY).start()

    def oracle(self):
        return programs.real_alertmanager(self, "alertmanager", CONFIGURATION)

    def curl(self, port, path, *words):
        """(code, content type, body)"""
        status, out, err = programs.run(["curl", "-sS", "--max-time", "20", "--write-out", CODE, *words,
                                         f"http://127.0.0.1:{port}{path}"])
        self.assertEqual(status, 0, err)
        body, last = out.rsplit("\n", 1)
        code, _, kind = last.partition(" ")
        return int(code), kind, body

    def names(self):
        return {each["labels"]["alertname"] for each in self.ours.alerts()}

    def taken(self, name, path, *words):
        """The request is answered 200, and the alert is there afterwards, as it was not before."""
        with self.subTest(alert=name, path=path, words=words):
            self.assertNotIn(name, self.names())
            self.assertEqual(self.curl(self.ours.port, path, *words)[0], 200)
            self.assertIn(name, self.names())

    def test_what_alertmanager_takes_we_take_and_answer_alike(self):
        real = self.oracle()
        large = self.write("large.json", alert("Large", 3000))
        small = self.write("small.json", alert("Small"))
        json_type = ("-H", "Content-Type: application/json")
        for name, words in [
            ("Json", ("--json", alert("Json"))),
            ("Post", ("-XPOST", *json_type, "-d", alert("Post"))),
            ("Upper", ("-H", "Content-Type: APPLICATION/JSON; charset=utf-8", "-d", alert("Upper"))),
            ("Small", (*json_type, "-d", "@" + small)),
            ("Large", (*json_type, "--data-binary", "@" + large)),  # more than 1 MiB: Expect: 100-continue
            ("Uploaded", ("-X", "POST", *json_type, "-T", self.write("up.json", alert("Uploaded")))),
            ("Expected", (*json_type, "-H", "Expect: 100-continue", "-d", alert("Expected"))),
            ("Chunked", (*json_type, "-H", "Transfer-Encoding: chunked", "-d", alert("Chunked"))),
            ("ChunkedLarge", (*json_type, "-H", "Transfer-Encoding: chunked", "--data-binary",
                              "@" + self.write("large2.json", alert("ChunkedLarge", 2000)))),
            ("Old", ("-0", *json_type, "-d", alert("Old"))),
            ("OldKept", ("-0", "-H", "Connection: keep-alive", *json_type, "-d", alert("OldKept"))),
            ("Upgrading", ("--http2", *json_type, "-d", alert("Upgrading"))),
            ("Compressed", ("--compressed", *json_type, "-d", alert("Compressed"))),
            ("Close", ("-H", "Connection: close", *json_type, "-d", alert("Close"))),
            ("Gzip", ("--tr-encoding", *json_type, "-d", alert("Gzip"))),
        ]:
            self.taken(name, "/api/v2/alerts", *words)
            with self.subTest(alert=name):
                self.assertEqual(self.curl(real.port, "/api/v2/alerts", *words),
                                 self.curl(self.ours.port, "/api/v2/alerts", *words))

    def test_what_alertmanager_refuses_we_refuse_alike(self):
        real = self.oracle()
        json_type = ("-H", "Content-Type: application/json")
        for words in [
            ("-X", "POST"),  # neither a body nor a length
            ("-X", "POST", *json_type),
            (*json_type, "-d", ""),
            (*json_type, "-d", "hello"),
            ("-F", "alerts=" + alert("Multipart")),
            ("-T", self.write("put.json", alert("Put"))),  # PUT
            ("-X", "PUT", *json_type, "-d", alert("Put")),
            ("-X", "DELETE",),
            ("-H", "Content-Type: application/xml", "-d", alert("Xml")),
            ("-H", "Content-Encoding: gzip", *json_type, "-d", "\x1f\x8b"),
        ]:
            with self.subTest(words=words):
                expected, got = (self.curl(port, "/api/v2/alerts", *words) for port in (real.port, self.ours.port))
                self.assertGreaterEqual(expected[0], 400)
                if expected[0] == 405 or "multipart" in expected[2]:
                    # The methods that are allowed have no order there; the boundary is another one each time.
                    self.assertEqual(got[:2], expected[:2])
                else:
                    self.assertEqual(got, expected)

    def test_we_take_what_people_type(self):
        """Alertmanager refuses these (415, 404, 405)."""
        self.taken("Form", "/api/v2/alerts", "-d", alert("Form"))
        self.taken("FormAlert", "/alert", "-d", alert("FormAlert"))
        self.taken("FormWebhook", "/webhook", "-d", alert("FormWebhook"))
        self.taken("Root", "/", "-d", alert("Root"))
        self.taken("Prefix", "/alert/api/v2/alerts", "--json", alert("Prefix"))
        self.taken("V1", "/api/v1/alerts", "-d", alert("V1"))
        self.taken("Text", "/api/v2/alerts", "-H", "Content-Type: text/plain", "-d", alert("Text"))
        self.taken("NoType", "/api/v2/alerts", "-H", "Content-Type:", "-d", alert("NoType"))

    def test_reads_are_answered_as_by_alertmanager(self):
        real = self.oracle()
        for path in ("/-/healthy", "/-/ready", "/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences", "/api/v2/nope",
                     "/api/v2/silence/00000000-0000-4000-8000-000000000000", "/api/v2/silence/nope", "/nope/api/v2/status"):
            for words in ((), ("--compressed",), ("-0",), ("--http2",), ("-H", "Accept: */*;q=0.8, text/html"), ("-H", "Accept: text/html")):
                with self.subTest(path=path, words=words):
                    self.assertEqual(self.curl(self.ours.port, path, *words), self.curl(real.port, path, *words))
        for path in ("/-/healthy", "/-/ready", "/api/v2/alerts", "/api/v2/status"):
            with self.subTest(head=path):
                ours, theirs = (self.curl(port, path, "-I")[0] for port in (self.ours.port, real.port))
                self.assertEqual(ours, theirs)

    def test_a_head_says_the_length_and_sends_nothing(self):
        out = programs.run(["curl", "-sSI", f"http://127.0.0.1:{self.ours.port}/-/healthy"])[1]
        self.assertTrue(out.startswith("HTTP/1.1 200 OK\n"), out)
        self.assertIn("Content-Length: 2\n", out)
        self.assertTrue(out.endswith("\n\n"), out)

    def test_one_connection_serves_many_requests(self):
        words = []
        for n in range(20):
            words += ["--next", "--json", alert(f"Kept{n}"), f"http://127.0.0.1:{self.ours.port}/api/v2/alerts"]
        status, _, err = programs.run(["curl", "-sS", "-v", *words[1:]])
        self.assertEqual(status, 0)
        self.assertEqual(err.count("Re-using existing connection"), 19, err)
        self.assertEqual(len(self.names()), 20)

    def test_wget(self):
        url = f"http://127.0.0.1:{self.ours.port}"
        for name, words in [("Wget", ["--post-data", alert("Wget")]),
                            ("WgetFile", ["--post-file", self.write("wget.json", alert("WgetFile"))]),
                            ("WgetJson", ["--header", "Content-Type: application/json", "--post-data", alert("WgetJson")])]:
            with self.subTest(name=name):
                status, _, err = programs.run(["wget", "--no-config", "--tries=1", "-O", "-", *words, url + "/api/v2/alerts"])
                self.assertEqual(status, 0, err)
                self.assertIn(name, self.names())
        self.assertEqual(programs.run(["wget", "--no-config", "--tries=1", "-qO", "-", url + "/-/healthy"])[:2], (0, "OK"))

    def test_urllib(self):
        url = f"http://127.0.0.1:{self.ours.port}/api/v2/alerts"
        with urllib.request.urlopen(url, alert("Urllib").encode(), timeout=programs.PATIENCE) as said:
            self.assertEqual((said.status, said.read()), (200, b""))
        self.assertIn("Urllib", self.names())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, b"hello", timeout=programs.PATIENCE)
        self.assertEqual(refused.exception.code, 400)
        self.assertIn("invalid character 'h'", json.loads(refused.exception.read())["message"])
        refused.exception.close()

    def tearDown(self):
        self.assertEqual(self.ours.stop(), 0)
        super().tearDown()


if __name__ == "__main__":
    unittest.main()
