-- What the API can filter by. `calls` is the most that the query may cost with pushdown.

-- name: project_by_id
-- calls: 1
SELECT Name, Status, EstimateValue FROM Projects WHERE ProjectId = {project}

-- name: project_by_unknown_id_is_no_row
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId = {unknown}

-- name: project_by_id_and_a_status_it_does_not_have
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId = {project} AND Status = 'CLOSED'

-- name: projects_in_two_ids
-- calls: 2
SELECT Name FROM Projects WHERE ProjectId IN ({project}, {closed})

-- name: projects_in_ids_with_duplicates_unknown_and_null
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId IN ({project}, {closed}, {project}, {empty}, {unknown}, NULL)

-- name: projects_not_in_ids
-- calls: 1
SELECT count(*) FROM Projects WHERE ProjectId NOT IN ({project}, {closed})

-- name: projects_by_id_or_id
-- calls: 2
SELECT Name FROM Projects WHERE ProjectId = {project} OR {closed} = ProjectId

-- name: projects_by_id_or_another_column
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId = {project} OR Name = 'Website'

-- name: projects_by_two_ids_at_once_is_none
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId = {project} AND ProjectId = {closed}

-- name: projects_by_overlapping_id_lists
-- calls: 1
SELECT Name FROM Projects WHERE ProjectId IN ({project}, {closed}) AND ProjectId IN ({closed}, {empty})

-- name: projects_of_a_contact
-- calls: 1
SELECT Name, Status FROM Projects WHERE ContactId = {contact}

-- name: projects_of_two_contacts
-- calls: 2
SELECT Name, Status FROM Projects WHERE ContactId IN ({contact}, {contact2})

-- name: closed_projects
-- calls: 1
SELECT Name FROM Projects WHERE Status = 'CLOSED'

-- name: projects_of_all_states
-- calls: 1
SELECT Status, count(*) FROM Projects GROUP BY Status

-- name: status_in_another_case_is_no_match
-- calls: 1
SELECT count(*) FROM Projects WHERE Status = 'closed'

-- name: status_that_xero_does_not_know
-- calls: 1
SELECT Name FROM Projects WHERE Status IN ('CLOSED', 'ARCHIVED')

-- name: status_unequal
-- calls: 1
SELECT Name FROM Projects WHERE Status <> 'CLOSED'

-- name: status_range_is_compared_here
-- calls: 1
SELECT Name FROM Projects WHERE Status > 'CLOSED'

-- name: tasks_of_a_project
-- calls: 1
SELECT Name, RateValue FROM Tasks WHERE ProjectId = {project}

-- name: tasks_of_two_projects
-- calls: 2
SELECT Name, RateValue FROM Tasks WHERE ProjectId IN ({project}, {closed})

-- name: tasks_of_a_project_without_tasks
-- calls: 1
SELECT Name FROM Tasks WHERE ProjectId = {empty}

-- name: tasks_of_an_unknown_project
-- calls: 1
SELECT Name FROM Tasks WHERE ProjectId = {unknown}

-- name: tasks_of_a_project_by_charge_type
-- calls: 1
SELECT Name FROM Tasks WHERE ProjectId = {project} AND ChargeType = 'TIME'

-- name: tasks_of_a_project_by_two_charge_types
-- calls: 2
SELECT Name FROM Tasks WHERE ProjectId = {project} AND ChargeType IN ('TIME', 'FIXED')

-- name: tasks_of_a_project_but_for_a_charge_type
-- calls: 1
SELECT Name FROM Tasks WHERE ProjectId = {project} AND NOT ChargeType = 'TIME'

-- name: task_by_its_composite_id
-- calls: 1
SELECT Name FROM Tasks WHERE Id = {id}

-- name: tasks_in_composite_ids
-- calls: 3
SELECT Name FROM Tasks WHERE Id IN ({id}, {id_closed}, {id_other})

-- name: task_by_composite_id_and_the_wrong_project
-- calls: 1
SELECT Name FROM Tasks WHERE Id = {id} AND ProjectId = {closed}

-- name: task_by_composite_id_built_from_its_parts
-- calls: 1
SELECT Name FROM Tasks WHERE Id = {project} || '/' || {task}

-- name: task_by_project_and_task
-- calls: 1
SELECT Id, Name FROM Tasks WHERE ProjectId = {project} AND TaskId = {task}

-- name: task_in_a_project_that_has_it_not
-- calls: 1
SELECT Id, Name FROM Tasks WHERE ProjectId = {closed} AND TaskId = {task}

-- name: task_of_unknown_project
-- calls: 49
SELECT Id, Name FROM Tasks WHERE TaskId = {task}

