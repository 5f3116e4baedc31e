"""What Apache Superset wants to know of a database: time grains, costs, errors. Only Superset can import `spec`."""
