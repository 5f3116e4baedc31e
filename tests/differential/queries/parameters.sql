-- name: question_mark
-- params: ["CLOSED"]
SELECT Name FROM Projects WHERE Status = ?

-- name: question_marks_in_order
-- params: ["TIME", "ACTIVE", 100]
SELECT Name FROM Tasks WHERE ChargeType = ? AND Status = ? AND RateValue > ?

-- name: named
-- params: {"kind": "TIME", "least": "decimal:142.50"}
SELECT Name FROM Tasks WHERE ChargeType = :kind AND RateValue >= :least

-- name: named_twice
-- params: {"s": "INVOICED"}
SELECT t.Id FROM Tasks t JOIN Time e USING (TaskId) WHERE t.Status = :s AND e.Status = :s

-- name: numbered_out_of_order
-- params: ["LOCKED", "TIME"]
SELECT Name FROM Tasks WHERE ChargeType = $2 AND Status = $1

-- name: id_parameter
-- params: ["{project}"]
-- calls: 1
SELECT Name FROM Tasks WHERE ProjectId = ?

-- name: id_list_of_parameters
-- params: ["{project}", "{closed}"]
-- calls: 2
SELECT Name FROM Tasks WHERE ProjectId IN (?, ?)

-- name: any_of_a_list_parameter
-- params: [["{project}", "{closed}"]]
-- calls: 2
SELECT Name FROM Tasks WHERE ProjectId = ANY(?)

-- name: any_of_a_named_list_parameter
-- params: {"ids": ["{task}", "{task_closed}"]}
SELECT Name FROM Tasks WHERE TaskId = ANY(:ids)

-- name: any_of_an_empty_list
-- params: [[]]
SELECT Name FROM Tasks WHERE ProjectId = ANY(?)
-- plain:
SELECT Name FROM Tasks WHERE ProjectId = ANY(CAST(? AS VARCHAR[]))

-- name: null_parameter
-- params: [null]
SELECT Name FROM Projects WHERE Status = ?

-- name: date_parameters
-- params: ["date:2026-08-01", "date:2026-08-31"]
SELECT Id FROM Time WHERE Date BETWEEN ? AND ?

-- name: date_as_a_string_parameter
-- params: ["2026-08-31"]
SELECT Id FROM Time WHERE Date <= ?

-- name: parameter_with_quotes
-- params: ["'Tui & Friends' launch"]
SELECT ProjectId FROM Projects WHERE Name = ?

-- name: parameters_in_cte_and_body
-- params: ["ACTIVE", "TIME"]
WITH w AS (SELECT * FROM Tasks WHERE Status = ?) SELECT Name FROM w WHERE ChargeType = ?

-- name: parameters_in_two_ctes
-- params: ["CLOSED", "TIME", "INVOICED"]
WITH p AS (SELECT * FROM Projects WHERE Status = ?), t AS (SELECT * FROM Tasks WHERE ChargeType = ?)
SELECT t.Id FROM t JOIN p USING (ProjectId) JOIN Time e ON e.TaskId = t.TaskId WHERE e.Status = ?

-- name: parameters_in_every_clause
-- ordered
-- params: ["x", "TIME", 1, 3, 1]
SELECT Name, count(*), ? AS mark FROM Tasks WHERE ChargeType = ? GROUP BY Name HAVING count(*) > ? ORDER BY Name LIMIT ? OFFSET ?

-- name: parameters_in_on_and_where
-- params: ["TIME", "CLOSED"]
SELECT t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.ChargeType = ? WHERE p.Status = ?

-- name: parameters_in_case
-- params: ["TIME", "hourly", "other", "ACTIVE"]
SELECT CASE WHEN ChargeType = ? THEN ? ELSE ? END FROM Tasks WHERE Status = ?

-- name: parameters_in_filter_and_window
-- params: ["ACTIVE", "TIME"]
SELECT Id, count(*) FILTER (WHERE Status = ?) OVER (PARTITION BY ProjectId) FROM Tasks WHERE ChargeType = ?

-- name: parameters_in_a_union
-- params: ["LOCKED", "CLOSED", 5]
-- ordered
SELECT Name FROM Tasks WHERE Status = ? UNION ALL SELECT Name FROM Projects WHERE Status = ? ORDER BY 1 LIMIT ?

-- name: parameters_in_a_subquery_and_after_it
-- params: ["LOCKED", "FIXED"]
SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Time WHERE Status = ?) AND ChargeType = ?

-- name: parameters_in_a_lateral_join
-- params: ["INVOICED", "FIXED", 0]
SELECT t.Name, x.n FROM Tasks t, LATERAL (SELECT count(*) AS n FROM Time e WHERE e.TaskId = t.TaskId AND e.Status = ?) x
WHERE t.ChargeType = ? AND x.n > ?

-- name: parameters_in_functions
-- params: [1, 3, "ACTIVE"]
SELECT substring(Name FROM ? FOR ?) FROM Tasks WHERE Status = ?

-- name: parameter_is_text_not_sql
-- params: ["' OR '1'='1"]
SELECT Name FROM Projects WHERE Name = ?
