"""Runs posemo serve for a long time while parts of it fail, and compares what it kept with what happened.

  tests/soak/soak.py POSEMO BINDIR [SECONDS [TARGETS]]

One temporary PostgreSQL server has this number of targets with ten checks every ten seconds, and 20 targets never answer. A
role becomes a superuser or is removed again every TURN seconds: a known problem of each target. FAULT seconds after a turn one
of the faults of ENDING and LASTING begins, and lasts at most 20 s. A real Alertmanager receives the alerts, if its program is
installed; they are compared after the turn, and again after the fault.

The run fails
- if a target has not one change of the history for each of these turns, or a change that did not happen;
- if an alert is missing or wrong for longer than LATE seconds after a turn or the end of a fault, and for longer than RESENT
  seconds after a start of Alertmanager: it does not keep alerts, and posemo sends all of them again once a minute;
- if alerts were never compared after a turn or after a fault, with an Alertmanager;
- if the memory of posemo grows between the second and the last quarter by more than a tenth and 8 MiB, or its open files by more
  than a tenth and 8;
- if posemo ends by itself.
"""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

CHECKS = ["alive", "connection_usage", "session_states", "long_transactions", "superusers", "wraparound_age",
          "prepared_transactions", "blocked_sessions", "wal_position", "uptime"]
TURN, FAULT, LATE, RESENT = 140, 55, 40, 62
PORT, SILENT, WEB, ALERTS = 54880, 54881, 9848, 9849


