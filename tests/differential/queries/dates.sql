-- name: on_a_day
SELECT Id FROM Time WHERE Date = '2026-03-31'

-- name: on_a_day_or_another
SELECT Id FROM Time WHERE Date IN (DATE '2026-03-31', DATE '2026-05-05', '2026-09-03')

-- name: since_a_day_inclusive
SELECT Id FROM Time WHERE Date >= '2026-10-01'

-- name: after_a_day_exclusive
SELECT Id FROM Time WHERE Date > (SELECT max(Date) FROM Time) - 30

-- name: after_a_literal_day
SELECT Id, Date FROM Time WHERE Date > '2026-09-30' AND Date < '2026-10-15'

-- name: between_is_inclusive
SELECT Date, count(*) FROM Time WHERE Date BETWEEN DATE '2026-08-31' AND DATE '2026-09-01' GROUP BY Date

-- name: between_backwards_is_empty
SELECT Id FROM Time WHERE Date BETWEEN DATE '2026-09-30' AND DATE '2026-05-01'

-- name: between_symmetric
SELECT Id FROM Time WHERE Date BETWEEN SYMMETRIC DATE '2026-09-30' AND DATE '2026-05-01'

-- name: not_between
SELECT count(*) FROM Time WHERE Date NOT BETWEEN '2025-06-01' AND '2026-09-30'

-- name: against_a_time_of_day
SELECT Id FROM Time WHERE Date >= TIMESTAMP '2026-09-30 13:00:00' AND Date <= TIMESTAMP '2026-10-10 13:00:00'

-- name: against_a_time_with_zone
SELECT Id FROM Time WHERE Date <= TIMESTAMPTZ '2025-09-30 23:00:00-05'

-- name: literal_on_the_left
SELECT Id FROM Time WHERE '2026-10-01' <= Date AND DATE '2026-10-20' > Date

-- name: two_lower_bounds
SELECT Id FROM Time WHERE Date >= '2026-09-01' AND Date >= '2026-10-01'

-- name: two_upper_bounds
SELECT Id FROM Time WHERE Date < '2025-08-01' AND Date <= '2025-10-01'

-- name: bounds_that_exclude_each_other
SELECT Id FROM Time WHERE Date < '2026-01-01' AND Date > '2026-02-01'

-- name: bounds_in_a_disjunction
SELECT count(*) FROM Time WHERE Date < '2025-08-01' OR Date > '2026-10-01'

-- name: before_today
SELECT count(*) FROM Time WHERE Date < CURRENT_DATE

-- name: the_last_thousand_days
SELECT count(*) FROM Time WHERE Date >= CURRENT_DATE - 1000

-- name: the_last_ninety_days_as_an_interval
SELECT count(*) FROM Time WHERE Date >= CURRENT_DATE - INTERVAL '90 days' AND Date <= CURRENT_DATE + INTERVAL '1 year'

-- name: since_the_start_of_a_month
SELECT count(*) FROM Time WHERE Date >= date_trunc('month', DATE '2026-09-17')

-- name: a_computed_day
SELECT count(*) FROM Time WHERE Date = DATE '2026-03-01' + 30

-- name: the_column_in_an_expression
SELECT count(*) FROM Time WHERE Date + 7 > '2026-10-20' AND date_trunc('year', Date) = '2026-01-01'

-- name: by_month
-- ordered
SELECT date_trunc('month', Date) AS month, sum(Duration) FROM Time GROUP BY 1 ORDER BY 1

-- name: parts_of_a_date
SELECT extract(year FROM Date), extract(quarter FROM Date), extract(dow FROM Date), date_part('month', Date), count(*)
FROM Time GROUP BY 1, 2, 3, 4

-- name: formatted
SELECT DISTINCT to_char(Date, 'YYYY-MM') FROM Time

-- name: differences_in_days
SELECT e.Id, CURRENT_DATE - e.Date, DATE '2026-12-31' - e.Date FROM Time e WHERE e.ProjectId = {project}

-- name: date_plus_interval_and_casts
SELECT Date + INTERVAL '1 month', Date::timestamp, DateEntered::date, CAST(Date AS text) FROM Time WHERE ProjectId = {project}

-- name: entered_the_day_it_was_done
SELECT count(*) FROM Time WHERE CAST(DateEntered AS DATE) = Date

-- name: entered_at_a_precise_time
SELECT max(DateEntered), min(DateEntered), count(DISTINCT DateEntered) FROM Time

-- name: overdue_projects
SELECT Name, Deadline FROM Projects WHERE Status = 'INPROGRESS' AND Deadline < CURRENT_TIMESTAMP

-- name: deadline_as_a_string
SELECT Name FROM Projects WHERE Deadline >= '2026-06-01' AND Deadline < '2026-07-01 12:00:00'

-- name: time_after_the_deadline
SELECT p.Name, e.Date FROM Projects p JOIN Time e USING (ProjectId) WHERE e.Date > p.Deadline

-- name: days_without_work
SELECT d.day FROM (SELECT CAST(g.day AS DATE) AS day FROM generate_series(DATE '2026-08-01', DATE '2026-08-31', INTERVAL '1 day') AS g(day)) d
LEFT JOIN Time e ON e.Date = d.day WHERE e.Id IS NULL
-- plain:
SELECT d.day FROM (SELECT CAST(unnest(generate_series(DATE '2026-08-01', DATE '2026-08-31', INTERVAL '1 day')) AS DATE) AS day) d
LEFT JOIN Time e ON e.Date = d.day WHERE e.Id IS NULL

-- name: age_of_entries
SELECT Id, age(DATE '2026-12-01', Date) FROM Time WHERE ProjectId = {project}
