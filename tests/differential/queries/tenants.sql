-- A table means the connection's organisation unless TenantId says otherwise; `every.X` is X of all organisations.

-- name: own_rows_only
SELECT DISTINCT TenantId FROM Tasks

-- name: another_organisation
SELECT Name FROM Projects WHERE TenantId = {tenant2}
-- plain:
SELECT Name FROM every.Projects WHERE TenantId = {tenant2}

-- name: two_organisations
SELECT TenantId, Status, count(*) FROM Tasks WHERE TenantId IN ({tenant}, {tenant3}) GROUP BY 1, 2
-- plain:
SELECT TenantId, Status, count(*) FROM every.Tasks WHERE TenantId IN ({tenant}, {tenant3}) GROUP BY 1, 2

-- name: all_organisations
SELECT TenantId, sum(Duration) FROM Time WHERE TenantId IN ({tenant}, {tenant2}, {tenant3}) GROUP BY TenantId
-- plain:
SELECT TenantId, sum(Duration) FROM every.Time GROUP BY TenantId

-- name: users_of_all_organisations
SELECT TenantId, count(*) FROM Users WHERE TenantId IN ({tenant}, {tenant2}, {tenant3}) GROUP BY TenantId
-- plain:
SELECT TenantId, count(*) FROM every.Users GROUP BY TenantId

-- name: organisations_by_or
SELECT count(*) FROM Projects WHERE TenantId = {tenant} OR TenantId = {tenant2}
-- plain:
SELECT count(*) FROM every.Projects WHERE TenantId IN ({tenant}, {tenant2})

-- name: organisations_by_any
SELECT count(*) FROM Projects WHERE TenantId = ANY (ARRAY[{tenant2}, {tenant3}])
-- plain:
SELECT count(*) FROM every.Projects WHERE TenantId IN ({tenant2}, {tenant3})

-- name: organisation_by_parameter
-- params: ["{tenant2}"]
SELECT Name FROM Tasks WHERE TenantId = ?
-- plain:
SELECT Name FROM every.Tasks WHERE TenantId = ?

-- name: organisation_on_one_alias_stays_there
SELECT a.Name, b.Name FROM Projects a JOIN Projects b ON a.Name = b.Name WHERE a.TenantId = {tenant2}
-- plain:
SELECT a.Name, b.Name FROM every.Projects a JOIN Projects b ON a.Name = b.Name WHERE a.TenantId = {tenant2}

-- name: organisation_spreads_over_an_equality
SELECT p.Name, t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.TenantId = p.TenantId WHERE p.TenantId = {tenant2}
-- plain:
SELECT p.Name, t.Name FROM every.Projects p JOIN every.Tasks t ON t.ProjectId = p.ProjectId WHERE p.TenantId = {tenant2}

-- name: organisation_spreads_over_using
SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (TenantId, ProjectId) WHERE p.TenantId IN ({tenant2}, {tenant3})
-- plain:
SELECT p.Name, t.Name FROM every.Projects p JOIN every.Tasks t USING (TenantId, ProjectId) WHERE p.TenantId IN ({tenant2}, {tenant3})

-- name: organisation_spreads_to_the_null_side
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.TenantId = p.TenantId
WHERE p.TenantId IN ({tenant}, {tenant2})
-- plain:
SELECT p.Name, t.Name FROM every.Projects p LEFT JOIN every.Tasks t ON t.ProjectId = p.ProjectId WHERE p.TenantId IN ({tenant}, {tenant2})

-- name: organisation_of_a_derived_table
SELECT x.Name FROM (SELECT Name, TenantId FROM Tasks UNION ALL SELECT Name, TenantId FROM Projects) x WHERE x.TenantId = {tenant3}
-- plain:
SELECT Name FROM every.Tasks WHERE TenantId = {tenant3} UNION ALL SELECT Name FROM every.Projects WHERE TenantId = {tenant3}

-- name: organisations_side_by_side
SELECT Name FROM Projects WHERE TenantId = {tenant} EXCEPT SELECT Name FROM Projects WHERE TenantId = {tenant2}
-- plain:
SELECT Name FROM Projects EXCEPT SELECT Name FROM every.Projects WHERE TenantId = {tenant2}

-- name: organisation_and_pushed_filters
SELECT Name FROM Projects WHERE TenantId = {tenant2} AND Status = 'CLOSED'
-- plain:
SELECT Name FROM every.Projects WHERE TenantId = {tenant2} AND Status = 'CLOSED'

-- name: id_of_another_organisation_is_not_found
-- calls: 1
SELECT Name FROM Projects WHERE TenantId = {tenant2} AND ProjectId = {project}
-- plain:
SELECT Name FROM every.Projects WHERE TenantId = {tenant2} AND ProjectId = {project}

-- name: organisation_by_unequal_reads_the_own
SELECT count(*) FROM Projects WHERE TenantId <> {tenant2}

-- name: organisation_in_a_cte
WITH t AS (SELECT * FROM Tasks WHERE TenantId = {tenant3}) SELECT Status, count(*) FROM t GROUP BY Status
-- plain:
SELECT Status, count(*) FROM every.Tasks WHERE TenantId = {tenant3} GROUP BY Status

-- name: a_tenant_that_only_follows_from_other_values_need_not_be_one
SELECT e.TimeEntryId, p.Name FROM Time e JOIN Projects p ON p.TenantId = e.UserId
WHERE e.UserId = '3829a509-29e7-4fbe-9900-24c4c76a6acf'
