-- name: like_with_a_percent_sign_in_the_name
SELECT Name FROM Projects WHERE Name LIKE '%100\%%' ESCAPE '\'

-- name: like_is_not_equality
SELECT Name FROM Projects WHERE Name LIKE 'Website%'

-- name: like_is_case_sensitive
SELECT count(*) FROM Projects WHERE Name LIKE 'website%'

-- name: ilike_is_not
SELECT Name FROM Projects WHERE Name ILIKE 'website%'

-- name: like_on_a_pushed_column
SELECT count(*) FROM Tasks WHERE ChargeType LIKE 'N%' OR Status LIKE '_OCKED'

-- name: like_without_wildcards
SELECT count(*) FROM Tasks WHERE ChargeType LIKE 'TIME'

-- name: quotes_in_literals
SELECT Name FROM Projects WHERE Name = '''Tui & Friends'' launch'

-- name: string_functions
SELECT upper(Name), lower(Name), length(Name), left(Name, 3), right(Name, 2), trim(Name), replace(Name, 'e', 'E'),
substring(Name FROM 2 FOR 3), position('e' IN Name), Name || '!', concat(Name, '-', Status), split_part(Name, ' ', 1) FROM Projects

-- name: regular_expressions
SELECT Name, Name ~ '^[A-C]', Name ~* 'SITE', regexp_replace(Name, '[aeiou]', '*', 'g') FROM Projects

-- name: function_of_a_pushed_column
SELECT count(*) FROM Tasks WHERE lower(ChargeType) = 'time'

-- name: case_expressions
SELECT CASE WHEN EstimateValue IS NULL THEN 'none' WHEN EstimateValue > 10000 THEN 'big' ELSE 'small' END, count(*)
FROM Projects GROUP BY 1

-- name: case_in_where
SELECT Id FROM Tasks WHERE CASE WHEN ChargeType = 'TIME' THEN RateValue ELSE 0 END > 150

-- name: coalesce_nullif_greatest
SELECT coalesce(EstimateValue, TotalTaskAmountValue, 0), nullif(Status, 'CLOSED'), greatest(MinutesLogged, 1000), least(EstimateValue, 5000)
FROM Projects

-- name: is_null
SELECT Name FROM Projects WHERE EstimateValue IS NULL AND Deadline IS NOT NULL

-- name: equals_null_is_nothing
-- calls: 1
SELECT Name FROM Projects WHERE Status = NULL

-- name: unequal_null_is_nothing
SELECT count(*) FROM Projects WHERE Status <> NULL

-- name: in_with_null
SELECT count(*) FROM Time WHERE Status IN ('LOCKED', NULL)

-- name: not_in_with_null
SELECT count(*) FROM Time WHERE Status NOT IN ('LOCKED', NULL)

-- name: null_in_not
SELECT count(*) FROM Tasks WHERE NOT (EstimateMinutes > 600)

-- name: is_not_distinct_from
SELECT count(*) FROM Tasks WHERE EstimateMinutes IS NOT DISTINCT FROM NULL

-- name: is_distinct_from_on_a_pushed_column
SELECT count(*) FROM Tasks WHERE ChargeType IS DISTINCT FROM 'TIME'

-- name: nulls_join_nothing
SELECT count(*) FROM Tasks a JOIN Tasks b ON a.EstimateMinutes = b.EstimateMinutes AND a.TaskId <> b.TaskId

-- name: nulls_in_aggregates
SELECT count(*), count(Description), count(DISTINCT Description), min(Description), max(Description) FROM Time

-- name: nulls_make_one_group
SELECT EstimateMinutes, count(*) FROM Tasks GROUP BY EstimateMinutes

-- name: description_is_empty_or_null
SELECT count(*) FROM Time WHERE Description = '' OR Description IS NULL

-- name: money_is_exact
SELECT RateValue * 3, RateValue + 0.0001, RateValue - 99.99, -RateValue, abs(-RateValue), round(RateValue, 1) FROM Tasks

-- name: money_against_literals
SELECT count(*) FROM Tasks WHERE RateValue = 89.99 OR RateValue > 142.4999 AND RateValue <= 142.50

-- name: everything_of_every_table
SELECT * FROM Projects

-- name: all_tasks
SELECT * FROM Tasks

-- name: all_time
SELECT * FROM Time

-- name: all_users_once
SELECT * FROM Users

-- name: no_table
SELECT 1, 'a', DATE '2026-01-01', NULL, 1.50

-- name: values_as_a_table
SELECT v.kind, count(t.TaskId) FROM (VALUES ('TIME'), ('FIXED'), ('OTHER')) AS v(kind) LEFT JOIN Tasks t ON t.ChargeType = v.kind GROUP BY v.kind

-- name: unnest_beside_rows
SELECT u.Name, x.n FROM Users u CROSS JOIN unnest(ARRAY[1, 2]) AS x(n)
