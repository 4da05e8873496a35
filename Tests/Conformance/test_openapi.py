"""The OpenAPI document is true: whatever schemathesis makes of it is answered as it says."""

import os

import pytest

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import negative_data_rejection  # noqa: E402

# Of each kind, for each operation.
EXAMPLES = int(os.environ.get("SLUICE_OPENAPI_EXAMPLES", "15"))

WORKER = """
import sluice

worker = sluice.Worker()

@worker.function
def anything(*args, **kwargs):
    return len(args) + len(kwargs)

worker.run()
"""

OPERATIONS = {
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/functions"),
    ("GET", "/v1/functions/{name}"),
    ("POST", "/v1/functions/{name}/requests"),
    ("GET", "/v1/requests/{id}"),
    ("DELETE", "/v1/requests/{id}"),
    ("GET", "/v1/requests/{id}/result"),
    ("GET", "/v1/requests/{id}/events"),
}


@pytest.fixture(scope="module")
def document(gateway, worker):
    worker(WORKER)
    return schemathesis.openapi.from_url(f"{gateway.url}/v1/openapi.json")


def submitted(document, gateway):
    """What schemathesis cannot guess: the id of a request."""
    post = document["/v1/functions/{name}/requests"]["POST"]
    case = post.Case(
        path_parameters={"name": "anything"}, body=[1, 2], media_type="application/json"
    )
    answer = case.call(base_url=gateway.url)
    case.validate_response(answer)
    assert answer.status_code == 202
    return answer.json()["id"]


def test_the_document_has_all_operations(document):
    found = {(o.ok().method.upper(), o.ok().path) for o in document.get_all_operations()}
    # Who reads the document has asked for that already.
    assert found | {("GET", "/v1/openapi.json")} == OPERATIONS


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("known", [True, False], ids=["known", "made up"])
@pytest.mark.parametrize("method, path", sorted(OPERATIONS))
def test_every_answer_is_one_that_the_document_has(document, gateway, method, path, known, mode):
    names = {}
    if known and "{name}" in path:
        names = {"name": "anything"}
    elif known and "{id}" in path:
        names = {"id": submitted(document, gateway)}
    cases = document[path][method].as_strategy(mode, path_parameters=names or None)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def hold(case):
        response = case.call(base_url=gateway.url)
        # That it is full, or that a time passed, is an answer; that it failed is none.
        excluded = [not_a_server_error]
        # Whatever there is makes bytes, and text.
        if case.media_type in ("text/plain", "application/octet-stream"):
            excluded.append(negative_data_rejection)
        case.validate_response(response, excluded_checks=excluded)
        assert response.status_code not in (500, 502), response.text

    try:
        hold()
    except Exception as error:
        # An operation without parameters cannot be asked wrongly.
        if "Unsatisfiable" not in type(error).__name__ and "skip" not in str(error).lower():
            raise
