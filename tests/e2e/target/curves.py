#!/usr/bin/env python3
"""curves.py ADDRESS:PORT: gauges that follow scripted curves in time, for Prometheus (GET /metrics).

`POST /NAME` with points `SECONDS:VALUE ...` begins the curve of gauge NAME now: straight from point to point, the last
value for ever after. An empty body ends the gauge. Until then there is none of that name.
"""
import bisect
import http.server
import re
import sys
import time


def read_points(text):
    points = [tuple(float(part) for part in word.split(":")) for word in text.split()]
    if any(len(point) != 2 for point in points) or points != sorted(points):
        raise ValueError(f'expected SECONDS:VALUE ... in the order of time, not "{text}"')
    return points


def value_at(points, seconds):
    after = bisect.bisect_right(points, (seconds, float("inf")))
    if after == 0 or after == len(points):
        return points[min(after, len(points) - 1)][1]
    (t0, v0), (t1, v1) = points[after - 1], points[after]
    return v0 + (v1 - v0) * (seconds - t0) / (t1 - t0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        now = time.monotonic()
        self.reply(200, "".join(f"# HELP {name} A scripted curve.\n# TYPE {name} gauge\n"
                                f"{name} {value_at(points, now - began):.6f}\n"
                                for name, (began, points) in sorted(self.server.curves.items())))

    def do_POST(self):
        name = self.path[1:]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            points = read_points(body)
        except ValueError as fault:
            return self.reply(400, f"{fault}\n")
        if not re.fullmatch("[a-z_]+", name):
            return self.reply(400, f'"{name}" is no name of a gauge\n')
        self.server.curves.pop(name, None)
        if points:
            self.server.curves[name] = (time.monotonic(), points)
        return self.reply(200, "")

    def reply(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        pass


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: curves.py ADDRESS:PORT")
    address, port = sys.argv[1].rsplit(":", 1)
    server = http.server.HTTPServer((address, int(port)), Handler)
    server.curves = {}
    server.serve_forever()


if __name__ == "__main__":
    main()
