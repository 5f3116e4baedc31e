{{ config(materialized='view') }}
select "Name" from {{ source('xero', 'Projects') }}
