"""`make audit`: known vulnerabilities of what is installed, and what could not be looked up.

    python .ci/audit.py PIP_AUDIT SITE_PACKAGES

Exit status 0: all looked up, none vulnerable; 1: some vulnerable; 2: not all could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def verdict(report: dict[str, Any]) -> tuple[int, list[str]]:
    """Exit status and the sentences to say, from pip-audit's JSON."""
    packages = report["dependencies"]
    unknown = [one for one in packages if "skip_reason" in one]
    vulnerable = [one for one in packages if one.get("vulns")]
    said = [
        f"{one['name']} {one['version']}: {each['id']}"
        + (f", fixed in {', '.join(each['fix_versions'])}" if each.get("fix_versions") else "")
        for one in vulnerable
        for each in one["vulns"]
    ]
    checked = len(packages) - len(unknown)
    said.append(f"{checked} of {len(packages)} packages looked up, {len(vulnerable)} vulnerable")
    if unknown:
        some = ", ".join(sorted(one["name"] for one in unknown)[:5])
        said.append(
            f"{len(unknown)} packages could not be looked up ({some} ...): the source of "
            "vulnerabilities was not reached or does not know them; nothing is known about them"
        )
    return (1 if vulnerable else 2 if unknown else 0), said


def main(pip_audit: str, packages: str) -> int:
    """Run pip-audit and say what it found."""
    ran = subprocess.run(
        [pip_audit, "--path", packages, "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(ran.stdout)
    except json.JSONDecodeError:
        last = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        sys.stderr.write(f"the source of vulnerabilities was not reached: {last}\n")
        return 2
    status, said = verdict(report)
    sys.stdout.write("\n".join(said) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
