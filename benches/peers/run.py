#!/usr/bin/env python3
"""Runs the same jobs with ironcage and with its peers, in one run, and prints ratios.

The peers come from their registries into target/peers. Every job is a whole process; CPU seconds are user plus
system time of that process, as the operating system accounts for them. See README.md beside this file.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "target" / "peers"
PYTHON = PEERS / "venv" / "bin" / "python"
# How many disturbed sequences pm4py is asked to align; it takes up to a second for each.
NOISY_SAMPLE = 100
PACKAGES = ["pm4py==2.7.23.11", "declare4py==2.2.0"]

DECLARE = """\
activity Create Fine
activity Send Fine
activity Insert Fine Notification
activity Add penalty
activity Send for Credit Collection
activity Payment
Response[Create Fine, Send Fine] | | |
Precedence[Send Fine, Insert Fine Notification] | | |
Response[Create Fine, Send Fine] | | |0,90,d
Not Response[Send for Credit Collection, Payment] | | |
Response[Insert Fine Notification, Add penalty] | | |0,60,d
Response[Insert Fine Notification, Add penalty] | | |
Precedence[Add penalty, Send for Credit Collection] | | |
Chain Response[Create Fine, Send Fine] | | |
Existence[Create Fine] | | |
Response[Create Fine, Payment] |A.amount > 50 | |
"""

PM4PY_DECLARE = """
import collections
import pm4py
log = pm4py.read_xes(LOG)
model = {
    "response": {("Create Fine", "Send Fine"): {"support": 1, "confidence": 1},
                 ("Insert Fine Notification", "Add penalty"): {"support": 1, "confidence": 1}},
    "precedence": {("Send Fine", "Insert Fine Notification"): {"support": 1, "confidence": 1},
                   ("Add penalty", "Send for Credit Collection"): {"support": 1, "confidence": 1}},
    "nonsuccession": {("Send for Credit Collection", "Payment"): {"support": 1, "confidence": 1}},
    "chainresponse": {("Create Fine", "Send Fine"): {"support": 1, "confidence": 1}},
    "existence": {"Create Fine": {"support": 1, "confidence": 1}},
}
started = time.process_time()
result = pm4py.conformance_declare(log, model)
spent = time.process_time() - started
broken = collections.Counter()
for case in result:
    broken.update({f"{name}:{what if isinstance(what, str) else '|'.join(what)}" for name, what in case["deviations"]})
print(json.dumps({"seconds": spent, "violated": broken}))
"""

# The names under which pm4py counts the constraints above.
PM4PY_NAMES = {
    "response:Create Fine|Send Fine": "Response[Create Fine, Send Fine] | | |",
    "response:Insert Fine Notification|Add penalty": "Response[Insert Fine Notification, Add penalty] | | |",
    "precedence:Send Fine|Insert Fine Notification": "Precedence[Send Fine, Insert Fine Notification] | | |",
    "precedence:Add penalty|Send for Credit Collection": "Precedence[Add penalty, Send for Credit Collection] | | |",
    "nonsuccession:Send for Credit Collection|Payment": "Not Response[Send for Credit Collection, Payment] | | |",
    "chainresponse:Create Fine|Send Fine": "Chain Response[Create Fine, Send Fine] | | |",
    "existence:Create Fine": "Existence[Create Fine] | | |",
}

DECLARE4PY = """
from Declare4Py.D4PyEventLog import D4PyEventLog
from Declare4Py.ProcessModels.DeclareModel import DeclareModel
from Declare4Py.ProcessMiningTasks.ConformanceChecking.MPDeclareAnalyzer import MPDeclareAnalyzer
log = D4PyEventLog(case_name="case:concept:name")
log.parse_xes_log(LOG)
model = DeclareModel().parse_from_file(MODEL)
started = time.process_time()
results = MPDeclareAnalyzer(log=log, declare_model=model, consider_vacuity=False).run()
spent = time.process_time() - started
print(json.dumps({"seconds": spent}))
"""

PM4PY_LOAD = """
import pm4py
started = time.process_time()
log = pm4py.read_xes(LOG)
print(json.dumps({"seconds": time.process_time() - started, "events": len(log)}))
"""

PM4PY_PROFILE = """
import pm4py
log = pm4py.read_xes(LOG)
started = time.process_time()
profile = pm4py.discover_temporal_profile(log)
pm4py.conformance_temporal_profile(log, profile, zeta=3)
print(json.dumps({"seconds": time.process_time() - started}))
"""

PM4PY_ALIGN = """
import pm4py
log = pm4py.read_xes(LOG)
net, initial, final = pm4py.read_pnml(MODEL)
from pm4py.algo.conformance.alignments.petri_net import algorithm, variants
from pm4py.objects.petri_net.utils import align_utils
from pm4py.util import constants, typing
from pm4py.objects.petri_net.obj import PetriNet
from pm4py.algo.conformance.alignments.petri_net.variants import state_equation_a_star as astar
started = time.process_time()
cost, cases = 0, 0
import collections
groups = collections.Counter(log.groupby("case:concept:name", sort=False)["concept:name"].agg(tuple))
from pm4py.objects.log.obj import Trace, Event
model_cost = {t: 0 if t.label is None else 1 for t in net.transitions}
sync_cost = {t: 0 for t in net.transitions if t.label is not None}
for variant, count in groups.items():
    trace = Trace([Event({"concept:name": name}) for name in variant])
    parameters = {
        astar.Parameters.PARAM_MODEL_COST_FUNCTION: model_cost,
        astar.Parameters.PARAM_SYNC_COST_FUNCTION: sync_cost,
        astar.Parameters.PARAM_TRACE_COST_FUNCTION: [1] * len(trace),
    }
    cost += count * astar.apply(trace, net, initial, final, parameters=parameters)["cost"]
    cases += count
