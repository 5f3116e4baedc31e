{{ config(materialized=var('materialized', 'table'), unique_key=var('unique_key', none)) }}
select p."Name" as project, p."CurrencyCode" as currency, count(*) as tasks,
       sum(t."AmountToBeInvoicedValue") as to_invoice
from {{ source('xero', 'Projects') }} p
join {{ source('xero', 'Tasks') }} t on t."ProjectId" = p."ProjectId"
where p."Status" = 'INPROGRESS'
group by p."ProjectId", p."Name", p."CurrencyCode"
