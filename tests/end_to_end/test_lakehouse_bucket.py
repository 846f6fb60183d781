"""What is loaded into a bucket equals what is loaded into DuckDB.

The bucket is made in a server of S3's API on this machine: the one at ACCBOOKS_TEST_S3, or moto's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from copy import deepcopy
from uuid import uuid4

import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.destinations import DuckDB, Lakehouse
from lakehouse_loads import assert_equal, load

for name in ("pysail", "pyspark", "deltalake"):
    pytest.importorskip(name, reason="the extra `spark` is not installed")
s3fs = pytest.importorskip(
    "s3fs", reason="s3fs is not installed, by which dlt reads and writes S3: run `make s3`"
)

pytestmark = [pytest.mark.long, pytest.mark.nightly]

SERVER = "ACCBOOKS_TEST_S3"
REGION = "eu-west-2"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secrettest", "REGION_NAME": REGION}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    if os.environ.get(SERVER):
        yield os.environ[SERVER]
        return
    moto = pytest.importorskip(
        "moto.server", reason=f"moto is not installed, and {SERVER} names no server: run `make s3`"
    )
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch) -> str:
    for key, value in {**KEYS, "ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(f"DESTINATION__LAKEHOUSE__CREDENTIALS__{key}", value)
    for key, value in {"AWS_REGION": REGION, "AWS_ENDPOINT": endpoint, "AWS_ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(key, value)  # so that what the engine sets for itself is gone after the test
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["AWS_SECRET_ACCESS_KEY"])
    name = f"books-{uuid4()}"
    files = s3fs.S3FileSystem(endpoint_url=endpoint, client_kwargs={"region_name": REGION})
    files.call_s3("create_bucket", Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def test_loads_into_a_bucket_equal_those_into_duckdb_also_after_edits_and_maintenance(bucket, tmp_path):
    duckdb, lakehouse = DuckDB(str(tmp_path / "books.duckdb")), Lakehouse(f"s3://{bucket}/books")
    with running(Settings(plan="enterprise", port=0, size="tiny")) as emulator:
        for _ in range(2):
            for warehouse in (duckdb, lakehouse):
                load(warehouse, emulator.base_url, emulator.key)
            assert_equal(duckdb, lakehouse)
            sale = deepcopy(emulator.books.all("transactions")[-1])
            emulator.books.put("transactions", {**sale, "id": "txn_new", "description": "it's \\ new"})
            emulator.books.remove("transactions", sale["id"])
    lakehouse.maintain()
    assert_equal(duckdb, lakehouse)