print(json.dumps({"seconds": time.process_time() - started, "cost": cost, "cases": cases}))
"""


PM4PY_SEQUENCES = """
import pm4py
from pm4py.objects.log.obj import Trace, Event
from pm4py.algo.conformance.alignments.petri_net.variants import state_equation_a_star as astar
net, initial, final = pm4py.read_pnml(MODEL)
model_cost = {t: 0 if t.label is None else 1 for t in net.transitions}
sync_cost = {t: 0 for t in net.transitions if t.label is not None}
rows = [json.loads(line) for line in open(LOG)]
started = time.process_time()
cost = 0
for row in rows:
    trace = Trace([Event({"concept:name": name or "not in the net"}) for name in row["activities"]])
    parameters = {
        astar.Parameters.PARAM_MODEL_COST_FUNCTION: model_cost,
        astar.Parameters.PARAM_SYNC_COST_FUNCTION: sync_cost,
        astar.Parameters.PARAM_TRACE_COST_FUNCTION: [1] * len(trace),
    }
    cost += row["cases"] * astar.apply(trace, net, initial, final, parameters=parameters)["cost"]
print(json.dumps({"seconds": time.process_time() - started, "cost": cost}))
"""


def run(command, **options):
    """Runs a process; its output, its CPU seconds and its peak memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    out, err = process.communicate()
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit {process.returncode}: {err.decode(errors='replace')[-800:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return out.decode(), cpu, wall


def python_job(code, log, model=None):
    """Runs a piece of Python with a peer; what it printed, and its own CPU seconds for the job."""
    header = f"import json, time, warnings\nwarnings.filterwarnings('ignore')\nLOG = {str(log)!r}\nMODEL = {str(model)!r}\n"
    out, cpu, wall = run([str(PYTHON), "-c", header + textwrap.dedent(code)])
    return json.loads(out.strip().splitlines()[-1]) | {"process_cpu": cpu, "wall": wall}


def install():
    """Brings the peers and builds ironcage."""
    if not PYTHON.exists():
        PEERS.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEERS / "venv")], check=True)
        subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "-p", "ironcage"], cwd=ROOT, check=True)
    environment = os.environ | {"CARGO_TARGET_DIR": str(PEERS / "rust4pm")}
    crate = ROOT / "benches" / "peers" / "rust4pm"
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=crate, env=environment, check=True)


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


