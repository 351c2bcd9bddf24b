"""Holds the service's OpenAPI document against the schema of OpenAPI 3.1, and the service against its document.

Called with the base URL. The first is openapi-spec-validator's work, the second schemathesis', with every check that
schemathesis.toml does not take out. The same requests are sent in every run.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = pathlib.Path(__file__).parent
# How many requests are made up for each operation and kind of data.
N_EXAMPLES = 30


def main(base: str) -> int:
    with urllib.request.urlopen(f"{base}/openapi.json") as answer:
        document = json.load(answer)
    assert document["openapi"].startswith("3.1."), document["openapi"]
    OpenAPIV31SpecValidator(document).validate()
    print(f"document valid: {sum(map(len, document['paths'].values()))} operations")

    environment = os.environ | {
        "OPENSLOTS_TESTED": base,
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        str(pathlib.Path(sys.executable).parent / "st"),
        "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{base}/openapi.json",
        "--generation-deterministic",
        "--max-examples", str(N_EXAMPLES),
        "--max-redirects", "0",
        "--continue-on-failure",
        "--no-color",
    ]
    # It leaves files where it runs.
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told = run.stdout
    print("\n".join(line[:2_000] for line in told.splitlines()))
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
