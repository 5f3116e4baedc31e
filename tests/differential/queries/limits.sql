-- LIMIT without a total order may take any of the rows; with one it says which.

-- name: limit_of_a_list
-- calls: 1
SELECT Name FROM Projects LIMIT 5

-- name: limit_stops_before_the_last_project
-- calls: 3
SELECT Name FROM Tasks LIMIT 5

-- name: limit_and_offset_without_order
SELECT Id FROM Time LIMIT 10 OFFSET 2000

-- name: limit_with_a_filter_that_is_checked_here
SELECT Name FROM Projects WHERE Name LIKE 'A%' LIMIT 2

-- name: limit_with_pushed_filter
-- calls: 1
SELECT Name FROM Projects WHERE Status = 'CLOSED' LIMIT 3

-- name: limit_larger_than_the_result
SELECT Name FROM Projects WHERE Status = 'CLOSED' LIMIT 1000

-- name: limit_zero
SELECT Name FROM Tasks LIMIT 0

-- name: offset_beyond_the_end
SELECT Name FROM Projects OFFSET 1000

-- name: offset_alone
SELECT Name FROM Projects OFFSET 40

-- name: top_rates
-- ordered
SELECT Name, RateValue FROM Tasks ORDER BY RateValue DESC, TaskId LIMIT 7

-- name: page_two_of_an_order
-- ordered
SELECT Id, Date FROM Time ORDER BY Date, Id LIMIT 25 OFFSET 25

-- name: fetch_first
-- ordered
SELECT Id FROM Time ORDER BY Date DESC, Id FETCH FIRST 3 ROWS ONLY

-- name: limit_of_groups_not_of_rows
-- ordered
SELECT UserId, count(*) FROM Time GROUP BY UserId ORDER BY 2 DESC, 1 LIMIT 3

-- name: aggregate_under_a_limit_reads_everything
SELECT count(*), sum(Duration) FROM Time LIMIT 1

-- name: aggregate_over_a_limit
-- ordered
SELECT sum(x.Duration) FROM (SELECT Duration FROM Time ORDER BY Date, Id LIMIT 100) x

-- name: distinct_then_limit
-- ordered
SELECT DISTINCT Name FROM Tasks ORDER BY Name LIMIT 5

-- name: limit_after_a_join
-- ordered
SELECT p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE t.Status = 'LOCKED' ORDER BY t.TaskId LIMIT 3

-- name: limit_after_a_left_join
-- ordered
SELECT p.Name, t.Id FROM Projects p LEFT JOIN Tasks t USING (ProjectId) ORDER BY t.Id NULLS FIRST, p.ProjectId LIMIT 5

-- name: limit_in_a_subquery
SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects ORDER BY MinutesLogged DESC, ProjectId LIMIT 3)

-- name: nulls_last_by_default_when_ascending
-- ordered
SELECT ProjectId, EstimateValue FROM Projects ORDER BY EstimateValue, ProjectId

-- name: nulls_first_by_default_when_descending
-- ordered
SELECT ProjectId, EstimateValue FROM Projects ORDER BY EstimateValue DESC, ProjectId LIMIT 20

-- name: nulls_first
-- ordered
SELECT ProjectId, Deadline FROM Projects ORDER BY Deadline NULLS FIRST, ProjectId

-- name: nulls_last
-- ordered
SELECT ProjectId, Deadline FROM Projects ORDER BY Deadline DESC NULLS LAST, ProjectId LIMIT 10

-- name: order_by_an_expression_not_selected
-- ordered
SELECT Name FROM Projects ORDER BY length(Name) DESC, TotalTaskAmountValue, ProjectId

-- name: order_by_money_is_by_number
-- ordered
SELECT RateValue FROM Tasks ORDER BY RateValue, TaskId

-- name: order_by_alias_that_hides_a_column
-- ordered
SELECT -RateValue AS RateValue, TaskId FROM Tasks ORDER BY RateValue, TaskId LIMIT 5

-- name: limit_over_a_correlated_join
SELECT t.Id, (SELECT count(*) FROM Tasks x JOIN Time y ON y.ProjectId = x.ProjectId WHERE y.ProjectId = t.ProjectId)
FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId WHERE e.Duration >= 45 LIMIT 200

-- name: limit_over_a_missing_correlated_join
SELECT t.Name FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId
WHERE NOT EXISTS (SELECT 1 FROM Tasks x JOIN Time y ON y.ProjectId = x.ProjectId WHERE y.ProjectId = t.ProjectId) LIMIT 10

-- name: limit_all_is_no_limit
-- calls: 1
SELECT Name FROM Users LIMIT ALL

-- name: limit_all_with_an_offset
-- ordered
SELECT UserId FROM (SELECT UserId FROM Users LIMIT ALL) u ORDER BY UserId LIMIT ALL OFFSET 3

-- name: limit_over_an_aggregate_that_only_the_engine_knows
SELECT mean(EstimateMinutes), count_star() FROM Tasks LIMIT 1

-- name: limit_inside_by_an_order_of_unnested_values
SELECT p.Name FROM Projects p JOIN (SELECT ProjectId, unnest(ARRAY[1, 2]) AS u FROM Tasks ORDER BY u, 1 LIMIT 3) z ON z.ProjectId = p.ProjectId

-- name: limit_inside_by_an_order_of_a_scalar_subquery
SELECT p.Name FROM Projects p JOIN (SELECT t.ProjectId, (SELECT count(*) FROM Users u WHERE u.Name = t.Name) AS n FROM Tasks t ORDER BY n, 1 LIMIT 3) z ON z.ProjectId = p.ProjectId
