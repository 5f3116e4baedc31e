"""Listing tasks with Xero's own Python SDK: every page of every project, one call after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.project import ProjectApi
from xero_python.project.models import Project, Projects, Task, Tasks

PAGE_SIZE = 500
TOKEN = {"access_token": "any", "token_type": "Bearer", "expires_in": 1800, "expires_at": 4e9, "scope": "projects"}


def tasks(url: str, tenant: str) -> Iterator[Task]:
    """Every task of the organisation."""
    api = projects_api(url)
    listed = everything(lambda page: api.get_projects(tenant, states="INPROGRESS,CLOSED", page=page, page_size=500))
    for project in listed:
        yield from everything(lambda page, key=project.project_id: api.get_tasks(tenant, key, page=page, page_size=500))


def projects_api(url: str) -> ProjectApi:
    client = ApiClient(Configuration(oauth2_token=OAuth2Token()), pool_threads=1)
    client.oauth2_token_getter(lambda: TOKEN)
    client.oauth2_token_saver(lambda token: None)
    return ProjectApi(client, base_url=f"{url}/projects.xro/2.0")


def everything(ask: Callable[[int], Projects | Tasks]) -> Iterator[Project | Task]:
    """The items of all pages."""
    page, pages = 1, 1
    while page <= pages:
        answer = ask(page)
        pages = answer.pagination.page_count
        yield from answer.items or []
        page += 1
