-- name: cte
WITH closed AS (SELECT * FROM Projects WHERE Status = 'CLOSED')
SELECT c.Name, t.Name FROM closed c JOIN Tasks t ON t.ProjectId = c.ProjectId

-- name: cte_filtered_outside
-- calls: 1
WITH t AS (SELECT Name, ProjectId FROM Tasks) SELECT Name FROM t WHERE ProjectId = {project}

-- name: cte_read_twice_with_different_filters
WITH t AS (SELECT * FROM Tasks)
SELECT a.Name, b.Name FROM t a JOIN t b ON a.ProjectId = b.ProjectId WHERE a.Status = 'LOCKED' AND b.ChargeType = 'FIXED'

-- name: cte_read_twice_in_a_union
WITH t AS (SELECT Name, Status FROM Tasks) SELECT Name FROM t WHERE Status = 'LOCKED' UNION ALL SELECT Name FROM t WHERE Status = 'INVOICED'

-- name: cte_read_in_from_and_in_a_subquery
WITH busy AS (SELECT ProjectId, sum(Duration) AS minutes FROM Time GROUP BY ProjectId)
SELECT ProjectId FROM busy WHERE minutes > (SELECT avg(minutes) FROM busy)

-- name: cte_never_read
-- calls: 1
WITH t AS (SELECT * FROM Projects) SELECT count(*) FROM Users

-- name: cte_over_a_cte
WITH a AS (SELECT * FROM Tasks WHERE ChargeType = 'TIME'), b AS (SELECT ProjectId, count(*) AS n FROM a GROUP BY ProjectId)
SELECT p.Name, b.n FROM Projects p JOIN b USING (ProjectId) WHERE b.n > 3

-- name: cte_named_like_a_table
WITH Tasks AS (SELECT Name FROM Projects WHERE Status = 'CLOSED') SELECT Name FROM Tasks

-- name: cte_named_like_the_table_it_reads
WITH Tasks AS (SELECT * FROM Tasks WHERE Status = 'LOCKED') SELECT Name FROM Tasks WHERE ChargeType = 'TIME'

-- name: cte_with_column_names
WITH t(a, b) AS (SELECT Status, Name FROM Tasks) SELECT b FROM t WHERE a = 'LOCKED'

-- name: cte_in_a_subquery
SELECT Name FROM Projects WHERE ProjectId IN (WITH t AS (SELECT ProjectId FROM Tasks WHERE Status = 'LOCKED') SELECT ProjectId FROM t)

-- name: cte_materialized
WITH t AS MATERIALIZED (SELECT * FROM Tasks WHERE ChargeType = 'FIXED') SELECT Status, count(*) FROM t GROUP BY Status

-- name: cte_of_a_set_operation_filtered_outside
WITH s AS (SELECT ProjectId, Status FROM Tasks UNION ALL SELECT ProjectId, Status FROM Time) SELECT Status, count(*) FROM s
WHERE ProjectId = {project} GROUP BY Status

-- name: recursive_months
-- ordered
WITH RECURSIVE months(m) AS (
  SELECT DATE '2026-01-01' UNION ALL SELECT CAST(m + INTERVAL '1 month' AS DATE) FROM months WHERE m < DATE '2026-10-01')
SELECT m, coalesce(sum(e.Duration), 0) FROM months LEFT JOIN Time e ON date_trunc('month', e.Date) = m GROUP BY m ORDER BY m

-- name: recursive_chain_over_entries
WITH RECURSIVE ranked AS (
  SELECT Id, Duration, row_number() OVER (ORDER BY Date, Id) AS n FROM Time WHERE ProjectId = {project}),
chain AS (SELECT n, Duration AS total FROM ranked WHERE n = 1
  UNION ALL SELECT r.n, c.total + r.Duration FROM chain c JOIN ranked r ON r.n = c.n + 1)
SELECT n, total FROM chain

-- name: recursive_result_filtered_by_id
WITH RECURSIVE walk AS (
  SELECT ProjectId, Name, 1 AS depth FROM Projects WHERE Status = 'CLOSED'
  UNION ALL SELECT ProjectId, Name, depth + 1 FROM walk WHERE depth < 3)
SELECT depth, Name FROM walk WHERE ProjectId = {closed}
