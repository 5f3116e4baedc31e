"""What is sent for a row: values of their columns' types, within the table's rules, in the form of Xero's JSON."""
