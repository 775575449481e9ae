#!/usr/bin/env python3
"""The checker must see what it is there for: planted violations, each in a house of its own."""
import os
import tempfile
import unittest

import check_includes

HOUSE = {
    "policy/core/engine.hpp": "#pragma once\n#include <chrono>\n",
    "policy/core/matcher.cpp": '#include "policy/core/engine.hpp"\n\n#include <re2/re2.h>\n',
    "policy/yaml/load.cpp": '#include "policy/core/engine.hpp"\n\n#include <yaml-cpp/yaml.h>\n',
    "swarm_client/model/swarm.hpp": "#pragma once\n#include <vector>\n",
    "swarm_client/client.hpp": '#include "swarm_client/model/swarm.hpp"\n#include <boost/asio.hpp>\n',
    "swarm_client/transport/dial.cpp": "#include <sys/socket.h>\n#include <unistd.h>\n#include <openssl/ssl.h>\n",
    "swarm_client/simulated/server.cpp": '#include "swarm_client/client.hpp"\n#include <nlohmann/json.hpp>\n',
    "server/driver.cpp": '#include "policy/core/engine.hpp"\n#include "swarm_client/client.hpp"\n#include <simdjson.h>\n',
    "tests/anything.cpp": '#include "server/driver.cpp"\n',
}


def faults_with(path, text):
    with tempfile.TemporaryDirectory() as root:
        for name, content in {**HOUSE, path: text}.items():
            os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(content)
        return check_includes.check(root)


class CheckIncludes(unittest.TestCase):
    def test_a_house_in_order_has_no_faults(self):
        self.assertEqual(faults_with("policy/core/more.hpp", "#pragma once\n"), [])

    def test_each_planted_violation_is_seen_with_its_line(self):
        for path, line in [
            ("policy/core/a.cpp", '#include "policy/yaml/load.cpp"'),
            ("policy/core/a.cpp", '#include "swarm_client/client.hpp"'),
            ("policy/core/a.cpp", '#include "swarm_client/model/swarm.hpp"'),
            ("policy/core/a.cpp", '#include "server/driver.cpp"'),
            ("policy/core/a.cpp", "#include <boost/asio.hpp>"),
            ("policy/core/a.cpp", "#include <re2/re2.h>"),
            ("policy/core/a.cpp", "#include <yaml-cpp/yaml.h>"),
            ("policy/core/a.cpp", "#include <unistd.h>"),
            ("policy/core/a.cpp", "#include <thread>"),
            ("policy/core/a.cpp", "  #  include <fstream>"),
            ("policy/core/a.cpp", "auto now = std::chrono::system_clock::now();"),
            ("policy/core/deeper/a.cpp", "#include <nlohmann/json.hpp>"),
            ("policy/core/a.cpp", '#include "engine.hpp"'),
            ("policy/yaml/a.cpp", '#include "swarm_client/client.hpp"'),
            ("policy/yaml/a.cpp", "#include <re2/re2.h>"),
            ("swarm_client/model/a.cpp", '#include "swarm_client/client.hpp"'),
            ("swarm_client/model/a.cpp", "#include <boost/asio.hpp>"),
            ("swarm_client/model/a.cpp", "auto now = std::chrono::steady_clock::now();"),
            ("swarm_client/a.cpp", '#include "policy/core/engine.hpp"'),
            ("swarm_client/a.cpp", '#include "swarm_client/simulated/server.cpp"'),
            ("swarm_client/a.cpp", '#include "server/driver.cpp"'),
            ("swarm_client/a.cpp", "#include <spdlog/spdlog.h>"),
            ("swarm_client/simulated/a.cpp", '#include "policy/core/engine.hpp"'),
            ("server/a.cpp", '#include "tests/anything.cpp"'),
            ("stack/a.cpp", '#include "server/driver.cpp"'),
            ("cellar/a.cpp", "int a;"),
        ]:
            with self.subTest(path=path, line=line):
                faults = faults_with(path, "\n" + line + "\n")
                self.assertEqual(len(faults), 1, faults)
                self.assertTrue(faults[0].startswith(f"{path}:{1 if path.startswith('cellar') else 2}: "), faults)

    def test_a_clock_in_a_comment_is_none(self):
        self.assertEqual(faults_with("policy/core/a.cpp", "// never system_clock::now()\n"), [])


if __name__ == "__main__":
    unittest.main()
