"""docs/live.md against the code and the proxies: metrics are complete, and examples are configurations."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.live.metrics import Metrics
from prometheus_client.parser import text_string_to_metric_families

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text()


def example(beginning: str) -> str:
    """Return the block of the page that begins with this line."""
    found = re.search(rf"^```\w*\n({re.escape(beginning)}\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_lists_exactly_the_metrics_there_are() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `accbooks_")]
    listed = {name for row in rows for name in re.findall(r"`(accbooks_\w+)`", row.split("|")[1])}
    metrics = Metrics()
    families = text_string_to_metric_families(metrics.text([]).decode())
    assert listed == {f"{each.name}_total" if each.type == "counter" else each.name for each in families}


@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="there is no nginx here")
def test_nginx_takes_the_example(tmp_path: Path) -> None:
    names = ("fullchain.pem", "privkey.pem")
    made = [str(tmp_path / name) for name in names]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hooks.example.com"]
    subprocess.run([*command, "-out", made[0], "-keyout", made[1]], capture_output=True, check=True)
    server = example("server {").replace("/etc/letsencrypt/live/hooks.example.com", str(tmp_path))
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n{server}}}\n")
    ran = subprocess.run(
        ["nginx", "-t", "-q", "-e", "stderr", "-p", str(tmp_path), "-c", str(configuration)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="there is no Caddy here")
def test_caddy_takes_the_example(tmp_path: Path) -> None:
    configuration = tmp_path / "Caddyfile"
    configuration.write_text(example("# Caddyfile"))
    ran = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", str(configuration)],  # noqa: S607
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
