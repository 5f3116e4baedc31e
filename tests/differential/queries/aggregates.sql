-- name: count_all
SELECT count(*), count(Deadline), count(DISTINCT Name), count(DISTINCT ContactId) FROM Projects

-- name: count_of_nothing
SELECT count(*), sum(Duration), min(Date), max(Date), avg(Duration) FROM Time WHERE ProjectId = {empty}

-- name: group_of_nothing
SELECT Status, count(*) FROM Time WHERE ProjectId = {empty} GROUP BY Status

-- name: sums_of_money
SELECT sum(TotalAmountValue), sum(DISTINCT RateValue), min(RateValue), max(RateValue) FROM Tasks

-- name: money_by_charge_type_and_status
SELECT ChargeType, Status, count(*), sum(TotalAmountValue) FROM Tasks GROUP BY ChargeType, Status

-- name: averages
SELECT ChargeType, avg(RateValue), avg(DISTINCT RateValue), avg(EstimateMinutes) FROM Tasks GROUP BY ChargeType

-- name: averages_with_filter
SELECT avg(Duration) FILTER (WHERE Status = 'ACTIVE'), avg(Duration) FILTER (WHERE Status = 'LOCKED' AND Duration > 99999) FROM Time

-- name: average_of_an_expression
SELECT avg(RateValue * 2), avg(RateValue + EstimateMinutes), avg(coalesce(EstimateMinutes, 0)), avg(length(Name)) FROM Tasks

-- name: average_of_an_average
SELECT avg(a), max(a) FROM (SELECT ProjectId, avg(RateValue) AS a FROM Tasks GROUP BY ProjectId) x

-- name: average_in_having
SELECT ProjectId, count(*) FROM Tasks GROUP BY ProjectId HAVING avg(RateValue) > 200

-- name: rate_per_minute
SELECT ProjectId, sum(TotalAmountValue) / nullif(sum(TotalMinutes), 0) * 60 FROM Tasks GROUP BY ProjectId

-- name: hours_as_a_decimal
SELECT UserId, sum(Duration) / 60.0 FROM Time GROUP BY UserId

-- name: whole_hours_and_minutes
SELECT Id, Duration / 60, Duration % 60 FROM Time
-- plain:
SELECT Id, Duration // 60, Duration % 60 FROM Time

-- name: share_of_the_whole
SELECT UserId, 100.0 * sum(Duration) / (SELECT sum(Duration) FROM Time) FROM Time GROUP BY UserId

-- name: division_guarded_by_case
SELECT Id, CASE WHEN EstimateMinutes > 0 THEN TotalAmountValue / EstimateMinutes END,
CASE WHEN TotalMinutes = 0 THEN NULL ELSE TotalAmountValue / TotalMinutes END FROM Tasks

-- name: division_guarded_by_where
SELECT Id, TotalAmountValue / TotalMinutes FROM Tasks WHERE TotalMinutes <> 0 AND TotalAmountValue / TotalMinutes > 1

-- name: filter_on_count_and_sum
SELECT ProjectId, count(*) FILTER (WHERE Status = 'INVOICED'), sum(Duration) FILTER (WHERE Status <> 'INVOICED'), count(*)
FROM Time GROUP BY ProjectId

-- name: having
SELECT Name, count(*) FROM Tasks GROUP BY Name HAVING count(*) > 5 AND min(RateValue) > 0

-- name: having_without_group_by
SELECT sum(Duration) FROM Time HAVING count(*) > 1000000

-- name: where_filters_before_having
SELECT ProjectId, count(*) FROM Tasks WHERE ChargeType = 'FIXED' GROUP BY ProjectId HAVING count(*) >= 2

-- name: group_by_position_and_alias
SELECT date_trunc('month', Date) AS month, sum(Duration) FROM Time GROUP BY 1 ORDER BY month

-- name: group_by_expression
SELECT left(Name, 1), count(*) FROM Tasks GROUP BY left(Name, 1)

-- name: rollup
SELECT Status, ChargeType, grouping(ChargeType), count(*) FROM Tasks GROUP BY ROLLUP (Status, ChargeType)

-- name: rollup_over_a_join
SELECT p.Status, t.ChargeType, sum(t.TotalAmountValue) FROM Tasks t JOIN Projects p USING (ProjectId)
GROUP BY ROLLUP (p.Status, t.ChargeType)

-- name: cube
SELECT Status, ChargeType, sum(TotalAmountValue) FROM Tasks GROUP BY CUBE (Status, ChargeType)

-- name: grouping_sets
SELECT UserId, Status, sum(Duration) FROM Time GROUP BY GROUPING SETS ((UserId), (Status), ())

-- name: string_agg_in_order
SELECT ProjectId, string_agg(Name, ', ' ORDER BY Name, TaskId) FROM Tasks GROUP BY ProjectId

-- name: array_agg_in_order
SELECT ProjectId, array_agg(Name ORDER BY Name DESC) FROM Tasks GROUP BY ProjectId

-- name: bool_aggregates
SELECT ProjectId, bool_and(Status = 'INVOICED'), bool_or(Status = 'LOCKED') FROM Time GROUP BY ProjectId

-- name: statistics
SELECT stddev(Duration), var_pop(Duration), corr(TotalMinutes, Duration) FROM Tasks JOIN Time USING (TaskId)

-- name: median
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY Duration), percentile_disc(0.9) WITHIN GROUP (ORDER BY Duration) FROM Time

-- name: pivot_by_case
SELECT p.Name, sum(CASE t.ChargeType WHEN 'TIME' THEN t.TotalAmountValue ELSE 0 END) AS hourly,
sum(CASE WHEN t.ChargeType = 'FIXED' THEN t.TotalAmountValue END) AS fixed
FROM Projects p LEFT JOIN Tasks t USING (ProjectId) GROUP BY p.ProjectId, p.Name

-- name: two_children_do_not_multiply
SELECT p.Name, t.n, e.minutes FROM Projects p
LEFT JOIN (SELECT ProjectId, count(*) AS n FROM Tasks GROUP BY ProjectId) t USING (ProjectId)
LEFT JOIN (SELECT ProjectId, sum(Duration) AS minutes FROM Time GROUP BY ProjectId) e USING (ProjectId)

-- name: totals_agree_with_their_parts
SELECT p.ProjectId FROM Projects p JOIN Time e USING (ProjectId) GROUP BY p.ProjectId, p.MinutesLogged
HAVING sum(e.Duration) <> p.MinutesLogged

-- name: distinct
SELECT DISTINCT Status, ChargeType FROM Tasks

-- name: distinct_with_nulls
SELECT DISTINCT EstimateMinutes, Status FROM Tasks

-- name: distinct_on_latest_entry_of_each_user
SELECT DISTINCT ON (UserId) UserId, Date, Id FROM Time ORDER BY UserId, Date DESC, Id

-- name: distinct_on_outside_filter_stays_outside
SELECT x.ProjectId FROM (SELECT DISTINCT ON (ProjectId) ProjectId, ChargeType FROM Tasks ORDER BY ProjectId, TaskId) x
WHERE x.ChargeType = 'FIXED'

-- name: average_of_a_subquery
SELECT avg((SELECT count(*) FROM Tasks t WHERE t.ProjectId = p.ProjectId)) FROM Projects p
