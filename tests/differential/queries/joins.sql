-- name: tasks_with_their_project
SELECT p.Name, t.Name, t.RateValue FROM Tasks t JOIN Projects p USING (ProjectId)

-- name: join_using_with_a_pushed_id
-- calls: 2
SELECT ProjectId, p.Name, t.Name FROM Projects p JOIN Tasks t USING (ProjectId) WHERE ProjectId = {project}

-- name: id_spreads_along_equalities
-- calls: 3
SELECT p.Name, t.Name, e.Duration
FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId JOIN Time e ON e.ProjectId = t.ProjectId AND e.TaskId = t.TaskId
WHERE p.ProjectId = {project}

-- name: comma_join
SELECT t.Name, p.Name FROM Tasks t, Projects p WHERE p.ProjectId = t.ProjectId AND p.Status = 'CLOSED'

-- name: comma_join_before_left_join
SELECT p.Name, t.Name, e.Duration
FROM Projects p, Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId AND e.Status = 'LOCKED'
WHERE p.ProjectId = t.ProjectId AND p.Status = 'INPROGRESS'

-- name: cross_join
SELECT u.Name, p.Name FROM Users u CROSS JOIN Projects p WHERE p.ContactId = {contact}

-- name: self_join_of_tasks
SELECT a.Name, b.Name FROM Tasks a JOIN Tasks b ON a.ProjectId = b.ProjectId AND a.TaskId < b.TaskId
WHERE a.ChargeType = 'TIME' AND b.ChargeType = 'FIXED'

-- name: self_join_with_different_ids
-- calls: 2
SELECT a.Name, b.Name FROM Tasks a JOIN Tasks b ON a.Name = b.Name
WHERE a.ProjectId = {project} AND b.ProjectId = {closed}

-- name: self_join_on_every_row
SELECT count(*) FROM Projects a JOIN Projects b ON a.Name = b.Name AND a.ProjectId <> b.ProjectId

-- name: join_by_inequality
SELECT p.Name, t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.TotalAmountValue > p.EstimateValue

-- name: four_tables
SELECT u.Name, p.Name, t.Name, sum(e.Duration)
FROM Time e JOIN Users u ON u.UserId = e.UserId JOIN Tasks t ON t.TaskId = e.TaskId JOIN Projects p ON p.ProjectId = e.ProjectId
WHERE p.Status = 'CLOSED' AND t.ChargeType = 'TIME' GROUP BY u.Name, p.Name, t.Name

-- name: join_on_names_that_are_not_unique
SELECT a.ProjectId, b.TaskId FROM Projects a JOIN Tasks b ON a.Name = b.Name

-- name: join_on_status_of_different_tables
SELECT t.Status, count(*) FROM Tasks t JOIN Time e ON e.TaskId = t.TaskId AND e.Status = t.Status
WHERE t.Status = 'INVOICED' GROUP BY 1

-- name: join_on_a_constant
-- calls: 2
SELECT p.Name, t.Name FROM Projects p JOIN Tasks t ON t.ProjectId = {project} WHERE p.ProjectId = {closed}

-- name: join_using_two_columns
SELECT t.Name, e.Date, e.Duration FROM Tasks t JOIN Time e USING (ProjectId, TaskId) WHERE t.ChargeType = 'NON_CHARGEABLE'

-- name: star_of_a_join_using
-- calls: 2
SELECT * FROM Projects p JOIN Tasks t USING (ProjectId) WHERE ProjectId = {project}

-- name: star_of_one_side
SELECT t.*, p.Name FROM Tasks t JOIN Projects p ON p.ProjectId = t.ProjectId WHERE p.ContactId = {contact}

-- name: parenthesised_join
SELECT p.Name, t.Name FROM Projects p LEFT JOIN (Tasks t JOIN Time e ON e.TaskId = t.TaskId AND e.Status = 'LOCKED')
ON t.ProjectId = p.ProjectId

-- name: parenthesised_join_filtered_outside
SELECT p.Name, t.Name FROM Projects p LEFT JOIN (Tasks t JOIN Time e ON e.TaskId = t.TaskId) ON t.ProjectId = p.ProjectId
WHERE t.ChargeType = 'FIXED'

-- name: lateral_aggregate
SELECT p.Name, x.n FROM Projects p CROSS JOIN LATERAL (SELECT count(*) AS n FROM Tasks t WHERE t.ProjectId = p.ProjectId) x

-- name: lateral_top_two
SELECT p.Name, x.Name FROM Projects p LEFT JOIN LATERAL
(SELECT t.Name FROM Tasks t WHERE t.ProjectId = p.ProjectId AND t.ChargeType = 'TIME' ORDER BY t.RateValue DESC, t.TaskId LIMIT 2) x ON TRUE
WHERE p.Status = 'INPROGRESS'

-- name: lateral_after_a_comma
SELECT t.Name, x.minutes FROM Tasks t, LATERAL (SELECT sum(e.Duration) AS minutes FROM Time e WHERE e.TaskId = t.TaskId) x
WHERE t.ProjectId = {project}

-- name: semi_join_by_name
SELECT t.Name FROM Tasks t SEMI JOIN Time e ON e.TaskId = t.TaskId AND e.Status = 'LOCKED'

-- name: anti_join_by_name
SELECT t.Id FROM Tasks t ANTI JOIN Time e ON e.TaskId = t.TaskId

-- name: people_who_worked_together
SELECT DISTINCT a.Name, b.Name FROM Time x JOIN Time y ON x.TaskId = y.TaskId AND x.Date = y.Date AND x.UserId < y.UserId
JOIN Users a ON a.UserId = x.UserId JOIN Users b ON b.UserId = y.UserId
