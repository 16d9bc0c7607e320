#!/usr/bin/python3
"""Makes and checks the models of zoo_catalogue.py, as check.py does: all of torchvision that the other tests leave out.

    check_zoo.py DEPLOYTOOL [NAME-REGEX]

Takes half an hour. The archives stay in the cache folder. Exit 1 when one fails.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    tool, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "."
    subprocess.run([sys.executable, HERE / "make.py", "--zoo", pattern], check=True)
    from zoo_catalogue import ZOO
    names = [case.name for case in ZOO if re.search(pattern, case.name)]
    failed = sum(subprocess.run([sys.executable, HERE / "check.py", tool, name]).returncode != 0 for name in names)
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
