-- name: in_subquery
SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Status = 'CLOSED')

-- name: not_in_subquery
SELECT Name FROM Projects WHERE ProjectId NOT IN (SELECT ProjectId FROM Tasks)

-- name: not_in_subquery_with_nulls_is_empty
SELECT Name FROM Projects WHERE EstimateValue NOT IN (SELECT EstimateValue FROM Projects WHERE Status = 'CLOSED')

-- name: not_in_subquery_of_nothing
SELECT count(*) FROM Projects WHERE ProjectId NOT IN (SELECT ProjectId FROM Tasks WHERE ProjectId = {empty})

-- name: in_subquery_as_a_value
SELECT Name, EstimateMinutes IN (SELECT EstimateMinutes FROM Tasks WHERE Status = 'LOCKED') FROM Tasks

-- name: not_in_subquery_of_what_an_outer_join_left_out
SELECT p.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId
WHERE p.ProjectId = {empty} AND t.ProjectId NOT IN (SELECT e.ProjectId FROM Time e)

-- name: in_subquery_of_what_an_outer_join_left_out_as_a_value
SELECT p.Name, t.ProjectId IN (SELECT e.ProjectId FROM Time e) FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId
WHERE p.ProjectId = {empty}

-- name: not_in_subquery_with_an_outer_join_that_leaves_nothing_out
SELECT Name FROM Projects WHERE ProjectId = {empty} AND ProjectId NOT IN (
    SELECT t.ProjectId FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.ProjectId IN ({project}, {project2}))

-- name: exists
SELECT p.Name FROM Projects p WHERE EXISTS (SELECT 1 FROM Time e WHERE e.ProjectId = p.ProjectId AND e.Status = 'LOCKED')

-- name: not_exists
SELECT p.Name FROM Projects p WHERE NOT EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId AND t.ChargeType = 'FIXED')

-- name: exists_of_one_project
SELECT p.Name FROM Projects p WHERE p.ProjectId = {project} AND EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId)

-- name: exists_with_the_outer_column_in_its_where
SELECT p.Name FROM Projects p WHERE EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId AND p.Status = 'CLOSED')

-- name: exists_without_correlation
SELECT count(*) FROM Users WHERE EXISTS (SELECT 1 FROM Tasks WHERE Status = 'LOCKED')

-- name: inner_alias_hides_the_outer_one
SELECT t.Name FROM Tasks t WHERE t.ChargeType = 'TIME' AND EXISTS (SELECT 1 FROM Time t WHERE t.Status = 'LOCKED')

-- name: scalar_subquery_in_select
SELECT p.Name, (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId) FROM Projects p

-- name: scalar_subquery_in_where
SELECT Id FROM Time WHERE Duration = (SELECT max(Duration) FROM Time)

-- name: scalar_subquery_of_no_row_is_null
SELECT Name, (SELECT t.Name FROM Tasks t WHERE t.Id = {unknown} || '/' || {unknown}) FROM Users

-- name: correlated_average
SELECT t.Id FROM Tasks t WHERE t.RateValue > (SELECT avg(x.RateValue) FROM Tasks x WHERE x.ProjectId = t.ProjectId)

-- name: correlated_latest_day
SELECT e.Id FROM Time e WHERE e.Date = (SELECT max(x.Date) FROM Time x WHERE x.UserId = e.UserId)

-- name: greater_than_all
SELECT Name FROM Tasks WHERE RateValue > ALL (SELECT RateValue FROM Tasks WHERE ChargeType = 'TIME')

-- name: equal_all_of_nothing
SELECT count(*) FROM Tasks t WHERE t.TaskId = ALL (SELECT e.TaskId FROM Time e WHERE e.ProjectId = {unknown})

-- name: equal_some
SELECT count(*) FROM Tasks WHERE TaskId = SOME (SELECT TaskId FROM Time WHERE Status = 'LOCKED')

-- name: pairs_in_subquery
SELECT Name FROM Tasks WHERE (ProjectId, TaskId) IN (SELECT ProjectId, TaskId FROM Time WHERE Status = 'LOCKED')

