-- name: left_join_keeps_projects_without_tasks
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId

-- name: left_join_filtered_in_on
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.Status = 'LOCKED'

-- name: left_join_filtered_in_where
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE t.Status = 'LOCKED'

-- name: left_join_with_the_left_side_in_on
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND p.Status = 'CLOSED'

-- name: left_join_with_the_left_id_in_on
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND p.ProjectId = {project}

-- name: left_join_with_the_right_id_in_on
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.ProjectId = {project}

-- name: left_join_of_one_project
-- calls: 2
SELECT p.Name, t.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.ProjectId = {empty}

-- name: anti_join_by_null
SELECT t.Id FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE e.TimeEntryId IS NULL

-- name: anti_join_by_null_with_a_filter_in_on
SELECT t.Id FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId AND e.Status = 'INVOICED' WHERE e.TimeEntryId IS NULL

-- name: anti_join_and_a_filter_on_the_null_side
SELECT t.Id FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE e.Status = 'INVOICED' OR e.Status IS NULL

-- name: null_side_with_coalesce
SELECT count(*) FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE coalesce(e.Status, 'none') = 'none'

-- name: null_side_unequal
SELECT count(*) FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE e.Status <> 'INVOICED'

-- name: null_side_is_distinct
SELECT count(*) FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId WHERE e.Status IS DISTINCT FROM 'INVOICED'

-- name: right_join
SELECT p.Name, t.Name FROM Tasks t RIGHT JOIN Projects p ON p.ProjectId = t.ProjectId

-- name: right_join_filtered_in_on
SELECT p.Name, t.Name FROM Tasks t RIGHT JOIN Projects p ON t.ProjectId = p.ProjectId AND t.ChargeType = 'FIXED'

-- name: right_join_with_the_kept_side_in_on
SELECT p.Name, t.Name FROM Tasks t RIGHT JOIN Projects p ON t.ProjectId = p.ProjectId AND p.Status = 'CLOSED'

-- name: right_join_using
SELECT ProjectId, t.Name FROM Tasks t RIGHT JOIN Projects p USING (ProjectId) WHERE ProjectId IN ({project}, {empty})

-- name: full_join
SELECT p.Name, t.Name FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.ChargeType = 'TIME'

-- name: full_join_with_ids_in_on
SELECT p.ProjectId, t.TaskId FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId AND p.ProjectId = {project}

-- name: full_join_filtered_on_one_side
SELECT p.Name, t.Name FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId WHERE p.Status = 'CLOSED'

-- name: full_join_filtered_on_both_sides
SELECT p.Name, t.Name FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId
WHERE p.Status = 'CLOSED' AND t.ChargeType = 'TIME'

-- name: full_join_using_and_its_column
SELECT ProjectId, p.Name, t.Name FROM Projects p FULL JOIN Tasks t USING (ProjectId) WHERE ProjectId = {project}

-- name: full_join_of_disjoint_halves
SELECT a.Name, b.Name FROM (SELECT * FROM Projects WHERE Status = 'CLOSED') a
FULL JOIN (SELECT * FROM Projects WHERE Status = 'INPROGRESS') b ON a.Name = b.Name

-- name: chain_of_left_joins
SELECT p.Name, t.Name, e.Duration FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId
LEFT JOIN Time e ON e.TaskId = t.TaskId AND e.Status = 'LOCKED' WHERE t.ChargeType = 'TIME' OR t.TaskId IS NULL

-- name: left_join_then_inner_join
SELECT p.Name, e.Duration, u.Name FROM Projects p LEFT JOIN Time e ON e.ProjectId = p.ProjectId AND e.UserId = {user2}
JOIN Users u ON u.UserId = e.UserId

-- name: left_join_then_right_join
SELECT p.Name, t.Name, u.Name FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId AND t.Status = 'LOCKED'
RIGHT JOIN Users u ON u.Name = t.Name

-- name: left_join_then_full_join
SELECT p.Name, e.Id, u.Name FROM Projects p LEFT JOIN Time e ON e.ProjectId = p.ProjectId AND e.Status = 'LOCKED'
FULL JOIN Users u ON u.UserId = e.UserId AND u.UserId = {user}