class Table:
    """Rows of job, peer, seconds of the peer, seconds of ironcage, ratio."""

    def __init__(self):
        self.rows = []

    def add(self, job, peer, theirs, ours):
        self.rows.append((job, peer, theirs, ours))
        print(f"  {job} | {peer}: {theirs:.2f} s, ironcage {ours:.3f} s, {theirs / max(ours, 1e-9):.0f}x", flush=True)

    def markdown(self):
        lines = ["| job | peer | peer, CPU s | ironcage, CPU s | ratio |", "|---|---|---|---|---|"]
        for job, peer, theirs, ours in self.rows:
            lines.append(f"| {job} | {peer} | {theirs:.2f} | {ours:.3f} | {theirs / max(ours, 1e-9):.0f}x |")
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("CAGE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--log-dir", type=Path, default=shared / "logs")
    parser.add_argument("--runs", type=int, default=3, help="runs of ironcage's jobs; the median counts")
    parser.add_argument("--skip-slow", action="store_true", help="leave out jobs of a peer that take minutes")
    arguments = parser.parse_args()
    fines = arguments.log_dir / "road_traffic_fines.xes.gz"
    receipt = arguments.log_dir / "receipt.xes.gz"
    if not fines.exists():
        sys.exit(f"{fines} is absent; name the folder of the logs with --log-dir")
    install()
    ironcage = ROOT / "target" / "release" / "ironcage"
    rust4pm = PEERS / "rust4pm" / "release" / "rust4pm-peer"
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "fines.decl"
        model.write_text(DECLARE)

        def ours(*command):
            runs = [run([str(ironcage), "--quiet", *map(str, command)]) for _ in range(arguments.runs)]
            return runs[0][0], median([cpu for _, cpu, _ in runs])

        print("reading the road traffic log")
        counted, seconds = ours("stats", fines, "--json")
        for job in ("load", "stream"):
            out, cpu, _ = run([str(rust4pm), job, str(fines)])
            if int(out) != json.loads(counted)["events"]:
                sys.exit(f"events differ: {out.strip()} by process_mining")
            table.add(f"read road traffic ({job})", "process_mining 0.6.2", cpu, seconds)
        peer = python_job(PM4PY_LOAD, fines)
        table.add("read road traffic", "pm4py", peer["seconds"], seconds)

        print("Declare on the road traffic log, file to counts")
        out, seconds = ours("check", fines, "--decl", model, "--finite", "--json", "-")
        counts = {rule["id"]: rule["violated"] for rule in json.loads(out)["rules"]}
        peer = python_job(PM4PY_DECLARE, fines)
        for name, line in PM4PY_NAMES.items():
            if peer["violated"].get(name, 0) != counts[line]:
                sys.exit(f"{line}: counts differ: pm4py {peer['violated'].get(name, 0)}, ironcage {counts[line]}")
        table.add("7 constraints without time or data, file to counts", "pm4py", peer["process_cpu"], seconds)
        if not arguments.skip_slow:
            peer = python_job(DECLARE4PY, fines, model)
            table.add("10 constraints, file to counts", "Declare4Py", peer["process_cpu"], seconds)

        print("temporal profile, learn and check")
        out, _ = ours("bench", "profile", fines, "--json")
        seconds = json.loads(out)["jobs"]["profile"]["cpu_seconds"]
        if not arguments.skip_slow:
            peer = python_job(PM4PY_PROFILE, fines)
            table.add("temporal profile, learn and check", "pm4py", peer["seconds"], seconds)

        print("optimal alignments")
        for log, name in ((fines, "road_traffic_im02"), (receipt, "receipt_im02")):
            net = arguments.log_dir / "alignments" / f"{name}.pnml"
            noisy = Path(folder) / "noisy.jsonl"
            options = ("--sample", NOISY_SAMPLE, "--sequences", noisy)
            out, _ = ours("bench", "align", log, "--flow", net, "--json")
            mine = json.loads(out)["jobs"]
            peer = python_job(PM4PY_ALIGN, log, net)
            if peer["cost"] != mine["plain"]["cost"]:
                sys.exit(f"{name}: costs differ: pm4py {peer['cost']}, ironcage {mine['plain']['cost']}")
            table.add(f"optimal alignments {name}", "pm4py", peer["seconds"], mine["plain"]["cpu_seconds"])
            out, _ = ours("bench", "align", log, "--flow", net, "--json", *options)
            mine = json.loads(out)["jobs"]["noisy"]
            peer = python_job(PM4PY_SEQUENCES, noisy, net)
            if peer["cost"] != mine["cost"]:
                sys.exit(f"{name} with noise: costs differ: pm4py {peer['cost']}, ironcage {mine['cost']}")
            table.add(f"the same, {mine['variants']} sequences with 50 % noise", "pm4py", peer["seconds"], mine["cpu_seconds"])
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print(table.markdown())


if __name__ == "__main__":
    main()
