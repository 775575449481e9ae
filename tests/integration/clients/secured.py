"""Four daemons, each secured in its own way by --web.config.file, and who gets in."""
import base64
import http.client
import ssl

import authority
import programs

PASSWORD = "s3cr:et ä"
# bcrypt of it, with the lowest cost, as `htpasswd -nbBC 4` writes it.
HASH = "$2y$04$39aFdVZ8LzomWri6k9vRlOrGzmyGy1/ouriIhwjtu879AAPjnjgxa"
TOKEN = "t0ken.of-prometheus"

AUTHENTICATED = f"""
basic_auth_users: {{prom: '{HASH}'}}
bearer_tokens: {{reader: TOKEN_FILE}}
"""
TLS = """
tls_server_config: {cert_file: CERT, key_file: KEY}
"""
MUTUAL_TLS = """
tls_server_config: {cert_file: CERT, key_file: KEY, client_auth_type: RequireAndVerifyClientCert, client_ca_file: CA}
"""


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Fleet:
    """plain, authenticated, tls and mutual: autoscalers with the same policy."""

    def __init__(self, case, policy):
        self.authority = authority.Authority(case.path("authority"))
        self.stranger = authority.Authority(case.path("stranger"))
        self.server = self.authority.issue("server")
        self.client = self.authority.issue("client")
        self.token_file = case.write("token", TOKEN + "\n")
        self.plain = programs.Autoscaler(case, "plain", policy)
        self.authenticated = self.secured(case, policy, "authenticated", AUTHENTICATED, "http")
        self.tls = self.secured(case, policy, "tls", TLS, "https")
        self.mutual = self.secured(case, policy, "mutual", MUTUAL_TLS, "https")
        self.all = [self.plain, self.authenticated, self.tls, self.mutual]
        for each in self.all:
            each.start()

    def secured(self, case, policy, name, content, scheme):
        for word, path in (("TOKEN_FILE", self.token_file), ("CERT", self.server[0]), ("KEY", self.server[1]),
                           ("CA", self.authority.certificate)):
            content = content.replace(word, path)
        return programs.Autoscaler(
            case, name, policy, "--web.config.file=" + case.write(name + "-web.yml", content), scheme=scheme
        )

    def ask(self, daemon, path):
        """GET with all that the daemon may want."""
        headers = basic("prom", PASSWORD)
        link = None
        if daemon.scheme == "https":
            context = ssl.create_default_context(cafile=self.authority.certificate)
            context.load_cert_chain(*self.client)
            link = http.client.HTTPSConnection("127.0.0.1", daemon.port, timeout=programs.PATIENCE, context=context)
        return programs.ask(daemon.port, "GET", path, headers=headers, connection=link)

    def metrics(self, daemon):
        return self.ask(daemon, "/metrics").text

    def refused(self, daemon):
        """Requests that were answered 401."""
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in self.metrics(daemon).splitlines()
            if line.startswith("swarm_autoscaler_http_requests_total{") and 'code="401"' in line
        )
