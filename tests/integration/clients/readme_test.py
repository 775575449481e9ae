#!/usr/bin/env python3
"""The README against the program: each has the flags, the metrics and the paths that the other has."""
import pathlib
import re
import unittest

import programs

README = (pathlib.Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
POLICY = "policies: [{alert: Broken, service: hosp_patient, scale: +1, max: 10, return: {after: 1h, by: 1}}]"
FLAG = re.compile(r"--[a-z][a-z.-]*[a-z]")

# A family is shown from its first sample on, and these count what has not happened here.
FAILURES = {"query_failures_total", "webhook_failures_total", "notifications_dropped_total", "notification_failures_total"}


def first_cells(heading, title):
    """The first cell of each row of the README's tables with that title, in the section of that heading."""
    section = re.search(rf"^## {heading}$(.*?)^## ", README, re.M | re.S).group(1)
    rows = [line.split("|") for line in section.splitlines() if line.startswith("|")]
    cells, inside = [], False
    for row, after in zip(rows, rows[1:] + [["", ""]]):
        if after[1].startswith("---"):
            inside = row[1].strip() == title
        elif inside and not row[1].startswith("---"):
            cells.append(row[1])
    return cells


def spans(cells):
    return [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]


def flags_of(*command):
    status, text, _ = programs.run([programs.OUR_PROGRAM, *command, "--help"])
    assert status == 0
    return set(re.findall(r"^ +(?:-\w,)?(--[a-z.-]+)", text, re.M)) - {"--help", "--version"}


class Readme(programs.Case):
    def test_its_tables_have_the_flags_of_serve(self):
        self.assertEqual(sorted(spans(first_cells("Command line", "flag"))), sorted(flags_of("serve")))

    def test_it_names_the_flags_of_the_other_commands(self):
        for command in ("check", "test", "health"):
            self.assertEqual(flags_of(command) - set(FLAG.findall(README)), set(), command)

    def test_its_table_has_the_metrics(self):
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start().ready()
        prefix = "swarm_autoscaler_"

        def shown():
            return {name.removeprefix(prefix) for name in re.findall(r"^# TYPE (\S+)", ours.metrics(), re.M)
                    if name.startswith(prefix)}

        ours.wait_for("the first decision", lambda: "decisions_total" in shown())
        ours.wait_for("running tasks are counted", lambda: "service_replicas_running" in shown())
        self.assertEqual(sorted(spans(first_cells("Looking at it", "metric"))), sorted(shown() | FAILURES))

    def test_its_paths_are_served(self):
        ours = programs.Autoscaler(self, "autoscaler", POLICY).start()
        paths = [text.split("?")[0].split(" ") for text in spans(first_cells("Looking at it", "path"))]
        self.assertGreater(len(paths), 15)
        for method, path in paths:
            # No path takes this method, and each that is served says which it takes.
            said = ours.ask("PATCH", path.replace("NAME", "hosp_patient").replace("{id}", "0"))
            self.assertEqual(said.status, 405, path)
            self.assertIn(method, re.split(", ?", said.headers["Allow"]), path)


if __name__ == "__main__":
    unittest.main()
