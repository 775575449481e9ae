"""A certificate authority for one test, by openssl."""
import os
import subprocess


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=30)


class Authority:
    """Keys and certificates lie in `directory`: NAME.key and NAME.pem, the authority's own in ca.pem."""

    def __init__(self, directory):
        os.makedirs(directory)
        self.directory = directory
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign",
                "-keyout", self.path("ca.key"), "-out", self.certificate)

    @property
    def certificate(self):
        return self.path("ca.pem")

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, alternative="IP:127.0.0.1"):
        """(certificate, key), for servers and clients alike."""
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"))
        with open(self.path(name + ".ext"), "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={alternative}\n")
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.certificate, "-CAkey", self.path("ca.key"),
                "-days", "2", "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".pem"))
        return self.path(name + ".pem"), self.path(name + ".key")
