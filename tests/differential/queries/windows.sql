-- name: row_number
SELECT Id, row_number() OVER (PARTITION BY ProjectId ORDER BY RateValue DESC, TaskId) FROM Tasks

-- name: filter_on_a_window_stays_above_it
SELECT x.Id FROM (SELECT Id, ChargeType, row_number() OVER (PARTITION BY ProjectId ORDER BY TaskId) AS n FROM Tasks) x
WHERE x.n = 1 AND x.ChargeType = 'FIXED'

-- name: filter_on_the_partition_of_a_window
SELECT x.Id, x.n FROM (SELECT Id, ProjectId, count(*) OVER (PARTITION BY ProjectId) AS n FROM Tasks) x WHERE x.ProjectId = {project}

-- name: filter_beside_a_window_over_everything
SELECT x.Id, x.n FROM (SELECT Id, ProjectId, count(*) OVER () AS n FROM Tasks) x WHERE x.ProjectId = {project}

-- name: filter_beside_a_window_over_another_partition
SELECT x.Id, x.n FROM (SELECT Id, ProjectId, count(*) OVER (PARTITION BY ChargeType) AS n FROM Tasks) x WHERE x.ProjectId = {project}

-- name: running_total
SELECT Id, sum(Duration) OVER (PARTITION BY UserId ORDER BY Date, Id) FROM Time

-- name: moving_average
SELECT Id, avg(Duration) OVER (PARTITION BY UserId ORDER BY Date, Id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM Time

-- name: filtered_window_average
SELECT Id, avg(Duration) FILTER (WHERE Status = 'ACTIVE') OVER (PARTITION BY ProjectId) FROM Time

-- name: lag_and_lead
SELECT Id, lag(Date) OVER w, lead(Duration, 2, 0) OVER w FROM Time WINDOW w AS (PARTITION BY TaskId ORDER BY Date, Id)

-- name: ranks
SELECT Name, rank() OVER (ORDER BY RateValue DESC), dense_rank() OVER (ORDER BY RateValue DESC) FROM Tasks WHERE ChargeType = 'TIME'

-- name: ntile_and_percent_rank
SELECT ProjectId, ntile(4) OVER (ORDER BY MinutesLogged, ProjectId), percent_rank() OVER (ORDER BY MinutesLogged) FROM Projects

-- name: first_and_last_value
SELECT Id, first_value(Date) OVER w, last_value(Date) OVER w FROM Time
WINDOW w AS (PARTITION BY TaskId ORDER BY Date, Id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)

-- name: window_over_groups
SELECT UserId, sum(Duration), 100.0 * sum(Duration) / sum(sum(Duration)) OVER () FROM Time GROUP BY UserId

-- name: average_over_averages
SELECT ProjectId, avg(avg(Duration)) OVER () FROM Time GROUP BY ProjectId

-- name: qualify
SELECT Id, Status FROM Tasks QUALIFY row_number() OVER (PARTITION BY ProjectId ORDER BY RateValue DESC, TaskId) = 1