-- name: condition_on_a_middle_table_reaches_no_further
SELECT p.Name, t.Name, e.Id FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId
LEFT JOIN Time e ON e.ProjectId = p.ProjectId AND t.TaskId = {task} AND e.TaskId = t.TaskId WHERE p.ProjectId = {project}

-- name: constant_in_the_on_of_a_left_join
SELECT u.Name, p.Name FROM Users u LEFT JOIN Projects p ON p.ProjectId = {project}

-- name: impossible_on_of_a_left_join
SELECT u.Name, p.Name FROM Users u LEFT JOIN Projects p ON p.ProjectId = {project} AND p.ProjectId = {closed}

-- name: impossible_on_of_a_full_join
SELECT u.Name, p.Name FROM Users u FULL JOIN Projects p ON u.Name = p.Name AND p.Status = NULL

-- name: minutes_of_every_user_even_the_idle
SELECT u.Name, coalesce(sum(e.Duration), 0) FROM Users u LEFT JOIN Time e ON e.UserId = u.UserId AND e.Date >= '2026-09-01'
GROUP BY u.Name

-- name: left_join_with_a_pushed_filter_of_the_left_side_in_on
SELECT t.Name, e.Id FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId AND t.ChargeType = 'FIXED' WHERE t.ProjectId = {project}

-- name: anti_join_with_a_pushed_filter_in_on
SELECT t.Id FROM Tasks t LEFT JOIN Time e ON e.TaskId = t.TaskId AND e.ProjectId = {project} AND e.Date >= '2026-06-01' WHERE e.Id IS NULL

-- name: right_join_with_a_pushed_filter_of_the_kept_side_in_on
SELECT t.Name, e.Id FROM Time e RIGHT JOIN Tasks t ON e.TaskId = t.TaskId AND t.ChargeType = 'TIME' AND t.ProjectId = {project}

-- name: full_join_with_pushed_filters_in_on
SELECT t.Id, e.Id FROM Tasks t FULL JOIN Time e ON e.TaskId = t.TaskId AND t.ChargeType = 'TIME' AND e.Status = 'INVOICED'
AND e.ProjectId = {project}

-- name: inner_join_after_a_full_join
SELECT p.Name, t.Id, u.Name FROM Projects p FULL JOIN Tasks t ON t.ProjectId = p.ProjectId AND p.Status = 'CLOSED'
JOIN Users u ON u.UserId = {user} WHERE t.ChargeType = 'FIXED'

-- name: what_nothing_matched_beside_an_alternative_about_it
SELECT p.Name, t.Name, e.Duration
FROM Projects p LEFT JOIN Tasks t ON t.ProjectId = p.ProjectId LEFT JOIN Time e ON e.ProjectId = p.ProjectId
WHERE t.ProjectId IS NULL AND (e.Status = 'ACTIVE' OR t.Status = e.Status)

-- name: missing_of_an_outer_join_in_parentheses_whose_on_looks_at_its_rows
SELECT a.TimeEntryId FROM Time b JOIN (Time a LEFT JOIN Tasks t ON EXISTS (
SELECT 1 FROM Tasks u WHERE u.TaskId = t.TaskId)) ON b.ProjectId = a.ProjectId WHERE t.TaskId IS NULL

-- name: the_same_where_the_parentheses_come_first
SELECT a.TimeEntryId FROM (Time a LEFT JOIN Tasks t ON EXISTS (
SELECT 1 FROM Tasks u WHERE u.TaskId = t.TaskId)) JOIN Time b ON b.ProjectId = a.ProjectId WHERE t.TaskId IS NULL

-- name: right_join_keeps_what_is_joined_in_parentheses
SELECT t.Id, p.ProjectId, u.Id FROM Tasks t RIGHT JOIN (
Projects p LEFT JOIN Tasks u ON u.Status = 'INVOICED' AND u.ProjectId = p.ProjectId)
ON t.ProjectId = p.ProjectId AND t.Status = 'LOCKED'

-- name: left_join_to_a_join_in_parentheses
SELECT p.ProjectId, t.Id FROM Projects p LEFT JOIN (Tasks t JOIN Time e ON e.TaskId = t.TaskId)
ON t.ProjectId = p.ProjectId AND t.Status = 'INVOICED' WHERE t.Id IS NULL
