-- The one column that USING makes of two is whichever of them is there, in all that follows.

-- name: using_after_a_right_join_using
SELECT ProjectId, a.Name, b.Name, c.Duration
FROM (SELECT * FROM Tasks WHERE Status = 'LOCKED') a RIGHT JOIN Projects b USING (ProjectId) JOIN Time c USING (ProjectId)

-- name: using_after_a_full_join_using
SELECT ProjectId, a.Name, b.Name, c.Duration
FROM (SELECT * FROM Tasks WHERE Status = 'LOCKED') a FULL JOIN Projects b USING (ProjectId)
LEFT JOIN Time c USING (ProjectId)

-- name: on_beside_a_join_in_parentheses
SELECT p.Name, t.Name, e.Duration
FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId
LEFT JOIN (Users u JOIN Time e ON e.UserId = u.UserId) ON e.TaskId = t.TaskId

-- name: on_within_parentheses
SELECT p.Name, t.Name, e.Duration
FROM Projects p LEFT JOIN (Tasks t JOIN Time e ON e.TaskId = t.TaskId) ON t.ProjectId = p.ProjectId

-- name: renamed_column_of_using_in_having
SELECT UserId AS who, count(*) FROM Time e JOIN Users u USING (UserId) GROUP BY UserId
HAVING UserId IN (SELECT UserId FROM Time WHERE Duration > 200)

-- name: column_of_using_in_a_correlated_having
SELECT UserId, count(*) FROM Time e JOIN Users u USING (UserId) GROUP BY UserId
HAVING EXISTS (SELECT 1 FROM Time x WHERE x.UserId = e.UserId AND x.Duration > 200)

-- name: a_coalesce_that_is_no_using_asks_for_its_first_column_and_no_fewer
SELECT count(DISTINCT c.TimeEntryId) FROM Time a LEFT JOIN Time b ON b.UserId = a.UserId
LEFT JOIN Time c ON coalesce(b.TaskId, a.TaskId) = c.TaskId
WHERE b.ProjectId IN (SELECT ProjectId FROM Tasks) AND a.ProjectId = '937fc542-749f-416c-a616-72a5695d4208'

-- name: a_coalesce_that_is_no_using_in_an_inner_join
SELECT a.TimeEntryId, b.TimeEntryId, t.Name FROM Time a JOIN Time b ON b.UserId = a.UserId
JOIN Tasks t ON coalesce(b.TaskId, a.TaskId) = t.TaskId AND t.ProjectId = '937fc542-749f-416c-a616-72a5695d4208'

-- name: a_coalesce_that_is_no_using_in_a_condition
SELECT count(*) FROM Time a JOIN Time b ON b.UserId = a.UserId
JOIN Tasks t ON coalesce(a.TaskId, b.TaskId) = t.TaskId
WHERE coalesce(a.ProjectId, b.ProjectId) = '937fc542-749f-416c-a616-72a5695d4208'

-- name: a_bare_name_before_its_using_is_of_the_tables_so_far
SELECT u.ChargeType, a.Id FROM Tasks a LEFT JOIN (SELECT TaskId AS k FROM Tasks WHERE Name > 'M') b ON b.k = TaskId
RIGHT JOIN Tasks u USING (TaskId)

-- name: a_bare_name_between_two_usings_is_of_the_tables_so_far
SELECT u.ChargeType, a.Id, b.k FROM Tasks a FULL JOIN (SELECT * FROM Tasks WHERE ChargeType = 'FIXED') c USING (TaskId)
LEFT JOIN (SELECT TaskId AS k FROM Tasks WHERE Name > 'M') b ON b.k = TaskId RIGHT JOIN Tasks u USING (TaskId)
