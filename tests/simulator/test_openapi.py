"""Every answer of every operation is what Xero's OpenAPI documents say, and says nothing they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

SPECS = Path(__file__).parents[3] / "shared" / "openapi"
METHODS = {"get", "post", "put", "patch", "delete"}

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="Xero's OpenAPI documents are not part of a clone")


def load(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((SPECS / name).read_text())
    return spec


def flat(spec: dict[str, Any], node: Any) -> Any:
    """The node with references put in place. What stands beside a `$ref` is void by OpenAPI 3.0, and wrong in this one
    (`type: number` beside a reference to an object). Objects are closed, so that an undocumented field fails.
    """
    if isinstance(node, list):
        return [flat(spec, each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return flat(spec, target)
    plain = {name: flat(spec, value) for name, value in node.items() if name not in ("example", "externalDocs")}
    if plain.get("format") == "double" or "x-is-datetime" in plain:
        # a double must be a Python float to the checker; the times of a connection have no zone in Xero's own example
        del plain["format"]
    if "properties" in plain:
        plain["additionalProperties"] = False
    return plain


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, item in spec["paths"].items():
        for method in METHODS & item.keys():
            yield item[method]["operationId"], method, path


class Checker:
    """Compares answers with the responses that an operation declares."""

    def __init__(self, *names: str) -> None:
        self.seen: set[str] = set()
        self._responses: dict[tuple[str, str], Any] = {}
        self.declared: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for name in names:
            spec = load(name)
            for operation, method, path in operations(spec):
                self.declared[operation] = (spec, spec["paths"][path][method]["responses"])

    def __call__(self, operation: str, reply: Any, status: int) -> Any:
        assert reply.status == status, (operation, reply.status, reply.body)
        response = self._response(operation, str(status))
        self.seen.add(f"{operation} {status}")
        if "content" not in response:
            assert reply.body == b"", operation
            return None
        schema = response["content"]["application/json"]["schema"]
        OAS30Validator(schema, format_checker=oas30_format_checker).validate(reply.json)
        assert reply.headers["Content-Type"].startswith("application/json")
        return reply.json

    def _response(self, operation: str, status: str) -> Any:
        if (operation, status) not in self._responses:
            spec, responses = self.declared[operation]
            self._responses[operation, status] = flat(spec, responses[status])
        return self._responses[operation, status]


@pytest.fixture(scope="module")
def check() -> Checker:
    return Checker("xero-projects.yaml", "xero-identity.yaml")


def test_every_success_is_as_documented(client: Any, check: Checker) -> None:
    """All 18 operations answer with a documented status and body."""
    task, entry = client.task(status="ACTIVE", chargeType="TIME"), client.entry(status="ACTIVE")
    project = f"/Projects/{task['projectId']}"
    rate = {"currency": "NZD", "value": 50}
    draft = {"name": "Dig", "rate": rate, "chargeType": "TIME", "estimateMinutes": 30}
    time = {"userId": client.user_id, "taskId": task["taskId"], "dateUtc": "2026-10-30", "duration": 5}
    whole = {"contactId": client.contact_id, "name": "Shed", "estimateAmount": 5.5, "deadlineUtc": "2027-01-01"}

    listed = check("getProjects", client.get("/Projects?states=INPROGRESS,CLOSED&page=1&pageSize=500"), 200)
    assert len(listed["items"]) == 48
    check("getProjectUsers", client.get("/ProjectsUsers"), 200)
    check("getProject", client.get(project), 200)
    check("createProject", client.send("POST", "/Projects", whole), 201)
    check("updateProject", client.send("PUT", project, {"name": "Barn"}), 204)
    check("patchProject", client.send("PATCH", project, {"status": "CLOSED"}), 204)
    for each in listed["items"]:
        check("getTasks", client.get(f"/Projects/{each['projectId']}/Tasks"), 200)
        check("getTimeEntries", client.get(f"/Projects/{each['projectId']}/Time"), 200)
    check("getTask", client.get(client.task_path(task)), 200)
    made = check("createTask", client.send("POST", f"{project}/Tasks", draft), 201)
    check("updateTask", client.send("PUT", client.task_path(made), draft), 204)
    check("deleteTask", client.send("DELETE", client.task_path(made)), 204)
    check("getTimeEntry", client.get(client.time_path(entry)), 200)
    logged = check("createTimeEntry", client.send("POST", f"{project}/Time", time), 200)
    check("updateTimeEntry", client.send("PUT", client.time_path(logged), time), 204)
    check("deleteTimeEntry", client.send("DELETE", client.time_path(logged)), 204)
    connections = check("getConnections", client.send("GET", "/connections"), 200)
    check("deleteConnection", client.send("DELETE", f"/connections/{connections[-1]['id']}"), 204)

    assert {line.split()[0] for line in check.seen} == set(check.declared)


def test_every_validation_error_is_as_documented(client: Any, check: Checker) -> None:
    """A 400 of any operation has the documented error body, `modelState` an object of lists of sentences."""
    task = client.task(status="ACTIVE", chargeType="TIME")
    invoiced, billed = client.task(status="INVOICED"), client.entry(status="INVOICED")
    project = f"/Projects/{task['projectId']}"
    refused = [
        check("getProjects", client.get("/Projects?page=0"), 400),
        check("getProjectUsers", client.get("/ProjectsUsers?pageSize=501"), 400),
        check("createProject", client.send("POST", "/Projects", {}), 400),
        check("updateProject", client.send("PUT", project, b"{"), 400),
        check("patchProject", client.send("PATCH", project, {"status": "OPEN"}), 400),
        check("getTasks", client.get(f"{project}/Tasks?chargeType=FREE"), 400),
        check("createTask", client.send("POST", f"{project}/Tasks", {"status": "INPROGRESS"}), 400),
        check("updateTask", client.send("PUT", client.task_path(task), []), 400),
        check("deleteTask", client.send("DELETE", client.task_path(invoiced)), 400),
        check("getTimeEntries", client.get(f"{project}/Time?isChargeable=perhaps"), 400),
        check("createTimeEntry", client.send("POST", f"{project}/Time", {}), 400),
        check("updateTimeEntry", client.send("PUT", client.time_path(billed), {}), 400),
        check("deleteTimeEntry", client.send("DELETE", client.time_path(billed)), 400),
    ]
    for body in refused:
        assert body["message"] == "The request is invalid."
        assert body["modelState"]
        for complaints in body["modelState"].values():
            assert complaints
            assert all(isinstance(each, str) for each in complaints)