-- name: subquery_in_a_subquery
SELECT Name FROM Users WHERE UserId IN (SELECT UserId FROM Time WHERE TaskId IN (SELECT TaskId FROM Tasks WHERE Status = 'LOCKED'))

-- name: subquery_with_set_operation
SELECT Name FROM Projects WHERE ProjectId IN (SELECT ProjectId FROM Tasks WHERE Status = 'LOCKED' UNION SELECT ProjectId FROM Time WHERE UserId = {user2})

-- name: subquery_in_case
SELECT Name, CASE WHEN EXISTS (SELECT 1 FROM Time e WHERE e.TaskId = t.TaskId) THEN 'worked' ELSE 'idle' END FROM Tasks t

-- name: subquery_in_having
SELECT UserId, sum(Duration) FROM Time GROUP BY UserId HAVING sum(Duration) > (SELECT avg(m) FROM (SELECT sum(Duration) AS m FROM Time GROUP BY UserId) x)

-- name: subquery_in_order_by
-- ordered
SELECT Name FROM Projects p ORDER BY (SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId) DESC, ProjectId

-- name: subquery_or_a_pushed_condition
SELECT Name FROM Projects WHERE ProjectId = {project} OR ProjectId IN (SELECT ProjectId FROM Tasks WHERE Status = 'LOCKED')

-- name: derived_table_filtered_outside
-- calls: 1
SELECT x.Name FROM (SELECT Name, ProjectId, ChargeType FROM Tasks) x WHERE x.ProjectId = {project} AND x.ChargeType = 'TIME'

-- name: derived_table_with_swapped_names
SELECT x.Status FROM (SELECT ChargeType AS Status, Status AS ChargeType FROM Tasks) x WHERE x.Status = 'TIME' AND x.ChargeType = 'LOCKED'

-- name: derived_table_with_renamed_columns
SELECT x.a FROM (SELECT Status, ProjectId FROM Tasks) AS x(a, b) WHERE x.a = 'LOCKED'

-- name: derived_table_with_an_expression
SELECT count(*) FROM (SELECT coalesce(ChargeType, '-') AS kind FROM Tasks) x WHERE x.kind = 'TIME'

-- name: derived_groups_filtered_by_key
SELECT x.p, x.n FROM (SELECT ProjectId AS p, count(*) AS n FROM Tasks GROUP BY ProjectId) x WHERE x.p = {project}

-- name: derived_groups_filtered_by_aggregate
SELECT x.p FROM (SELECT ProjectId AS p, max(Status) AS s FROM Time GROUP BY ProjectId) x WHERE x.s = 'INVOICED'

-- name: derived_rollup_filtered_by_key
SELECT x.p, x.n FROM (SELECT ProjectId AS p, Status AS s, count(*) AS n FROM Tasks GROUP BY ROLLUP (ProjectId, Status)) x
WHERE x.p = {project}

-- name: derived_total_filtered_to_the_null_group
SELECT x.n FROM (SELECT ProjectId AS p, count(*) AS n FROM Tasks GROUP BY ROLLUP (ProjectId)) x WHERE x.p IS NULL

-- name: derived_limit_filtered_outside
SELECT x.Id FROM (SELECT Id, ChargeType FROM Tasks ORDER BY TaskId LIMIT 50) x WHERE x.ChargeType = 'FIXED'

-- name: derived_offset_filtered_outside
SELECT x.Id FROM (SELECT Id, ChargeType FROM Tasks ORDER BY TaskId OFFSET 350) x WHERE x.ChargeType = 'FIXED'

-- name: derived_fetch_filtered_outside
SELECT x.Id FROM (SELECT Id, Status FROM Time ORDER BY Id FETCH FIRST 50 ROWS ONLY) x WHERE x.Status = 'INVOICED'

-- name: exists_of_an_aggregate_that_only_the_engine_knows
SELECT p.Name FROM Projects p WHERE EXISTS (SELECT mean(t.RateValue) FROM Tasks t WHERE t.ProjectId = {project} AND t.ProjectId = p.ProjectId)
