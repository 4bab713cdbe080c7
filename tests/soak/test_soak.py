"""The short form of `make soak`: a few seconds of it in every run of the tests, so that it stays true."""

import subprocess
import sys


def test_the_laws_hold_after_seconds_in_which_everything_was_killed_once():
    command = [sys.executable, "-m", "tests.soak", "--minutes", "0.15", "--phones", "4", "--desks", "1"]
    command += ["--seed", "59"]  # which leaves everybody alone for half of the time
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as soak:
        try:
            said, _ = soak.communicate(timeout=300)
        finally:
            soak.terminate()  # what it has started ends with it
    assert soak.returncode == 0, said
    assert "Every promise was kept." in said
