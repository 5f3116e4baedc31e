{% snapshot statuses %}
{{ config(target_schema='scratch', unique_key='project_id', strategy='check', check_cols=['status']) }}
select "ProjectId" as project_id, "Status" as status from {{ source('xero', 'Projects') }}
{% endsnapshot %}
