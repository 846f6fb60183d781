from collections.abc import Iterator

import pytest
import schemathesis
from accbooks_warehouse.emulator.books import RESOURCES
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema


@pytest.fixture(scope="module")
def target() -> Iterator[Emulator]:
    with running(Settings(plan="enterprise", minute_limit=10**9, port=0)) as emulator:
        yield emulator


CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


OPERATIONS = [
    ("GET", "/v1/company"),
    ("GET", "/v1/reports/balance-sheet"),
    ("GET", "/v1/reports/profit-loss"),
    ("GET", "/v1/reports/trial-balance"),
    ("DELETE", "/v1/invoices/{record_id}"),
    *[("GET", f"/v1/{name}") for name in RESOURCES],
    *[("GET", f"/v1/{name}/{{record_id}}") for name in RESOURCES],
    *[("POST", f"/v1/{name}") for name in ("contacts", "invoices", "journals", "transactions")],
    *[("PUT", f"/v1/{name}/{{record_id}}") for name in ("contacts", "invoices", "transactions")],
]


@pytest.fixture(scope="module")
def document(target: Emulator) -> OpenApiSchema:
    return schemathesis.openapi.from_url(target.admin_url.replace("_emulator/", "openapi.json"))


def test_the_document_lists_what_the_permissions_offer(document: OpenApiSchema) -> None:
    listed = [
        (method.upper(), path) for path, methods in document.raw_schema["paths"].items() for method in methods
    ]
    assert sorted(listed) == sorted(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_responses_are_as_the_document_says(
    target: Emulator, document: OpenApiSchema, method: str, path: str
) -> None:
    @given(document[path][method].as_strategy())
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        headers = {"Authorization": f"Bearer {target.key}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()
