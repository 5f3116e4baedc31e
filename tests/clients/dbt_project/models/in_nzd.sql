select project, to_invoice * to_nzd as to_invoice_nzd
from {{ ref('open_projects') }} join {{ ref('rates') }} using (currency)
