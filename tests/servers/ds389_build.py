#!/usr/bin/python3
"""Makes a 389 Directory Server instance without systemd, runs it until standard input ends, and takes it away again.

    /usr/bin/python3 -I ds389_build.py NAME FOLDER < settings.json and then as long as the server is to run

For the system's Python, which has python3-lib389; as root, for the server changes to its own user. The settings are
one line of JSON: ports, suffix, password, and the PEM files of authority, certificate and key.
"""

import json
import logging
import os
import pwd
import shutil
import subprocess
import sys
import threading
from typing import Any

import lib389.paths

# the installer calls systemctl even when it is told that there is no systemd
lib389.paths.Paths.with_systemd = property(lambda self: False)

from lib389 import DirSrv  # noqa: E402 - after the line above
from lib389.dseldif import DSEldif  # noqa: E402 - as above
from lib389.instance.remove import remove_ds_instance  # noqa: E402 - as above
from lib389.instance.setup import SetupDs  # noqa: E402 - as above
from lib389.nss_ssl import NssSsl  # noqa: E402 - as above

INSTANCE = """[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
systemd = False
selinux = False
start = False
[slapd]
instance_name = {name}
port = {port}
secure_port = {secure_port}
root_password = {password}
self_sign_cert = True
db_home_dir = {folder}/db
db_dir = {folder}/db
backup_dir = {folder}/bak
ldif_dir = {folder}/ldif
log_dir = {folder}/log
lock_dir = {folder}/lock
ldapi = {folder}/ldapi.socket
[backend-userroot]
suffix = {suffix}
create_suffix_entry = True
"""


def create(name: str, folder: str, settings: dict[str, Any]) -> None:
    os.makedirs(folder)
    os.chmod(folder, 0o755)  # noqa: S103 - the user dirsrv must be able to enter
    user = pwd.getpwnam("dirsrv")
    os.makedirs("/run/dirsrv", exist_ok=True)
    os.chown("/run/dirsrv", user.pw_uid, user.pw_gid)
    answers = os.path.join(folder, "instance.inf")
    with open(os.open(answers, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(INSTANCE.format(name=name, folder=folder, **settings))
    if not SetupDs(verbose=False, log=logging.getLogger("setup")).create_from_inf(answers):
        sys.exit("the instance was not created")
    instance = allocated(name)
    certificates = NssSsl(dirsrv=instance)
    certificates.add_cert("tests", settings["ca"], ca=True)
    certificates.add_server_key_and_cert(settings["key"], settings["certificate"])
    configuration = DSEldif(instance)
    for attribute in ("nsslapd-listenhost", "nsslapd-securelistenhost"):
        configuration.replace("cn=config", attribute, "127.0.0.1")


def allocated(name: str) -> DirSrv:
    instance = DirSrv()
    instance.local_simple_allocate(name)
    return instance


def run(name: str) -> int:
    """Until standard input ends, or the server by itself."""
    pid_file = f"/run/dirsrv/slapd-{name}.pid"
    command = ["ns-slapd", "-D", f"/etc/dirsrv/slapd-{name}", "-i", pid_file, "-d", "0"]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end_with_our_input() -> None:
        sys.stdin.read()
        server.terminate()

    threading.Thread(target=end_with_our_input, daemon=True).start()
    code = server.wait()
    if os.path.exists(pid_file):
        os.unlink(pid_file)
    return code


def main(name: str, folder: str) -> int:
    settings = json.loads(sys.stdin.readline())
    try:
        create(name, folder, settings)
        return run(name)
    finally:
        remove_ds_instance(allocated(name))
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
