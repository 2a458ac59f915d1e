#!/usr/bin/env python3
"""Keeps a manifest of built programs true to the programs.

    manifest.py hashes MANIFEST   write the sha256 and tool chain of every program
    manifest.py record MANIFEST   run everything and write what came out as expected
    manifest.py check MANIFEST    run everything and compare (--times N, default 5)

Runs use qemu-riscv64 (another emulator: --emulator COMMAND). A program sees
only the environment that the run names and starts in an empty directory. A run
with a "reference" was recorded elsewhere because the emulator is known to be
wrong there; such runs are neither recorded nor checked here.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

SECONDS_PER_RUN = 30


def run_once(emulator, program, run):
    """Returns stdout as text and the exit status (128+n after signal n)."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [*emulator, str(program), *run["arguments"]],
            input=run.get("stdin", "").encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=run.get("environment", {}),
            cwd=directory,
            timeout=SECONDS_PER_RUN,
            check=False,
        )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return done.stdout.decode(), status


def resolve(emulator):
    """The emulator by its full path, as the environment will not have PATH."""
    words = emulator.split()
    found = subprocess.run(["which", words[0]], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        sys.exit(f"manifest.py: {words[0]} is not installed (Debian: qemu-user)")
    return [found.stdout.strip(), *words[1:]]


def compiler_version(sources):
    name = "g++" if any(source.endswith(".cpp") for source in sources) else "gcc"
    shown = subprocess.run([f"riscv64-linux-gnu-{name}", "--version"], capture_output=True,
                           text=True, check=True)
    return shown.stdout.splitlines()[0]


def main():
    parser = argparse.ArgumentParser(description="Keeps a manifest true to its programs.")
    parser.add_argument("verb", choices=["hashes", "record", "check"])
    parser.add_argument("manifest", type=pathlib.Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--emulator", default="qemu-riscv64")
    parser.add_argument("--only", help="look at this program only")
    options = parser.parse_args()

    root = options.manifest.resolve().parent
    guests = json.loads(options.manifest.read_text())
    emulator = resolve(options.emulator) if options.verb != "hashes" else []
    wrong = total = 0
    for guest in guests:
        if options.only and guest["name"] != options.only:
            continue
        program = root / guest["file"]
        digest = hashlib.sha256(program.read_bytes()).hexdigest()
        if options.verb == "hashes":
            guest["sha256"] = digest
            guest["toolchain"] = compiler_version(guest["sources"])
            continue
        if options.verb == "check" and guest["sha256"] != digest:
            print(f"{guest['name']}: the program is not the one in the manifest")
            wrong += 1
        for run in guest["runs"]:
            label = f"{guest['name']}, {run['name']}"
            if "reference" in run:
                continue
            total += 1
            if options.verb == "record":
                run["expectedOutput"], run["exit"] = run_once(emulator, program, run)
                continue
            for attempt in range(options.times):
                output, status = run_once(emulator, program, run)
                if output != run["expectedOutput"] or status != run["exit"]:
                    print(f"{label}: differs at attempt {attempt + 1} (exit {status})")
                    print(output, end="")
                    wrong += 1
                    break
    if options.verb != "check":
        options.manifest.write_text(json.dumps(guests, indent=2) + "\n")
    else:
        print(f"{total} runs, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