-- name: tasks_in_project_and_task_lists
-- calls: 2
SELECT Id FROM Tasks WHERE ProjectId IN ({project}, {closed}) AND TaskId IN ({task}, {task_closed}, {task_other})

-- name: task_ids_by_inequality
-- calls: 1
SELECT Id FROM Tasks WHERE ProjectId = {project} AND Id > {id}

-- name: composite_id_in_another_case
SELECT count(*) FROM Tasks WHERE Id = upper({id})

-- name: composite_id_like
-- calls: 49
SELECT Name FROM Tasks WHERE Id LIKE {project} || '/%'

-- name: time_entry_by_id
-- calls: 1
SELECT Date, Duration FROM Time WHERE Id = {entry_id}

-- name: time_entries_in_ids_of_one_project
-- calls: 2
SELECT Date, Duration FROM Time WHERE ProjectId = {project} AND TimeEntryId IN ({entry}, {entry_closed})

-- name: time_of_a_project_by_user
-- calls: 1
SELECT Date, Duration FROM Time WHERE ProjectId = {project} AND UserId = {user}

-- name: time_of_a_user_everywhere
-- calls: 49
SELECT count(*), sum(Duration) FROM Time WHERE UserId = {user}

-- name: time_of_a_project_by_task_and_status
-- calls: 1
SELECT Date, Duration FROM Time WHERE ProjectId = {project} AND TaskId = {task} AND Status IN ('ACTIVE', 'LOCKED')

-- name: time_by_status_list_in_any_order
-- calls: 1
SELECT Status, count(*) FROM Time WHERE ProjectId = {closed} AND Status IN ('INVOICED', 'ACTIVE', 'LOCKED') GROUP BY 1

-- name: time_between_days
-- calls: 1
SELECT Id FROM Time WHERE ProjectId = {project} AND Date BETWEEN '2026-01-01' AND '2026-06-30'

-- name: ids_equal_any_of_an_array
-- calls: 2
SELECT Name FROM Projects WHERE ProjectId = ANY (ARRAY[{project}, {closed}])

-- name: ids_equal_all_of_an_array
SELECT Name FROM Tasks WHERE TaskId = ALL (ARRAY[{task}])

-- name: ids_unequal_all_of_an_array
SELECT count(*) FROM Projects WHERE ProjectId <> ALL (ARRAY[{project}, {closed}])

-- name: pairs_as_a_row_value
SELECT Name FROM Tasks WHERE (ProjectId, TaskId) IN (({project}, {task}), ({closed}, {task_closed}), ({closed}, {task}))

-- name: id_by_a_conjunction_of_nested_parentheses
-- calls: 1
SELECT Name FROM Tasks WHERE ((((ProjectId = {project})) AND ((TaskId = {task}))))

-- name: or_of_ands_over_ids
SELECT Name FROM Tasks WHERE (ProjectId = {project} AND TaskId = {task}) OR (ProjectId = {closed} AND TaskId = {task_closed})

-- name: and_of_ors_over_ids
-- calls: 2
SELECT Name FROM Tasks
WHERE (ProjectId = {project} OR ProjectId = {closed}) AND (TaskId = {task} OR TaskId = {task_closed})

-- name: negated_disjunction_over_pushed_columns
SELECT Id FROM Tasks WHERE NOT (ChargeType = 'TIME' OR Status <> 'ACTIVE')

-- name: predicate_tested_for_truth
SELECT Id FROM Tasks WHERE (ChargeType = 'TIME') IS NOT TRUE

-- name: columns_compared_with_each_other
SELECT t.Id FROM Tasks t WHERE t.TotalMinutes > t.EstimateMinutes AND t.ChargeType = 'TIME'

-- name: quoted_and_unquoted_names
-- calls: 1
SELECT "ProjectId", NAME, "p"."status" FROM "Projects" AS "p" WHERE "P".STATUS = 'CLOSED'

-- name: one_day_said_in_two_ways
SELECT Id FROM Time WHERE Date = '2026-03-31' AND Date = DATE '2026-03-31'

-- name: one_day_said_as_text_and_as_a_moment
SELECT Id FROM Time WHERE Date IN (DATE '2026-03-31', DATE '2026-05-05') AND Date = TIMESTAMP '2026-05-05 00:00:00'

-- name: one_amount_said_in_two_ways
SELECT Id FROM Tasks WHERE RateValue = '120' AND RateValue = '120.00'

-- name: one_deadline_said_in_two_ways
SELECT Name FROM Projects
WHERE Deadline = (SELECT max(Deadline) FROM Projects) OR (Deadline = '2026-01-01' AND Deadline = TIMESTAMP '2026-01-01 00:00:00')

-- name: average_of_distinct_rates_divided
SELECT avg(DISTINCT RateValue) / 3 FROM Tasks