def as_server(*command):
    """PostgreSQL refuses to run as root."""
    return (["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []) + list(command)


def call(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options).stdout


def answer(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as got:
        return got.read().decode()


class Soak:
    """The server, posemo and Alertmanager of one run."""

    def __init__(self, posemo, bindir, targets, work):
        self.posemo, self.bindir, self.work = posemo, bindir, work
        self.targets = [f"good{number}" for number in range(targets)]
        self.problem, self.turns, self.restless, self.after, self.late = False, 0, 0.0, None, LATE
        self.serve = self.alertmanager = self.listener = None
        self.used, self.wrong, self.faults = [], [], {}
        self.compared = {"turn": 0, "fault": 0}
        self.history = os.path.join(work, "history")
        os.mkdir(self.history)
        self.mounted = os.getuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48m", "soak", self.history], check=False).returncode == 0

    def control(self, *arguments):
        call(*as_server(f"{self.bindir}/pg_ctl", "-D", f"{self.work}/data", "-l", f"{self.work}/log", *arguments))

    def sql(self, text):
        call(f"{self.bindir}/psql", "-XAtqc", text, "-h", self.work, "-p", str(PORT), "-U", "postgres", "postgres")

    def start_server(self):
        call(*as_server(f"{self.bindir}/initdb", "-D", f"{self.work}/data", "-A", "trust", "-U", "postgres"))
        lines = [f"port = {PORT}", "listen_addresses = '0.0.0.0'", f"unix_socket_directories = '{self.work}'",
                 "max_connections = 1000", "fsync = off"]
        for name, text in [("postgresql.conf", "\n".join(lines) + "\n"), ("pg_hba.conf", "host all all 127.0.0.0/8 trust\n")]:
            with open(f"{self.work}/data/{name}", "a", encoding="utf-8") as file:
                file.write(text)
        self.control("-w", "start")
        call(self.posemo, "install", "-H", self.work, "-p", str(PORT), "-U", "postgres", "--check", ",".join(CHECKS))
        self.sql("ALTER ROLE posemo CONNECTION LIMIT -1")

    def write_settings(self):
        address = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(len(self.targets))]
        lines = ["[serve]", f'listen = "127.0.0.1:{WEB}"', "[history]", f'store = "sqlite:{self.history}/history.db"',
                 "[defaults]", f"port = {PORT}", 'profile = "./few.toml"']
        for name in CHECKS:
            lines += [f"[checks.{name}]", 'interval = "10s"']
        for name, host in zip(self.targets, address):
            lines += [f"[targets.{name}]", f'host = "{host}"']
        for number in range(20):
            lines += [f"[targets.silent{number}]", f'host = "127.2.0.{number + 1}"', f"port = {SILENT}"]
        if self.alertmanager:
            lines += ["[receivers.alerts]", 'kind = "alertmanager"', f'url = "http://127.0.0.1:{ALERTS}"']
        for name, text in [("posemo.toml", "\n".join(lines)), ("few.toml", f'summary = "Few"\ninclude = {json.dumps(CHECKS)}')]:
            with open(f"{self.work}/{name}", "w", encoding="utf-8") as file:
                file.write(text + "\n")

    def start_alertmanager(self):
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        if program:
            with open(f"{self.work}/am.yml", "w", encoding="utf-8") as file:
                file.write("route: {receiver: none}\nreceivers: [{name: none}]\n")
            log = open(f"{self.work}/am.log", "a", encoding="utf-8")
            self.alertmanager = subprocess.Popen(
                [program, f"--config.file={self.work}/am.yml", f"--storage.path={self.work}/am", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{ALERTS}"], stdout=log, stderr=log)

    def start_serve(self):
        log = open(f"{self.work}/serve.log", "a", encoding="utf-8")
        self.serve = subprocess.Popen([self.posemo, "serve", "--config", f"{self.work}/posemo.toml"], stdout=log, stderr=log)
        self.until("posemo answers", lambda: answer(WEB, "/-/healthy"))

    def until(self, what, ask, limit=60):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if ask():
                    return
            time.sleep(0.2)
        raise SystemExit(f"soak: {what} not within {limit} s\n" + open(f"{self.work}/serve.log").read()[-3000:])

    # The faults. Each ends what it began.

    def posemo_is_killed(self):
        self.serve.kill()
        self.serve.wait()
        time.sleep(5)
        self.start_serve()

    def posemo_ends(self):
        self.serve.terminate()
        if self.serve.wait(60) != 0:
            raise SystemExit("soak: posemo did not end with 0")
        self.start_serve()

    def posemo_is_stopped(self):
        self.serve.send_signal(signal.SIGSTOP)
        time.sleep(15)
        self.serve.send_signal(signal.SIGCONT)

    def the_server_is_down(self):
        self.control("-m", "immediate", "-w", "stop")
        time.sleep(15)
        self.control("-w", "start")

    def the_server_hangs(self):
        with open(f"{self.work}/data/postmaster.pid", encoding="utf-8") as file:
            postmaster = int(file.readline())
        group = [postmaster] + [int(pid) for pid in call("pgrep", "-P", str(postmaster)).split()]
        for name in [signal.SIGSTOP, signal.SIGCONT]:
            for pid in group:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, name)
            if name == signal.SIGSTOP:
                time.sleep(15)

    def alertmanager_is_down(self):
        if self.alertmanager:
            self.alertmanager.kill()
            self.alertmanager.wait()
            time.sleep(15)
            self.start_alertmanager()

    def the_history_is_locked(self):
        with contextlib.closing(sqlite3.connect(f"{self.history}/history.db", timeout=20)) as history:
            history.execute("BEGIN EXCLUSIVE")
            time.sleep(20)

    def the_disk_is_full(self):
        if self.mounted:
            file = os.open(f"{self.history}/rest", os.O_WRONLY | os.O_CREAT)
            with contextlib.suppress(OSError):
                while os.write(file, bytes(1 << 12)):
                    pass
            os.close(file)
            time.sleep(20)
            os.unlink(f"{self.history}/rest")

    def the_settings_are_wrong(self):
        with open(f"{self.work}/posemo.toml", "r+", encoding="utf-8") as file:
            text = file.read()
            file.write("[targets\n")
        self.serve.send_signal(signal.SIGHUP)
        time.sleep(5)
        with open(f"{self.work}/posemo.toml", "w", encoding="utf-8") as file:
            file.write(text)
        self.serve.send_signal(signal.SIGHUP)

    def workers_are_killed(self):
        for pid in subprocess.run(["pgrep", "-P", str(self.serve.pid)], capture_output=True, text=True).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def readers_are_many(self):
        for path in ["/", "/targets", "/history", "/metrics", "/api/1/report", "/api/1/changes?limit=1000", "/evidence"] * 5:
            answer(WEB, path)

    # Those that end posemo come first: later it runs on, so that its memory can be compared.
    LASTING = [posemo_is_stopped, the_server_is_down, the_server_hangs, alertmanager_is_down, the_history_is_locked,
               the_disk_is_full, the_settings_are_wrong, workers_are_killed, readers_are_many]
    ENDING = [posemo_is_killed, posemo_ends]

    def turn(self):
        self.problem = not self.problem
        self.sql("CREATE ROLE soak LOGIN SUPERUSER" if self.problem else "DROP ROLE soak")
        self.turns += 1
        self.restless, self.after, self.late = time.monotonic(), "turn", LATE

    def look(self):
        """Compares the alerts with the problem, and measures the memory and the open files."""
        if self.serve.poll() is not None:
            raise SystemExit(f"soak: posemo ended with {self.serve.returncode}")
        with open(f"/proc/{self.serve.pid}/status", encoding="utf-8") as file:
            memory = next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
        self.used.append((time.monotonic(), memory, len(os.listdir(f"/proc/{self.serve.pid}/fd"))))
        if not self.alertmanager or not self.after or time.monotonic() - self.restless < self.late:
            return
        alerts = [alert["labels"] for alert in json.loads(answer(ALERTS, "/api/v2/alerts"))]
        having = {labels["instance"] for labels in alerts if labels["alertname"] == "PosemoSuperusers" and "soak" in labels.get("object", "")}
        expected = set(self.targets) if self.problem else set()
        self.compared[self.after] += 1
        if having != expected:
            self.wrong.append(f"{len(having ^ expected)} alerts are {'missing' if self.problem else 'too many'} "
                              f"{time.monotonic() - self.restless:.0f} s after the last turn or fault ({self.last})")

    def changes(self):
        """The states of the problem of each target in the history, in their order, without UNKNOWN."""
        found, after = {name: [] for name in self.targets}, 0
        while True:
            page = json.loads(answer(WEB, f"/api/1/changes?limit=1000&after={after}"))
            for change in page["changes"]:
                if change["check"] == "superusers" and change.get("object") == "soak":
                    found.setdefault(change["target"], []).append((change["was"], change["became"]))
            if not page["changes"] or page.get("next") in (None, after):
                return found
            after = page["next"]

    def run(self, seconds):
        self.start_server()
        self.start_alertmanager()
        self.write_settings()
        script = f"import socket,time\ns=socket.socket()\ns.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)\ns.bind(('0.0.0.0',{SILENT}))\ns.listen(4096)\ntime.sleep({seconds + 600})"
        self.listener = subprocess.Popen([sys.executable, "-c", script])
        self.start_serve()
        self.until("all targets were queried", lambda: answer(WEB, "/-/ready"), 120)
        began, number = time.monotonic(), 0
        self.last, next_turn, next_fault = "none", began + 10, began + 10 + FAULT
        while time.monotonic() < began + seconds:
            now = time.monotonic()
            if now >= next_turn:
                self.turn()
                next_turn += TURN
            if now >= next_fault:
                early = number < len(self.ENDING) and now < began + seconds / 4
                fault = self.ENDING[number] if early else self.LASTING[number % len(self.LASTING)]
                number += 1
                self.last = fault.__name__
                fault(self)
                self.faults[self.last] = self.faults.get(self.last, 0) + 1
                self.restless, self.after = time.monotonic(), "fault"
                self.late = RESENT if fault is Soak.alertmanager_is_down else LATE
                next_fault += TURN
            self.look()
            time.sleep(1)
        if self.problem:
            # Each target is queried before the problem ends.
            time.sleep(LATE)
            self.turn()
        time.sleep(LATE)
        self.look()
        return began

    def report(self, began, seconds):
        """Prints the result. Returns whether everything was as expected."""
        for name, times in sorted(self.faults.items()):
            print(f"{times} times {name.replace('_', ' ')}")
        found = self.changes()
        lost = 0
        for name, states in found.items():
            problems = [after for _, after in states if after not in ("ok", "unknown", None)]
            ends = [after for _, after in states if after in ("ok", None)]
            if not len(problems) == len(ends) == self.turns / 2:
                lost += 1
                if lost <= 3:
                    print(f"{name}: {len(problems)} problems and {len(ends)} ends in the history instead of {self.turns / 2:.0f}: {states}")
        print(f"{self.turns} turns of {len(self.targets)} targets; the history of {lost} targets differs")
        print(f"{len(self.wrong)} times alerts were wrong" + "".join(f"\n  {line}" for line in self.wrong[:10]))

        if self.alertmanager:
            print("alerts were compared " + " and ".join(f"{times} times after a {what}" for what, times in self.compared.items()))
        else:
            print("alerts were not compared: Alertmanager is not installed")

        def quarter(number, what):
            return statistics.median(one[what] for one in self.used if number <= (one[0] - began) / seconds * 4 < number + 1)
        memory, files = [[quarter(number, what) for number in range(4)] for what in (1, 2)]
        print("memory in each quarter: " + ", ".join(f"{mib:.1f}" for mib in memory) + " MiB")
        print("open files in each quarter: " + ", ".join(f"{count:.0f}" for count in files))
        missed = [line for line in answer(WEB, "/metrics").splitlines() if line.startswith("posemo_serve_missed_total")]
        print("".join(missed))
        grown = memory[3] > memory[1] * 1.1 + 8 or files[3] > files[1] * 1.1 + 8
        uncompared = self.alertmanager and not all(self.compared.values())
        return not (lost or self.wrong or grown or uncompared)

    def end(self):
        for process in [self.serve, self.alertmanager, self.listener]:
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        subprocess.run(as_server(f"{self.bindir}/pg_ctl", "-D", f"{self.work}/data", "-m", "immediate", "stop"),
                       check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if self.mounted:
            call("umount", self.history)


def main():
    if len(sys.argv) < 3:
        sys.exit("soak: name the programs of a PostgreSQL server: make soak POSEMO_PG_BINDIR=/usr/lib/postgresql/16/bin")
    posemo, bindir = os.path.abspath(sys.argv[1]), sys.argv[2]
    kept = f"{os.path.dirname(posemo)}/soak.log"
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 3600
    targets = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    with tempfile.TemporaryDirectory(prefix="posemo-soak-", dir="/tmp") as work:
        os.chmod(work, 0o755)
        if os.getuid() == 0:
            shutil.chown(work, "postgres")
        soak = Soak(posemo, bindir, targets, work)
        try:
            good = soak.report(soak.run(seconds), seconds)
        finally:
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"{work}/serve.log", kept)
            soak.end()
    print("passed" if good else f"failed; {kept} contains the log of posemo")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
