"""Several organisations, and the list of them."""

from __future__ import annotations

from ..facts import Organisation, Row, pages
from ..model import Entry


def both(o: Organisation) -> tuple[Organisation, Organisation]:
    """The connection's organisation and the second one."""
    return o, o.others[0]


def together(o: Organisation) -> tuple[Organisation, ...]:
    return o, *o.others[:2]


def worked_this_year(o: Organisation) -> list[Row]:
    return o.with_time(o.of_contact, lambda entry: entry["dateUtc"] >= "2026-01-01")


ENTRIES = (
    Entry("the organisations", "SELECT Name, IsActive FROM Tenants", lambda o: 1, "one call, of nobody's quota"),
    Entry(
        "how many organisations",
        "SELECT count(*) FROM Tenants WHERE Type = 'ORGANISATION'",
        lambda o: 1,
        "one call, of nobody's quota",
    ),
    Entry(
        "another organisation's projects",
        "SELECT Name FROM Projects WHERE TenantId = {tenant2}",
        lambda o: pages(o.others[0].projects),
        "its list",
        plain="SELECT Name FROM every.Projects WHERE TenantId = {tenant2}",
    ),
    Entry(
        "another organisation's closed projects, by parameters",
        "SELECT Name FROM Projects WHERE TenantId = ? AND Status = ?",
        lambda o: pages(o.others[0].closed),
        "its list, which takes states",
        ("{tenant2}", "CLOSED"),
        plain="SELECT Name FROM every.Projects WHERE TenantId = ? AND Status = ?",
    ),
    Entry(
        "the projects of two organisations",
        "SELECT TenantId, Name FROM Projects WHERE TenantId IN ({tenant}, {tenant2})",
        lambda o: sum(pages(each.projects) for each in both(o)),
        "the list of either",
        plain="SELECT TenantId, Name FROM every.Projects WHERE TenantId IN ({tenant}, {tenant2})",
    ),
    Entry(
        "the users of two organisations",
        "SELECT Name, TenantId FROM Users WHERE TenantId IN ({tenant}, {tenant2})",
        lambda o: 2,
        "the list of either",
        plain="SELECT Name, TenantId FROM every.Users WHERE TenantId IN ({tenant}, {tenant2})",
    ),
    Entry(
        "how many projects each of two organisations has",
        "SELECT TenantId, count(*) FROM Projects WHERE TenantId IN ({tenant}, {tenant2}) GROUP BY TenantId",
        lambda o: 2,
        "one page of either tells how many",
        plain="SELECT TenantId, count(*) FROM every.Projects WHERE TenantId IN ({tenant}, {tenant2}) GROUP BY TenantId",
    ),
    Entry(
        "how many closed projects two organisations have together",
        "SELECT count(*) FROM Projects WHERE TenantId IN ({tenant}, {tenant2}) AND Status = 'CLOSED'",
        lambda o: 2,
        "one page of either tells how many pass an exact filter",
        plain="SELECT count(*) FROM every.Projects WHERE TenantId IN ({tenant}, {tenant2}) AND Status = 'CLOSED'",
    ),
    Entry(
        "the tasks of two organisations",
        "SELECT TenantId, Status, count(*) FROM Tasks WHERE TenantId IN ({tenant}, {tenant2}) GROUP BY 1, 2",
        lambda o: sum(pages(each.projects) + each.task_lists(each.projects) for each in both(o)),
        "either one's projects, then each one's list",
        plain="SELECT TenantId, Status, count(*) FROM every.Tasks "
        "WHERE TenantId IN ({tenant}, {tenant2}) GROUP BY 1, 2",
    ),
    Entry(
        "the time of three organisations",
        "SELECT TenantId, sum(Duration) FROM Time WHERE TenantId IN ({tenant}, {tenant2}, {tenant3}) GROUP BY 1",
        lambda o: sum(pages(each.projects) + each.time_lists(each.projects) for each in together(o)),
        "each one's projects, then the lists of those that have minutes",
        plain="SELECT TenantId, sum(Duration) FROM every.Time GROUP BY 1",
    ),
    Entry(
        "tasks of closed projects of two organisations",
        "SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (TenantId, ProjectId) "
        "WHERE p.TenantId IN ({tenant}, {tenant2}) AND p.Status = 'CLOSED'",
        lambda o: sum(pages(each.closed) + each.task_lists(each.closed) for each in both(o)),
        "either one's closed projects, then each one's list, asked of its own organisation only",
        plain="SELECT p.Name, t.Name FROM every.Projects p JOIN every.Tasks t USING (TenantId, ProjectId) "
        "WHERE p.TenantId IN ({tenant}, {tenant2}) AND p.Status = 'CLOSED'",
    ),
    Entry(
        "people of two organisations, by the order of their first names",
        "SELECT a.Name, b.Name FROM Users a JOIN Users b ON split_part(a.Name, ' ', 1) <= split_part(b.Name, ' ', 1) "
        "WHERE b.TenantId = {tenant2}",
        lambda o: 2,
        "the list of either",
        plain="SELECT a.Name, b.Name FROM Users a JOIN every.Users b "
        "ON split_part(a.Name, ' ', 1) <= split_part(b.Name, ' ', 1) WHERE b.TenantId = {tenant2}",
    ),
    Entry(
        "projects with their organisation's name",
        "SELECT o.Name, p.Name FROM Tenants o JOIN Projects p ON p.TenantId = o.TenantId",
        lambda o: 1 + pages(o.projects),
        "the organisations, and the list of the connection's own",
    ),
    Entry(
        "two organisations' projects with their names",
        "SELECT o.Name, count(*) FROM Projects p JOIN Tenants o USING (TenantId) "
        "WHERE p.TenantId IN ({tenant}, {tenant2}) GROUP BY 1",
        lambda o: 3,
        "the organisations, and one page of either",
        plain="SELECT o.Name, count(*) FROM every.Projects p JOIN Tenants o USING (TenantId) "
        "WHERE p.TenantId IN ({tenant}, {tenant2}) GROUP BY 1",
    ),
    Entry(
        "five tables",
        "SELECT o.Name, p.Name, t.Name, u.Name, e.Duration FROM Tenants o JOIN Projects p ON p.TenantId = o.TenantId "
        "JOIN Tasks t ON t.ProjectId = p.ProjectId JOIN Time e ON e.TaskId = t.TaskId JOIN Users u USING (UserId) "
        "WHERE p.ContactId = {contact} AND e.Date >= DATE '2026-01-01'",
        lambda o: 3 + o.time_lists(o.of_contact) + o.task_lists(worked_this_year(o)),
        "organisations, users, the contact's projects, their time, and the tasks only where there is some",
    ),
)
