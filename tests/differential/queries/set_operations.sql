-- name: union_drops_duplicates
SELECT Status FROM Tasks UNION SELECT Status FROM Time UNION SELECT Status FROM Projects

-- name: union_all_keeps_them
SELECT Status FROM Tasks UNION ALL SELECT Status FROM Time

-- name: intersect
SELECT Name FROM Projects INTERSECT SELECT Name FROM Tasks

-- name: except
SELECT ProjectId FROM Projects EXCEPT SELECT ProjectId FROM Tasks

-- name: except_all
SELECT Name FROM Tasks EXCEPT ALL SELECT Name FROM Tasks WHERE ChargeType = 'TIME'

-- name: intersect_all
SELECT Name FROM Tasks INTERSECT ALL SELECT Name FROM Tasks WHERE ChargeType = 'FIXED'

-- name: precedence_of_intersect
SELECT Status FROM Projects UNION SELECT Status FROM Tasks INTERSECT SELECT Status FROM Time

-- name: different_filters_in_the_branches
-- calls: 2
SELECT Name FROM Tasks WHERE ProjectId = {project} UNION ALL SELECT Name FROM Tasks WHERE ProjectId = {closed}

-- name: filter_reaches_every_branch
SELECT x.s, count(*) FROM (SELECT Status AS s FROM Tasks UNION ALL SELECT Status FROM Time UNION ALL SELECT Status FROM Projects) x
WHERE x.s IN ('LOCKED', 'CLOSED') GROUP BY x.s

-- name: filter_over_except
SELECT x.s FROM (SELECT Status AS s FROM Tasks EXCEPT SELECT Status FROM Time WHERE ProjectId = {closed}) x WHERE x.s = 'LOCKED'

-- name: filter_over_a_limited_branch
SELECT x.s FROM ((SELECT Id AS i, Status AS s FROM Time ORDER BY Id LIMIT 60) UNION ALL (SELECT Id, Status FROM Tasks)) x WHERE x.s = 'INVOICED'

-- name: branches_by_position_not_by_name
SELECT x.a FROM (SELECT Status AS a, ChargeType AS b FROM Tasks UNION ALL SELECT ChargeType AS b, Status AS a FROM Tasks) x
WHERE x.a = 'LOCKED'

-- name: ordered_and_limited
-- ordered
SELECT Name FROM Projects UNION SELECT Name FROM Tasks ORDER BY 1 LIMIT 10

-- name: union_of_types
SELECT Duration AS n FROM Time WHERE Status = 'LOCKED' UNION ALL SELECT RateValue FROM Tasks WHERE Status = 'LOCKED'

-- name: ids_in_one_branch_only
SELECT x.word FROM (SELECT ChargeType AS word FROM Tasks UNION SELECT ProjectId FROM Projects) x WHERE x.word = 'TIME'

-- name: organisations_in_one_branch_only
SELECT x.word FROM (SELECT ChargeType AS word FROM Tasks UNION SELECT TenantId FROM Projects) x WHERE x.word = 'TIME'
