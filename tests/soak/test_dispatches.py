"""The short form of `make soak-dispatches`: tens of dispatches in seconds, in every run of the tests."""

import subprocess
import sys


def test_every_dispatch_is_acknowledged_or_escalated_once_though_everything_dies_on_the_way():
    command = [sys.executable, "-m", "tests.soak.dispatches", "--dispatches", "30", "--technicians", "5"]
    command += ["--webs", "1", "--kills", "1", "--steps", "sms:0,dispatchers:0,supervisors:0", "--seed", "316"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as soak:
        try:
            said, _ = soak.communicate(timeout=300)
        finally:
            soak.terminate()  # what it has started ends with it
    assert soak.returncode == 0, said
    assert "Every promise was kept." in said
